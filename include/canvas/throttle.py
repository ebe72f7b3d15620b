"""Keeping under Canvas's throttle by its own headers (reference: canvas-api.md §1.3).

Canvas counts per token: every request in flight reserves 50 units until it ends, 600 are there, 10 a second come back. So what counts
is how many requests are in flight; `Gate` widens and narrows that number with what Canvas says is left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from include.http import retry_after

_RESERVED = 50.0  # units that one request in flight holds
_LOW = 150.0  # with less left than this, fewer requests at a time
_LEAK = 10.0  # units that come back per second
_LONGEST = 10.0  # seconds that one request is held back at most


def throttled(answer: requests.Response) -> bool:
    """Whether Canvas asks to slow down: 429, or the 403 of older and self-hosted Canvas (any other 403 is a missing right)."""
    return answer.status_code == 429 or (answer.status_code == 403 and b"rate limit exceeded" in answer.content[:1000].lower())


def remaining(answer: requests.Response) -> float | None:
    """Units that are left according to the answer; None where it does not say."""
    try:
        return float(answer.headers["X-Rate-Limit-Remaining"])
    except (KeyError, ValueError):
        return None


def wait(answer: requests.Response) -> float | None:
    """Seconds until a throttled request is worth another try; None (the usual back-off) for any other answer."""
    asked = retry_after(answer)
    if asked is not None or not throttled(answer):
        return asked
    left = remaining(answer)
    return 1.0 if left is None else max(1.0, (_LOW - left) / _LEAK)


class Gate:
    """At most `widest` requests at a time, fewer while Canvas has little left. Shared by all threads of one client."""

    def __init__(self, widest: int) -> None:
        self.widest = widest
        self.width = widest
        self._inside = 0
        self._hold = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places, waited for if need be, held for the length of the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self.width)
            self._inside += 1
            hold, self._hold = self._hold, 0.0
        try:
            time.sleep(hold)
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def note(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        """Learn from an answer's headers (it is a response hook of `requests`): halve when throttled, else one place less or more."""
        left = remaining(answer)
        with self._changed:
            if throttled(answer):
                self.width = max(1, self.width // 2)
            elif left is not None and left < _LOW:
                self._hold = min(_LONGEST, (_LOW - left) / _LEAK) if self.width == 1 else 0.0
                self.width = max(1, self.width - 1)
            elif left is None or left >= _LOW + _RESERVED:
                self.width = min(self.widest, self.width + 1)
                self._changed.notify_all()
