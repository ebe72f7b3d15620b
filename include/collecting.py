"""Python's search for circles of objects, made seldom while rows come and go by the ten thousand, none of them in circles."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000  # objects more than before, until circles of them are looked for
_lock = threading.Lock()
_inside: list[tuple[int, int, int]] = []  # the usual thresholds, once for each block that is at work


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """For the length of the block; of several at once the last one to end brings back what was usual. The search costs a seventh of the time."""
    with _lock:
        _inside.append(_inside[0] if _inside else gc.get_threshold())
        gc.set_threshold(_SELDOM, *_inside[0][1:])
    try:
        yield
    finally:
        with _lock:
            usual = _inside.pop()
            if not _inside:
                gc.set_threshold(*usual)
