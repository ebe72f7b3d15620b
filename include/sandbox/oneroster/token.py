"""Who may call: tokens by client credentials with scopes and an end, and OAuth 1.0a signatures (oneroster-gradebook.md §2)."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote_plus

from oauthlib.oauth1 import SignatureOnlyEndpoint

from include.sandbox.oneroster.errors import RefusedError
from include.sandbox.oneroster.signatures import KnownSigners
from include.sandbox.oneroster.traits import VendorTraits

_READ = ("roster-core.readonly", "roster.readonly", "gradebook-core.readonly", "gradebook.readonly")
_WRITE = ("gradebook.createput", "gradebook.createpost", "gradebook.delete")
ALL_SCOPES = frozenset((*_READ, *_WRITE))
_REASON = {400: "unsupported_grant_type", 401: "invalid_client"}


def clients(target: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Client id → (secret, scopes that it may ask for): one that may do all, and one that may only read."""
    name = target.replace(" ", "-")
    return {f"{name}-client": (f"{name}-secret", ALL_SCOPES), f"{name}-reader": (f"{name}-reader-secret", frozenset(_READ))}


class Tokens:
    """The tokens and signatures of one provider. A new token never ends the earlier ones."""

    def __init__(self, traits: VendorTraits) -> None:
        self.traits, self.clients = traits, clients(traits.target)
        self.seconds = traits.token_seconds
        self._live: dict[str, tuple[float, frozenset[str]]] = {}
        self._signatures = (
            SignatureOnlyEndpoint(KnownSigners({name: secret for name, (secret, _) in self.clients.items()}))
            if traits.auth_oauth1 and traits.version == "1.1"
            else None
        )

    def expire_all(self) -> None:
        """No token is good any more."""
        self._live.clear()

    def issue(self, authorization: str, body: bytes) -> tuple[int, Mapping[str, object]]:
        """(status, answer) to a token request."""
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        client, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": _REASON[400], "error_description": "grant_type must be client_credentials"}
        known = self.clients.get(client)
        if known is None or not secrets.compare_digest(known[0].encode(), secret.encode()):
            return 401, {"error": _REASON[401], "error_description": "The client id or secret is not valid"}
        asked = form.get("scope", "").split()
        granted = self._granted(asked, known[1])
        if asked and self.traits.scopes_enforced and not granted:
            return 400, {"error": "invalid_scope", "error_description": "None of the scopes is known here"}
        token = secrets.token_urlsafe(24)
        self._live[token] = (time.monotonic() + self.seconds, granted)
        answer: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds}
        return 200, answer | ({"scope": " ".join(sorted(self._prefix + one for one in granted))} if self.traits.scopes_enforced else {})

    @property
    def _prefix(self) -> str:
        return f"https://purl.imsglobal.org/spec/or/{'v1p1' if self.traits.version == '1.1' else 'v1p2'}/scope/"

    def _granted(self, asked: list[str], allowed: frozenset[str]) -> frozenset[str]:
        if not self.traits.scopes_enforced:
            return allowed
        wanted = {scope.removeprefix(self._prefix) for scope in asked} if asked else {"roster.readonly", "roster-core.readonly"}
        return frozenset(wanted & allowed)

    def check(self, method: str, url: str, authorization: str, scopes: frozenset[str]) -> None:
        """Raises 401 for a credential that is not good, 403 for one without any of these scopes."""
        granted = self._signed(method, url, authorization) if authorization.startswith("OAuth ") else self._bearer(authorization)
        if not granted & scopes:
            raise RefusedError(403, "forbidden", f"The token lacks the scope {self._prefix}{min(scopes, key=len)}")

    def _bearer(self, authorization: str) -> frozenset[str]:
        kind, _, token = authorization.partition(" ")
        ends, granted = self._live.get(token.strip(), (0.0, frozenset()))
        if kind.lower() != "bearer" or ends <= time.monotonic():
            raise RefusedError(401, "unauthorisedrequest", "The access token is missing, not known or expired")
        return granted

    def _signed(self, method: str, url: str, authorization: str) -> frozenset[str]:
        if self._signatures is not None:
            good, request = self._signatures.validate_request(url, method, None, {"Authorization": authorization})
            if good:
                return self.clients[str(request.client_key)][1]
        raise RefusedError(401, "unauthorisedrequest", "The OAuth 1.0 signature is not valid here")


def _basic(authorization: str) -> tuple[str, str] | None:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)
