"""Waiting for courses that another run holds: up to the district's `lease_wait`, then the second is refused, or goes on without them (A-22)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from include.sync import leases
from include.sync.leases import CourseBusyError, Lease
from include.sync.run import Run

log = logging.getLogger(__name__)

_LONGEST_NAP = 10.0


def hold_all(run: Run, courses: Sequence[str], ttl: timedelta) -> Lease:
    """The lease on all of these courses; CourseBusyError, after the wait, names who holds one of them."""
    for _ in _naps(run):
        try:
            return leases.hold(run, courses, ttl)
        except CourseBusyError as error:
            log.info("run %s waits: %s", run.run_id, error)
    return leases.hold(run, courses, ttl)


def hold_free(run: Run, courses: Sequence[str], ttl: timedelta) -> dict[str, str]:
    """The lease on those that are free by the end of the wait; for each of the others, who holds it."""
    busy = leases.hold_free(run, courses, ttl)
    for _ in _naps(run):
        if not busy:
            break
        log.info("run %s is waiting for %d courses that another run is using", run.run_id, len(busy))
        busy = leases.hold_free(run, list(busy), ttl)
    return busy


def _naps(run: Run) -> Iterator[None]:
    """Once now, then after naps that grow, until the district's patience is at its end."""
    end, nap = time.monotonic() + run.district.lease_wait, 0.25
    while (left := end - time.monotonic()) > 0:
        yield
        time.sleep(min(nap, left))
        nap = min(2 * nap, _LONGEST_NAP)
