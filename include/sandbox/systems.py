"""All six systems of the sandbox together: one Canvas and five SIS over one district, served from one event loop.

A school day on the Canvas side moves students between classes in the SIS as well, as a registrar would.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette

from include.errors import ConfigError
from include.sandbox.canvas import canvas_app
from include.sandbox.class_changes import Move
from include.sandbox.oneroster import TRAITS, lenient, oneroster_app
from include.sandbox.powerschool import powerschool_app
from include.sandbox.serving import Journal, server
from include.sandbox.world import TARGETS, District

SYSTEMS = ("canvas", *TARGETS)
_HOST = "127.0.0.1"


class Registrar(Protocol):
    """A SIS's state, as far as class changes go. All ids are the SIS's own."""

    def move_student(self, student_id: str, from_section: str, to_section: str) -> None:
        """The student leaves one class and joins the other."""
        ...


def applications(district: District, folder: Path | None = None, *, is_lenient: bool = False) -> dict[str, Starlette]:
    """Each system's application. Their journals lie in the folder; without one everything is forgotten at the end.

    `is_lenient`: the OneRoster SIS have no rules of their own, so that an outside suite for providers passes.
    """
    ways = {name: lenient(traits) if is_lenient else traits for name, traits in TRAITS.items()}
    journals = {name: Journal(folder / f"{name}.jsonl" if folder else None) for name in SYSTEMS}
    apps = {name: oneroster_app(district, ways[name], journals[name]) for name in TARGETS if name != "powerschool"}
    apps["powerschool"] = powerschool_app(district, journals["powerschool"])
    apps["canvas"] = canvas_app(district, journals["canvas"])
    apps["canvas"].state.sandbox.on_move.append(_follow({name: apps[name].state.sandbox for name in TARGETS}))
    return {name: apps[name] for name in SYSTEMS}


def _follow(registrars: Mapping[str, Registrar]) -> Callable[[Move], None]:
    def follow(move: Move) -> None:
        registrars[move.target].move_student(move.sis_student_id, move.from_sis_section, move.to_sis_section)

    return follow


def listen(first_port: int) -> dict[str, socket.socket]:
    """A listening socket for each system on ports in a row from `first_port`; 0 takes any free ones."""
    found: dict[str, socket.socket] = {}
    for place, name in enumerate(SYSTEMS):
        port = first_port + place if first_port else 0
        try:
            found[name] = socket.create_server((_HOST, port), backlog=512)
        except OSError as error:
            for one in found.values():
                one.close()
            raise ConfigError(f"port {port} for {name} cannot be used ({error.strerror}); choose other ports with --port") from error
    return found


async def serve(apps: Mapping[str, Starlette], sockets: Mapping[str, socket.socket], ready: Callable[[], None]) -> None:
    """Serve all of them until SIGINT or SIGTERM; `ready` is called when all answer."""
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn sets its own on top, and hands on to these at its end
        signal.signal(number, lambda caught, _: stopped.append(caught))
    servers = {name: server(app) for name, app in apps.items()}
    tasks = [asyncio.create_task(one.serve(sockets=[sockets[name]])) for name, one in servers.items()]
    while not all(one.started for one in servers.values()) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.01)
    if all(one.started for one in servers.values()) and not stopped:
        ready()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await _end(servers, tasks)


async def _end(servers: Mapping[str, uvicorn.Server], tasks: list[asyncio.Task[None]]) -> None:
    for one in servers.values():
        one.should_exit = True
    await asyncio.gather(*tasks)
