"""What a client needs to reach one system; built from an Airflow connection, never from files or code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.errors import ConfigError


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
        """A connection out of Airflow's fields; a host without a scheme gets the one that Airflow keeps beside it, else https."""
        host = str(fields.get("host") or "").strip().rstrip("/")
        if host and "://" not in host:
            port = f":{fields['port']}" if fields.get("port") else ""
            host = f"{fields.get('schema') or 'https'}://{host}{port}"
        return cls(id, host, str(fields.get("login") or ""), str(fields.get("password") or ""), fields.get("extra") or {})

    def required(self, name: str) -> str:
        """The text of `host`, `login`, `password` or of a key in `extra`; ConfigError names it when it is empty."""
        value = getattr(self, name) if name in ("host", "login", "password") else self.extra.get(name)
        if value is None or not str(value).strip():
            raise ConfigError(f"connection {self.id}: {name} is empty; it must be filled in (Airflow: Admin > Connections)")
        return str(value)

    def option(self, name: str, default: Any) -> Any:
        """An optional key of `extra`; an empty text counts as absent."""
        value = self.extra.get(name)
        return default if value is None or value == "" else value
