"""The connections of `.env.example`: `GRADESYNC_SANDBOX_PORT` moves them together with the servers that they lead to (I-9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

SYSTEMS = ("canvas", "genesis", "synergy", "schooltool", "infinite_campus", "powerschool")
FIRST_PORT = 8700
"""The port of Canvas, where nothing else is said; the five SIS take the next five."""

_LOOPBACK = r"(?:127\.0\.0\.1|localhost|\[::1\])"


def follow_sandbox(values: Mapping[str, str]) -> dict[str, str]:
    """Return these settings with the connections of `.env.example` pointing to where this sandbox listens.

    Only the address that the example gives to a system is changed: a connection that somebody has edited stays as it is.
    """
    port = _port(values)
    if port in (None, FIRST_PORT):
        return dict(values)
    moved = dict(values)
    for number, system in enumerate(SYSTEMS):
        name = f"AIRFLOW_CONN_{system.upper()}_DEFAULT"
        if name in moved:
            moved[name] = re.sub(rf"({_LOOPBACK}):{FIRST_PORT + number}(?!\d)", rf"\g<1>:{port + number}", moved[name])
    return moved


def strays(values: Mapping[str, str], connections: Iterable[str]) -> list[str]:
    """Return a sentence for each connection that still goes to a usual port of the sandbox, where another program listens by now."""
    port = _port(values)
    if port is None:
        return []
    wrong = set(range(FIRST_PORT, FIRST_PORT + len(SYSTEMS))) - set(range(port, port + len(SYSTEMS)))
    found = ((name, min(there)) for name in dict.fromkeys(connections) if (there := _ports(values.get(f"AIRFLOW_CONN_{name.upper()}", "")) & wrong))
    return [
        f"connection {name}: it goes to port {there} of this machine, but GRADESYNC_SANDBOX_PORT is {port}. "
        f"Use one of the sandbox's ports {port} to {port + len(SYSTEMS) - 1} in AIRFLOW_CONN_{name.upper()}"
        for name, there in found
    ]


def _port(values: Mapping[str, str]) -> int | None:
    """The port of the sandbox's Canvas; None without a sandbox, and for a value that `embedded.settings` rejects."""
    value = values.get("GRADESYNC_SANDBOX_PORT") or str(FIRST_PORT)
    return int(value) if values.get("GRADESYNC_SANDBOX") == "1" and value.isascii() and value.isdecimal() else None


def _ports(connection: str) -> set[int]:
    """The ports of this machine that a connection names, in an address or beside it."""
    text = unquote(connection)
    beside = re.findall(r'"port"\s*:\s*"?(\d+)', text) if re.search(_LOOPBACK, text) else []
    return {int(port) for port in [*re.findall(rf"{_LOOPBACK}:(\d+)", text), *beside]}
