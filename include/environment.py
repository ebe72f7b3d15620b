"""Connections as Airflow reads them from its environment, `AIRFLOW_CONN_<ID>` as JSON or as a URI, for commands that run without Airflow.

No message shows a value: it may hold a password.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from include.connection import Connection
from include.errors import ConfigError

_PREFIX = "AIRFLOW_CONN_"


def project_values(folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment over the folder's `.env`; where neither names a connection, over `.env.example`, as `make sync` does."""
    from dotenv import dotenv_values

    named = any(name.startswith(_PREFIX) for name in environ)
    for file in (folder / ".env", *(() if named else (folder / ".env.example",))):
        if file.is_file():
            return {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()} | dict(environ)
    return dict(environ)


def connection(name: str, values: Mapping[str, str], where: str = "the environment") -> Connection:
    """The connection of this id; ConfigError says what is wrong with its variable."""
    return Connection.of(name, _fields(name, values, where))


def database_url(name: str, values: Mapping[str, str], where: str = "the environment") -> str:
    """SQLAlchemy URL of a database connection, with the driver that this product brings."""
    fields = _fields(name, values, where)
    kind, schema = str(fields.get("conn_type") or ""), str(fields.get("schema") or "")
    if kind == "sqlite":
        return f"sqlite:///{fields.get('host') or schema}"
    if not kind.startswith("postgres"):
        raise ConfigError(f'connection {name}: "{kind}" is not a database that this product can use. Use postgres or sqlite')
    login, password = (quote(str(fields.get(part) or ""), safe="") for part in ("login", "password"))
    port = f":{fields['port']}" if fields.get("port") else ""
    return f"postgresql+psycopg://{login}:{password}@{fields.get('host') or ''}{port}/{schema}"


def _fields(name: str, values: Mapping[str, str], where: str) -> dict[str, Any]:
    variable = _PREFIX + name.upper()
    text = values.get(variable, "").strip()
    if not text:
        raise ConfigError(f"connection {name}: {variable} is not in {where}. Add it; .env.example shows its form")
    return _of_json(name, variable, text) if text.startswith(("{", "[")) or "://" not in text else _of_uri(name, variable, text)


def _of_json(name: str, variable: str, text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        told = f"{variable} is not JSON ({error.msg}, character {error.pos})"
        raise ConfigError(f"connection {name}: {told}. .env.example shows its form") from None
    extra = _extra(fields.get("extra")) if isinstance(fields, dict) else None
    if not isinstance(fields, dict) or not isinstance(extra, dict):
        raise ConfigError(f"connection {name}: {variable} must be a JSON object, and so must its extra. .env.example shows its form")
    return {**fields, "extra": extra}


def _extra(value: object) -> object:
    """Airflow takes the extra as an object, or as the JSON text of one."""
    if not isinstance(value, str) or not value:
        return value or {}
    with suppress(json.JSONDecodeError):
        return json.loads(value)
    return None


def _of_uri(name: str, variable: str, text: str) -> dict[str, Any]:
    """`type://login:password@host:port/schema?key=value`, every part quoted; the host may carry a scheme of its own, quoted or plain."""
    try:
        parts = urlsplit(text)
        port = parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        extra = json.loads(query.pop("__extra__", "null")) or query
    except ValueError as error:
        raise ConfigError(
            f"connection {name}: {variable} is not a connection URI ({type(error).__name__}). .env.example shows another form"
        ) from None
    return {
        "conn_type": parts.scheme.replace("-", "_"),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": unquote(parts.hostname or ""),
        "port": port,
        "schema": unquote(parts.path.lstrip("/")),
        "extra": extra,
    }
