"""Stand between a sandbox server and its client: record responses, or change one record in each response to one request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from mutations.change import Path, changed

_FIXED = re.compile(r"[A-Za-z_]+|v\d+(p\d+)?")
_PASSING = re.compile(r"127\.0\.0\.1:\d+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z?")
"""What differs between runs: the port, and moments."""
_TOKEN = re.compile(r'"access_token":\s*"([^"]*)"')


@dataclass(frozen=True)
class Asked:
    """One request, but for its server's port and moments in its body."""

    method: str
    path: str
    query: str
    body: str

    @property
    def kind(self) -> str:
        """What it asks for, without IDs."""
        parts = [part if _FIXED.fullmatch(part) or part.startswith("com.") else "*" for part in self.path.strip("/").split("/")]
        return f"{self.method} /{'/'.join(parts)}"


@dataclass(frozen=True)
class Seen:
    """One request with the response that it got."""

    asked: Asked
    content: bytes


@dataclass(frozen=True)
class Mutation:
    """Which request's responses to change, where, and how."""

    asked: Asked
    path: Path
    mutator: str


@dataclass
class Interceptor:
    """An ASGI application around a sandbox server. `hits` counts the changed responses, `tokens` keeps the access tokens given out."""

    app: Starlette
    mutation: Mutation | None = None
    record: Callable[[Seen], None] | None = None
    hits: int = 0
    tokens: list[str] = field(default_factory=list)
    state: Any = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.app.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox") or (self.mutation is None and self.record is None):
            await self.app(scope, receive, send)
            return
        sent, got = bytearray(), bytearray()
        start: dict[str, Any] = {}

        async def listen() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def hold(message: Message) -> None:
            start.update(message if message["type"] == "http.response.start" else {})
            got.extend(message.get("body", b""))

        await self.app(scope, listen, hold)
        asked = Asked(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), _PASSING.sub("", bytes(sent).decode()))
        content = self._answered(asked, bytes(got), start)
        await send({**start, "type": "http.response.start", "headers": _headers(start, len(content))})
        await send({"type": "http.response.body", "body": content})

    def _answered(self, asked: Asked, content: bytes, start: Mapping[str, Any]) -> bytes:
        if start["status"] >= 300:
            return content
        if asked.path.rstrip("/").endswith("token"):
            self.tokens += _TOKEN.findall(content.decode())
        if self.record is not None and _is_json(content):
            self.record(Seen(asked, content))
        if self.mutation is None or self.mutation.asked != asked:
            return content
        new = changed(content, self.mutation.path, self.mutation.mutator)
        self.hits += new is not None
        return content if new is None else new


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _headers(start: Mapping[str, Any], length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]
