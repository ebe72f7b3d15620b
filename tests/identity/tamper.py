"""Changes what a sandbox server responds, in transit: the world as it could be, beside the one that the sandbox generates."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Change = Callable[[str, Row], None]
"""Path of the request, and one JSON object of its response, which it may edit."""


@dataclass
class Tamper:
    """An ASGI application around a sandbox server; every JSON object of a successful read passes through `changes`."""

    app: Any
    changes: list[Change] = field(default_factory=list)

    @property
    def state(self) -> Any:
        return self.app.state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not self.changes or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        changed = self._changed(scope["path"], body) if sent[0]["status"] == 200 else body
        counted = (b"content-length", b"x-total-count") if changed != body else (b"content-length",)
        headers = [(name, value) for name, value in sent[0]["headers"] if name.lower() not in counted]
        await send({**sent[0], "headers": [*headers, (b"content-length", str(len(changed)).encode())]})
        await send({"type": "http.response.body", "body": changed})

    def _changed(self, path: str, body: bytes) -> bytes:
        try:
            data = json.loads(body)
        except ValueError:
            return body
        self._walk(path, data)
        return json.dumps(data).encode()

    def _walk(self, path: str, data: Any) -> None:
        if isinstance(data, dict):
            for change in self.changes:
                change(path, data)
        for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            self._walk(path, inner)
