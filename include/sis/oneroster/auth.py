"""Signing in: OAuth 2 client credentials, or OAuth 1.0a signatures for old 1.1 servers (oneroster-gradebook.md §2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import AuthBase, HTTPBasicAuth
from requests_oauthlib import OAuth1

from include.connection import Connection
from include.errors import AccessError
from include.http import Http
from include.response_body import json_of
from include.sis.oneroster.profile import Profile
from include.tokens import error_word, read_token


class ClientCredentials(AuthBase):
    """A bearer token shared by all threads of one client: asked for once, renewed shortly before its end and once on a 401.

    Some servers revoke the previous token when they issue one, so two threads that meet the same dead token renew it once (§2.1).
    """

    def __init__(self, connection: Connection, profile: Profile, http: Http, clock: Callable[[], float] = time.monotonic) -> None:
        self.connection, self.profile, self._http, self._clock = connection, profile, http, clock
        self._token, self._until = "", 0.0
        self.granted: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._used = threading.local()

    @property
    def has_token(self) -> bool:
        """Whether the SIS has ever given one."""
        return bool(self._token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        with self._lock:
            if not self._token or self._clock() >= self._until:
                self._ask()
            self._used.token = self._token
        request.headers["Authorization"] = f"Bearer {self._used.token}"
        return request

    def renew(self) -> None:
        """A new token, unless another thread has brought one since this thread's last request."""
        with self._lock:
            if self._token == getattr(self._used, "token", ""):
                self._ask()

    def _ask(self) -> None:
        secret = self.connection.password
        client = BackendApplicationClient(client_id=self.connection.login)
        in_form = self.profile.auth == "oauth2_form"
        body = client.prepare_request_body(
            scope=" ".join(self.profile.asked_scopes()) or None, include_client_id=in_form, **({"client_secret": secret} if in_form else {})
        )
        answer = self._http.send(
            "POST",
            self.profile.token_url,
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            auth=None if in_form else HTTPBasicAuth(self.connection.login, secret),
        )
        if answer.status_code != 200:
            raise AccessError(self._refused(answer))
        found = read_token(answer, self._name(), self._key())
        self.granted, self._token, self._until = found.scopes, found.token, self._clock() + found.seconds

    def _refused(self, answer: requests.Response) -> str:
        try:
            word = error_word(json_of(answer))
        except ValueError:
            word = ""
        if word == "invalid_scope":
            asked = " ".join(self.profile.asked_scopes())
            return f"{self._name()}: the token URL rejects the scopes {asked}. Set extra.scopes, or ask the SIS vendor to grant them"
        if answer.status_code == 404:
            return f"{self._name()}: nothing was found at {self._key()} (HTTP 404). Set extra.token_url to the URL that the SIS vendor gave you"
        return f"{self._name()}: the SIS rejected the client ID or secret (HTTP {answer.status_code}{f', {word}' if word else ''}). Renew them"

    def _name(self) -> str:
        return f"connection {self.connection.id}"

    def _key(self) -> str:
        return f"extra.token_url {self.profile.token_url.partition('?')[0]}"


def signature(connection: Connection, profile: Profile) -> AuthBase:
    """OAuth 1.0a, two-legged: every attempt gets a fresh nonce and time stamp, the JSON body is not signed (§2.2)."""
    return OAuth1(connection.login, client_secret=connection.password, signature_method=profile.signature_method)
