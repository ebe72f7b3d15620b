"""A circuit breaker for one SIS connection: an outage costs a batch seconds, not the night.

Counted are requests in a row that were given up, over all threads and all calls of one client. At the limit the server is asked something
small: while it still answers that, the trouble is these rows' own, and the others go on. Otherwise the circuit is open and every request
fails at once, unsent, until after a rest the small question gets an answer again (half open).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from include.errors import OutageError

log = logging.getLogger(__name__)

LIMIT = 3
REST = 60.0


class Breaker:
    """One connection's. `probe` asks the server something small, once, and says whether it answered; threads may share a breaker."""

    def __init__(self, name: str, probe: Callable[[], bool], limit: int = LIMIT, rest: float = REST, clock: Callable[[], float] = time.monotonic):
        self.name, self._probe, self._limit, self._rest, self._clock = name, probe, limit, rest, clock
        self._failures = 0
        self._reason = ""
        self._again_at: float | None = None
        self._lock = threading.Lock()
        self._permits: list[Callable[[], None]] = []

    @property
    def is_open(self) -> bool:
        """Whether the server was found to be down, and has not answered since."""
        return self._again_at is not None

    def let_through(self) -> None:
        """OutageError when a request would only wait in vain; half open, the server is asked first."""
        if self._again_at is None:
            return
        with self._lock:
            if self._again_at is None:
                return
            if self._clock() >= self._again_at:
                self._ask()
            if self.is_open:
                reason = f" ({self._reason})" if self._reason else ""
                raise OutageError(f"{self.name}: the server does not respond, so nothing more is sent for now{reason}")

    @contextmanager
    def asking(self, permit: Callable[[], None]) -> Iterator[None]:
        """While the block runs, this is asked before every request, and raises when nothing more may be sent (A-22)."""
        self._permits.append(permit)
        try:
            yield
        finally:
            self._permits.remove(permit)

    def ask_permits(self) -> None:
        """Before each try of a request, as the last thing before its first byte: the process may have stood still anywhere before."""
        for permit in self._permits:
            permit()

    def answered(self) -> None:
        """A request got an answer that means something."""
        self._failures = 0

    def gave_up(self, reason: str = "", asked_to_wait: bool = False) -> None:
        """A request was given up after all its tries. A server that kept asking to wait is alive, but of no use: it is not probed."""
        with self._lock:
            self._failures, self._reason = self._failures + 1, reason
            if self._failures >= self._limit and not self.is_open:
                self._ask(in_vain=asked_to_wait)

    def suspect(self, reason: str = "") -> None:
        """Others met an outage a moment ago: ask the server before the next request."""
        with self._lock:
            self._again_at, self._reason = self._clock(), reason

    def _ask(self, in_vain: bool = False) -> None:
        self._failures = 0
        if not in_vain and self._probe():
            self._again_at = None
            return
        if self._again_at is None:
            log.warning("%s: no response %d times in a row or to a probe; nothing is sent for %.0f s", self.name, self._limit, self._rest)
        self._again_at = self._clock() + self._rest
