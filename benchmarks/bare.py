"""The yardstick: the same requests once more, asynchronously, with so many in flight, and nothing done with the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from benchmarks.watch import Asked

_OWN = ("content-length", "connection", "accept-encoding", "host")


def fetch(asked: Sequence[Asked], at_once: int) -> tuple[float, list[bytes]]:
    """Seconds, and the bodies in the order of the requests. RuntimeError for an answer of another status than the first time."""
    return asyncio.run(_fetch(asked, at_once))


async def _fetch(asked: Sequence[Asked], at_once: int) -> tuple[float, list[bytes]]:
    waiting = list(enumerate(asked))[::-1]
    bodies = [b""] * len(asked)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once), auto_decompress=True) as session:

        async def work() -> None:
            while waiting:
                place, row = waiting.pop()
                headers = {name: value for name, value in row.headers.items() if name.lower() not in _OWN}
                async with session.request(row.method, row.url, headers=headers, data=row.body or None) as answer:
                    bodies[place] = await answer.read()
                    if answer.status != row.status:
                        told = f"{answer.status} where {row.status} was the answer before"
                        raise RuntimeError(f"{row.method} {row.url}: {told}: {bodies[place][:200]!r}")

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return time.perf_counter() - begun, bodies
