"""A sign of life while a batch is sent: it renews the lease however long that takes, and stops the sending once the lease is lost (A-22).

A run that is killed gives no more signs, so its courses are free again a few minutes later, not when the longest possible load would be over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from include.sync import state
from include.sync.leases import Holder, Lease, LeaseLostError
from include.sync.run import Run

log = logging.getLogger(__name__)

BEAT = timedelta(minutes=1)
ALIVE = timedelta(minutes=15)
"""How long a lease lasts after the last beat: long enough for a database that is away for some minutes."""

SURE = 0.5
"""Seconds for which the answer "it is ours" is good."""


class Heart:
    """Beats for one lease, in a thread of its own."""

    def __init__(self, lease: Lease, beat: timedelta, alive: timedelta) -> None:
        self._lease, self._beat, self._alive = lease, beat, alive
        self._until = time.monotonic() + alive.total_seconds()
        self._sure_until = 0.0
        self._lost: LeaseLostError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """The first beat is now, the others follow."""
        self._beat_once(self._lease.renew if self._lease.since else self._lease.taken_over)
        self._thread.start()

    def stop(self) -> None:
        """No more beats."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """LeaseLostError when the courses are somebody else's by now. A process that stood still for a while asks the database before it goes on.

        Any thread may ask.
        """
        if self._lost is None and time.monotonic() > self._sure_until:
            found = self._lease.lost()
            self._lost = self._lost or found  # several threads ask, and what is lost stays lost
            self._sure_until = time.monotonic() + SURE
        if self._lost is None and time.monotonic() > self._until:
            told = f"run {self._lease.holder.run_id} of {self._lease.target} could not renew its lease in time: the state database did not respond"
            self._lost = LeaseLostError(told)
        if self._lost is not None:
            raise self._lost

    def _run(self) -> None:
        while self._lost is None and not self._stop.wait(self._beat.total_seconds()):
            self._beat_once(self._lease.renew)

    def _beat_once(self, renew: Callable[[timedelta], Lease]) -> None:
        asked = time.monotonic()
        try:
            self._lease = renew(self._alive)
            self._until = asked + self._alive.total_seconds()
        except LeaseLostError as error:
            self._lost = error
        except SQLAlchemyError as error:  # the next beat may get through; if none does in time, `check` says so
            log.warning("run %s: its lease could not be renewed (%s)", self._lease.holder.run_id, type(error).__name__)


@contextmanager
def beating(
    run: Run, courses: Sequence[str], beat: timedelta = BEAT, alive: timedelta = ALIVE, lease: Lease | None = None
) -> Iterator[Callable[[], None]]:
    """While the block runs, these courses stay this try's; what is yielded is to be called before each write, and raises when they are not.

    Without a `lease` of this try (`leases.take`) it takes the courses from whichever try of the run has them.
    """
    mine = lease or Lease(state.engine(run.district.state), run.target, tuple(courses), Holder("", run.run_id), run.now)
    heart = Heart(mine, beat, alive)
    heart.start()
    try:
        yield heart.check
    finally:
        heart.stop()
