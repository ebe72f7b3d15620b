"""What all sandbox servers share: the request log, ordered faults, latency, the admin routes, and how they are run.

A server brings routes and a state; `build` makes the application. Handlers are `async` functions and must not await anything slow:
all of one server runs on one event loop, so that its state needs no locks. `/_sandbox/...` is for tests and the demonstration: it
answers loopback only, takes no credential and is not logged.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.faults import Fault, FaultError, Faults
from include.sandbox.journal import Journal
from include.sandbox.request_log import LogEntry, RequestLog
from include.sandbox.running import Running, cut, run_in_thread, server

__all__ = [
    "FaultError",
    "Faults",
    "Journal",
    "Json",
    "LogEntry",
    "RequestLog",
    "Running",
    "State",
    "build",
    "count_rows",
    "run_in_thread",
    "server",
]

ADMIN = "/_sandbox"
_LOOPBACK = ("127.0.0.1", "::1")

AdminHandler = Callable[[Request], Awaitable[Any]]


class State(Protocol):
    """What a server keeps. `expire_tokens()` may be there as well: the fault of that name calls it."""

    faults: Faults
    log: RequestLog

    def snapshot(self) -> dict[str, object]:
        """All that a person would see, as comparable JSON."""
        ...

    def reset(self) -> None:
        """Back to the world as generated."""
        ...


class Json(Response):
    """A JSON answer, compact; text that is JSON already may be given as `str` or bytes through `Response` instead."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        try:
            return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        except UnicodeEncodeError:  # half of a character, which JSON can only hold escaped
            return json.dumps(content, separators=(",", ":")).encode()


def count_rows(request: Request, rows: int) -> None:
    """Tell the log how many records the body of this write carried (0: it was no write)."""
    request.scope["sandbox.rows"] = rows


def default_is_write(method: str, path: str) -> bool:
    """Whether a request counts as a write of one record until its handler says otherwise; token requests never do."""
    return method not in ("GET", "HEAD", "OPTIONS") and not path.rstrip("/").endswith("/token")


def build(
    system: str,
    routes: Sequence[BaseRoute],
    state: State,
    *,
    on_admin: Mapping[str, AdminHandler] | None = None,
    is_write: Callable[[str, str], bool] = default_is_write,
) -> Starlette:
    """The application of one sandbox server. `on_admin` adds `/_sandbox/<name>`; its handlers answer a Response or anything JSON can hold."""
    front = Middleware(_Front, system=system, state=state, is_write=is_write)
    app = Starlette(routes=[Mount(ADMIN, routes=[]), *routes], middleware=[front])
    app.state.latency = 0.0
    app.state.sandbox = state
    app.router.routes[0] = Mount(ADMIN, routes=_admin_routes(app, system, state, on_admin or {}))
    return app


class _Front:
    """Stands before the handlers: latency, faults and the log."""

    def __init__(self, app: ASGIApp, system: str, state: State, is_write: Callable[[str, str], bool]) -> None:
        self.app, self.system, self.state, self.is_write = app, system, state, is_write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith(ADMIN + "/"):
            local = (scope.get("client") or ("",))[0] in _LOOPBACK
            await (self.app if local else Response("loopback only", 403))(scope, receive, send)
        else:
            await self._logged(scope, receive, send)

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        number, started, status = self.state.log.next_number(), time.perf_counter(), 0
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        method, path, query = scope["method"], scope["path"], scope["query_string"].decode("latin-1")
        scope["sandbox.rows"] = int(self.is_write(method, path))

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._answer(scope, receive, watched, self.state.faults.take(method, path, query))
        except Exception:
            status = 500
            raise
        finally:
            ms = round((time.perf_counter() - started) * 1000, 2)
            self.state.log.append(LogEntry(number, at, self.system, method, path, query, status, ms, scope["sandbox.rows"]))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, faults: list[Fault]) -> None:
        seconds = scope["app"].state.latency + sum(float(fault.settings.get("seconds", 1)) for fault in faults if fault.kind == "slow")
        if seconds:
            await asyncio.sleep(seconds)
        if any(fault.kind == "expire_tokens" for fault in faults):
            getattr(self.state, "expire_tokens", lambda: None)()
        final = faults[-1] if faults and faults[-1].kind not in ("slow", "expire_tokens") else None
        if final is None:
            await self.app(scope, receive, send)
        elif final.kind in ("cut", "lost"):
            if final.kind == "lost":
                await self.app(scope, receive, _nowhere)
            await cut(scope, receive)
        else:
            await _fault_response(final)(scope, receive, send)


async def _nowhere(message: Message) -> None:
    """Where an answer goes that nobody gets."""


def _fault_response(fault: Fault) -> Response:
    told = fault.settings
    headers = {str(key): str(value) for key, value in told.get("headers", {}).items()}
    if "retry_after" in told:
        headers["Retry-After"] = str(told["retry_after"])
    status = int(told.get("status", {"throttle": 429, "error": 500, "refuse": 400}[fault.kind]))
    if told.get("html"):
        return Response(str(told.get("body", f"<html><body><h1>{status}</h1></body></html>")), status, headers, "text/html")
    if fault.kind == "throttle" and status == 403:
        return Response(str(told.get("body", "403 Forbidden (Rate Limit Exceeded)")), status, headers, "text/plain")
    body = told.get("body", {"errors": [{"message": {"throttle": "Rate limit exceeded.", "error": "An error occurred."}.get(fault.kind, "refused")}]})
    return Response(body, status, headers, "text/plain") if isinstance(body, str) else Json(body, status, headers)


def _admin_routes(app: Starlette, system: str, state: State, more: Mapping[str, AdminHandler]) -> list[Route]:
    async def health(_: Request) -> object:
        return {"status": "ok", "system": system}

    async def log(request: Request) -> object:
        if request.method == "DELETE":
            state.log.clear()
            return []
        since = int(request.query_params.get("since", "0"))
        return [asdict(entry) for entry in state.log.entries(since, request.query_params.get("writes") == "1")]

    async def snapshot(_: Request) -> object:
        return state.snapshot()

    async def faults(request: Request) -> object:
        if request.method == "DELETE":
            state.faults.clear()
        elif request.method == "POST":
            state.faults.add(await request.json())
        return {"rules": len(state.faults)}

    async def latency(request: Request) -> object:
        if request.method == "PUT":
            app.state.latency = float((await request.json())["seconds"])
        return {"seconds": app.state.latency}

    async def reset(_: Request) -> object:
        state.reset()
        state.faults.clear()
        state.log.clear()
        app.state.latency = 0.0
        return {"status": "ok"}

    table: list[tuple[str, AdminHandler, list[str]]] = [
        ("health", health, ["GET"]),
        ("log", log, ["GET", "DELETE"]),
        ("state", snapshot, ["GET"]),
        ("faults", faults, ["GET", "POST", "DELETE"]),
        ("latency", latency, ["GET", "PUT"]),
        ("reset", reset, ["POST"]),
        *((name, handler, ["GET", "POST", "PUT", "DELETE"]) for name, handler in more.items()),
    ]
    return [Route(f"/{name}", _told(handler), methods=methods) for name, handler, methods in table]


def _told(handler: AdminHandler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            result = await handler(request)
        except (ValueError, KeyError, TypeError) as error:
            return Json({"error": f"{type(error).__name__}: {error}"}, 400)
        return result if isinstance(result, Response) else Json(result)

    return answer
