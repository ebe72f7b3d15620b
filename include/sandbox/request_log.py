"""What was asked of a sandbox server: the witness that tests of F-3 and F-4 call."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request. `rows` is the number of records in a write's body, 0 for reads; `status` 0 means that the connection was cut."""

    number: int
    at: str
    system: str
    method: str
    path: str
    query: str
    status: int
    ms: float
    rows: int


class RequestLog:
    """The last `limit` requests. Numbers go on rising after a clear, so that `since` stays good."""

    def __init__(self, limit: int = 200_000) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=limit)
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[LogEntry]:
        return iter(self._entries)

    def next_number(self) -> int:
        """The number for one more request."""
        self._number += 1
        return self._number

    def append(self, entry: LogEntry) -> None:
        """Keep one entry."""
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()

    def entries(self, since: int = 0, writes: bool = False) -> list[LogEntry]:
        """Entries with a number above `since`; only those that wrote, if asked."""
        return [entry for entry in self._entries if entry.number > since and (entry.rows > 0 or not writes)]
