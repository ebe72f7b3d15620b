"""Whose OAuth 1.0a signatures are good (oneroster-gradebook.md §2.2); the arithmetic is oauthlib's."""

from __future__ import annotations

import string
import time
from collections.abc import Mapping
from typing import Any

from oauthlib.oauth1 import RequestValidator

_PAST, _AHEAD = 600, 300  # a client's clock may be this many seconds behind or ahead


class KnownSigners(RequestValidator):
    """What oauthlib asks about a two-legged signed request. Signed twice is signed wrongly: each nonce counts once."""

    enforce_ssl = False
    client_key_length = (1, 100)
    nonce_length = (1, 100)
    dummy_client = "nobody"
    safe_characters = {*string.ascii_letters, *string.digits, "_", "-", "."}  # noqa: RUF012  # its base wants a set here
    allowed_signature_methods = ("HMAC-SHA1", "HMAC-SHA256")
    timestamp_lifetime = 10 * 365 * 24 * 3600  # the clock is looked at below: it may be behind and ahead by different spans

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__()
        self._secrets = secrets
        self._nonces: set[tuple[str, str, str]] = set()

    def validate_client_key(self, client_key: str, _request: object) -> bool:
        """Whether we know this key."""
        return client_key in self._secrets

    def get_client_secret(self, client_key: str, _request: object) -> str:
        """Its secret."""
        return self._secrets.get(client_key, self.dummy_client)

    def validate_timestamp_and_nonce(self, client_key: str, timestamp: Any, nonce: str, *_more: object, **_named: object) -> bool:
        """Whether the clock is near enough and the nonce is new."""
        used = (client_key, str(timestamp), nonce)
        if used in self._nonces or not -_AHEAD <= time.time() - int(timestamp) <= _PAST:
            return False
        self._nonces.add(used)
        return True
