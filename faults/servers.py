"""The sandbox of one trial: a process forked from the prepared state, so that every trial starts from the same one, at once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette

from include.sandbox.running import server

_PATIENCE = 600
"""Seconds for which an idle connection stays open: a run that stands still must find it as it was, however slow the machine is."""

Rules = Mapping[str, Sequence[Mapping[str, Any]]]
"""Faults in force from the start, by server."""


@contextmanager
def serving(apps: Mapping[str, Starlette], rules: Rules) -> Iterator[dict[str, str]]:
    """The servers' addresses; their process is killed at the end, and what happened in them is gone."""
    sockets = {name: socket.create_server(("127.0.0.1", 0), backlog=512) for name in apps}
    pid = os.fork()
    if not pid:
        try:
            asyncio.run(_serve(apps, sockets, rules))
        finally:
            os._exit(1)
    urls = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    try:
        yield urls
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


async def _serve(apps: Mapping[str, Starlette], sockets: Mapping[str, socket.socket], rules: Rules) -> None:
    for name, ordered in rules.items():
        for rule in ordered:
            apps[name].state.sandbox.faults.add(dict(rule))
    made = {name: server(app) for name, app in apps.items()}
    for one in made.values():
        one.config.timeout_keep_alive = _PATIENCE
    await asyncio.gather(*(one.serve(sockets=[sockets[name]]) for name, one in made.items()))
