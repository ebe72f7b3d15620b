"""How long to wait: before the next request at a given pace, and after a response that asks for it. No server can ask for more than a day (I-8)."""

from __future__ import annotations

import math
import threading
import time
from email.utils import parsedate_to_datetime

import requests

LONGEST_WAIT = 86_400.0
"""Seconds. A server that asks for more, or for a negative or no number, did not mean it: the usual back-off applies."""


def retry_after(answer: requests.Response) -> float | None:
    """Seconds that the answer's Retry-After header asks for, in either of its two forms; None without a usable one."""
    text = answer.headers.get("Retry-After", "").strip()
    try:
        return sane_wait(float(text))
    except ValueError:
        pass
    try:
        return sane_wait(max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError, OverflowError):
        return None


def sane_wait(seconds: float) -> float | None:
    """Return the seconds if a server can mean them, otherwise None: NaN, a negative number, more than LONGEST_WAIT."""
    return seconds if 0 <= seconds <= LONGEST_WAIT else None


class Pace:
    """At most one request per `seconds` (0: no limit), shared by all threads of one connection. `gap` is the time between the last two.

    What counts is when a request is sent: a new token, or a new connection, may come between its turn and its first byte.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.gap = math.inf
        self._last = self._sent = -math.inf
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for the next free place."""
        with self._lock:
            now = time.monotonic()
            self._last = at = max(now, self._last + max(0.0, self.seconds))
        if at > now:
            time.sleep(at - now)

    def sent(self) -> None:
        """Note that a request's first byte goes now; the next one's turn comes that much later."""
        with self._lock:
            now = time.monotonic()
            self.gap, self._sent = now - self._sent, now
            self._last = max(self._last, now)
