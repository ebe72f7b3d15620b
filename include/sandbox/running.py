"""How sandbox servers are run: uvicorn, with a transport that a fault can cut, and in a thread for tests."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "sandbox.transport"


async def cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without one byte of an answer."""
    shown = scope.get("extensions", {}).get(_TRANSPORT)
    if shown is None:
        raise RuntimeError("a connection can only be cut under a server made by running.server")
    shown["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass


class _CuttableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also shows the handlers the transport, so that a fault can cut it."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {"transport": self.transport}}


def server(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Server:
    """A uvicorn server for one application: quiet, without a server header, patient with idle connections."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_CuttableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=not getattr(getattr(app, "state", None), "tells_time", False),
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        backlog=512,
    )
    return uvicorn.Server(config)


class Running:
    """A server in a thread of its own, at `url`; a context manager that stops it."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = server(app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError(f"the server for {self.url} did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop it and wait until it has."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def run_in_thread(app: ASGIApp, port: int = 0) -> Running:
    """Serve the application on loopback (port 0: a free one) from a thread, for tests."""
    return Running(app, port)
