"""Keeping under Canvas's throttle by its own headers (reference: canvas-api.md §1.3).

Canvas counts per token: every request in flight reserves 50 units until it ends, 600 are there, 10 a second come back. So what counts
is how many requests are in flight; `Gate` widens and narrows that number with what Canvas says is left, its own reservations taken out: ten of
our own requests leave 100 units, which is no reason to slow down, while 100 units that others leave are one.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from include.pace import retry_after

_RESERVED = 50.0  # units that one request in flight holds
_FULL = 600.0  # units of an idle token
_LOW = 150.0  # with less left than this, fewer requests at a time
_SPARE = 75.0  # units that must stay when one more request is let in
_LEAK = 10.0  # units that come back per second
_LONGEST = 10.0  # seconds that one request is held back at most


def throttled(answer: requests.Response) -> bool:
    """Whether Canvas asks to slow down: 429, or the 403 of older and self-hosted Canvas (any other 403 is a missing right)."""
    return answer.status_code == 429 or (answer.status_code == 403 and b"rate limit exceeded" in answer.content[:1000].lower())


def remaining(answer: requests.Response) -> float | None:
    """Units that are left according to the answer; None where it does not say."""
    try:
        left = float(answer.headers["X-Rate-Limit-Remaining"])
    except (KeyError, ValueError):
        return None
    return left if math.isfinite(left) else None


def wait(answer: requests.Response) -> float | None:
    """Seconds until a throttled request is worth another try; None (the usual back-off) for any other answer."""
    asked = retry_after(answer)
    if asked is not None or not throttled(answer):
        return asked
    left = remaining(answer)
    return 1.0 if left is None else max(1.0, (_LOW - left) / _LEAK)


class Gate:
    """At most `widest` requests at a time, fewer while Canvas has little left. Shared by all threads of one client.

    `peers` is how many clients read under the same token at the same time, this one included: each begins with its share, and leaves room for
    the others to widen in the same moment.
    """

    def __init__(self, widest: int, peers: int = 1) -> None:
        self.widest = widest
        self.width = max(1, widest // peers)
        self._spare = _SPARE + _RESERVED * (peers - 1)
        self._inside = 0
        self._hold = 0.0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places, waited for if need be, held for the length of the block. Who came first goes first: a busy reader, who is back at once,
        would else keep the one out that asks whether Canvas is there at all."""
        me = object()
        with self._changed:
            try:
                self._waiting.append(me)
                self._changed.wait_for(lambda: self._waiting[0] is me and self._inside < self.width)
            finally:
                if me in self._waiting:
                    self._waiting.remove(me)
                self._changed.notify_all()
            self._inside += 1
            hold, self._hold = self._hold, 0.0
        try:
            if hold:
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
            elif left is not None and left < _LOW and self._narrows(left):
                self._hold = min(_LONGEST, (_LOW - left) / _LEAK) if self.width == 1 else 0.0
                self.width = max(1, self.width - 1)
            elif self.width < self.widest and (left is None or self._widens(left)):
                self.width += 1
                self._changed.notify_all()

    def _unheld(self, left: float) -> float:
        """Units that would be left without our other requests in flight."""
        return max(left, min(_FULL, left + _RESERVED * max(0, self._inside - 1)))

    def _narrows(self, left: float) -> bool:
        return self._inside <= 1 or self._unheld(left) - _RESERVED * self.width < _RESERVED

    def _widens(self, left: float) -> bool:
        if self._inside <= 1:
            return left >= _LOW + _RESERVED
        return self._unheld(left) - _RESERVED * (self.width + 1) >= self._spare
