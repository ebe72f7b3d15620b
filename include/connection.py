"""What a client needs to reach one system; built from an Airflow connection, never from files or code."""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from include.errors import ConfigError

_FORM = "Admin → Connections in Airflow"


@dataclass(frozen=True)
class Connection:
    """Host and secrets of one system. Secrets are kept out of `repr`, so out of logs and tracebacks."""

    id: str
    host: str
    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, id: str, fields: Mapping[str, Any]) -> Connection:
        """A connection out of Airflow's fields; a host without a scheme gets the one that Airflow keeps beside it, else https.

        Line breaks around login and password, which come with copying, are no part of them.
        """
        host = str(fields.get("host") or "").strip().rstrip("/")
        if host and "://" not in host:
            port = f":{fields['port']}" if fields.get("port") else ""
            host = f"{fields.get('schema') or 'https'}://{host}{port}"
        login, password = (str(fields.get(name) or "").strip("\r\n") for name in ("login", "password"))
        return cls(id, host, login, password, fields.get("extra") or {})

    def required(self, name: str) -> str:
        """The text of `host`, `login`, `password` or of a key in `extra`; ConfigError names it when it is empty, or cannot be sent."""
        value = getattr(self, name) if name in ("host", "login", "password") else self.extra.get(name)
        if value is None or not str(value).strip():
            raise ConfigError(f"connection {self.id}: {name} is empty. Fill it in (Airflow: Admin → Connections)")
        flaw = "" if name == "host" else unsendable(str(value))
        if flaw:
            raise ConfigError(f"connection {self.id}: {name} contains {flaw}. Copy it again, as one line, into {_FORM}")
        return str(value)

    def option(self, name: str, default: Any) -> Any:
        """An optional key of `extra`; an empty text counts as absent."""
        value = self.extra.get(name)
        return default if value is None or value == "" else value

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no in `extra`; forms give it as text."""
        given = self.option(name, default)
        known = {"true": True, "false": False}
        if isinstance(given, bool | str) and str(given).strip().lower() in known:
            return known[str(given).strip().lower()]
        raise ConfigError(f"connection {self.id}: {name} is {given!r}; it must be true or false")

    def require_tls(self, name: str, url: str) -> None:
        """Raise ConfigError where this URL, which stands in `name`, would be contacted over http: only loopback, or with `allow_http` (I-8)."""
        parts = urlsplit(url)
        if parts.scheme != "http" or is_loopback(parts.hostname or "") or self.flag("allow_http"):
            return
        raise ConfigError(
            f"connection {self.id}: {name} is an http:// URL of {parts.hostname}, so secrets and scores would be sent unencrypted. Change it to "
            f"https://, or, in a network that you trust, set allow_http to true in the connection's extra ({_FORM})"
        )


def unsendable(text: str) -> str:
    """What in a text no HTTP header can carry, in words that do not show it; empty where all of it can."""
    if any(sign in text for sign in "\r\n\u2028\u2029\x85"):
        return "a line break"
    if any(unicodedata.category(sign) in ("Cc", "Cf") for sign in text):
        return "a control character or another invisible character"
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return "a character that HTTP headers do not allow (outside Latin-1)"
    return ""


def is_loopback(host: str) -> bool:
    """Whether this host is this machine itself: localhost, 127.0.0.0/8, or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address == ipaddress.ip_address("::1") or address in ipaddress.ip_network("127.0.0.0/8")
