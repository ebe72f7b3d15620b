"""How the runs are doing, for a person who waits: one line per target, rewritten in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

STAGES = ("choose", "extract", "filter", "transform", "validate", "load", "publish", "close")
_ENDED = ("success", "failed", "upstream_failed", "skipped", "removed")
_PLAIN_EVERY = 5.0


def line(target: str, state: str, tasks: Mapping[str, Counter[str]], seconds: float) -> str:
    """One target's line: the stage that is furthest, how many batches have passed it, and what failed."""
    begun = [stage for stage in STAGES if any(state != "waiting" for state in tasks.get(stage, {}))]
    stage = begun[-1] if begun else "waiting"
    counts = tasks.get(stage, Counter())
    done = sum(counts[name] for name in _ENDED)
    failed = sum(counter["failed"] for counter in tasks.values())
    trouble = f", {failed} failed" if failed else ""
    return f"{target:<18}{state:<10}{stage:<10}{done}/{sum(counts.values())}{trouble}  {seconds:.0f} s"


class Screen:
    """Where the lines go."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self._height = 0
        self._last: list[str] = []
        self._next = 0.0

    def say(self, text: str) -> None:
        """A line that stays."""
        self.out.write(f"{text}\n")
        self.out.flush()
        self._height = 0

    def show(self, lines: list[str], last: bool = False) -> None:
        """The present state of things, in place of the one before."""
        if self.out.isatty():
            up = f"\x1b[{self._height}A" if self._height else ""
            self.out.write(up + "".join(f"\x1b[2K{text}\n" for text in lines))
            self._height = len(lines)
        elif last or time.monotonic() >= self._next:
            fresh = [text for text in lines if text not in self._last]
            self.out.write("".join(f"{text}\n" for text in fresh))
            self._last, self._next = lines, time.monotonic() + _PLAIN_EVERY
        self.out.flush()
