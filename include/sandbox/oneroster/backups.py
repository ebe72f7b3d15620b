"""A SIS that is restored from a backup: `POST /_sandbox/save` and `POST /_sandbox/restore`, each with `{"name": "last week"}`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from include.sandbox.oneroster.provider import Provider

Admin = Callable[[Request], Awaitable[object]]


class Backups:
    """The saved states of one provider, by name."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._saved: dict[str, list[dict[str, Any]]] = {}

    def routes(self) -> dict[str, Admin]:
        """The admin routes."""
        return {"save": self._save, "restore": self._restore}

    async def _save(self, request: Request) -> object:
        name = str((await request.json())["name"])
        self._saved[name] = list(self._provider.store.journal.replay())
        return {"saved": sorted(self._saved)}

    async def _restore(self, request: Request) -> object:
        name = str((await request.json())["name"])
        if name not in self._saved:
            raise ValueError(f"no state was saved as {name!r}; allowed: {', '.join(sorted(self._saved)) or 'none yet'}")
        self._provider.restore(self._saved[name])
        return {"restored": name}
