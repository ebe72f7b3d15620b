"""Work that asks other systems while a person waits: with an end to the waiting, and once at a time for each thing that is asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from fastapi import HTTPException

from include.errors import UnavailableError

log = logging.getLogger(__name__)
Found = TypeVar("Found")
MOST = 8
"""So many at once in one server process, those that nobody waits for any more among them: a page waits in one of the server's 40 threads."""
_LASTING = "Check again in a minute."
_busy: set[str] = set()
_lock = threading.Lock()


def within(seconds: float, what: str, work: Callable[[], Found], then: str = _LASTING) -> Found:
    """What the work answers. 409 while the same is under way, 503 while MOST others are; UnavailableError when it takes longer: it then goes
    on without anybody waiting, and `then` says what a person can do."""
    with _lock:
        if what in _busy:
            raise HTTPException(409, f"{what} is already in progress. Check again in a minute.")
        if len(_busy) >= MOST:
            raise HTTPException(503, f"{what} cannot start: {MOST} other requests to Canvas and the SIS are in progress. Try again in a minute.")
        _busy.add(what)
    found: list[Found] = []
    failed: list[BaseException] = []
    thread = threading.Thread(target=_work, args=(what, work, found, failed), daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise UnavailableError(f"{what} is taking longer than {seconds:g} seconds and continues in the background. {then}")
    return found[0]


def _work(what: str, work: Callable[[], Found], found: list[Found], failed: list[BaseException]) -> None:
    try:
        found.append(work())
    except BaseException as error:  # it is the waiting thread's to raise
        log.info("%s ended with %s", what, type(error).__name__)
        failed.append(error)
    finally:
        with _lock:
            _busy.discard(what)
