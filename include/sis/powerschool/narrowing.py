"""Many things read with one request; where that fails, halves of them, until only what is at fault is left out (I-7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from include.errors import SourceError

Key = TypeVar("Key")
Row = TypeVar("Row")

_FRUITLESS = 3
"""So many times everything is halved while nothing at all can be read; then no single one is at fault."""


@dataclass
class Narrowed(Generic[Key, Row]):
    """Rows that can be read; what has a row that cannot be read, with what is wrong; and what could not be read at all."""

    rows: list[Row] = field(default_factory=list)
    gaps: dict[Key, str] = field(default_factory=dict)
    failed: dict[Key, SourceError] = field(default_factory=dict)

    @property
    def problems(self) -> dict[Key, SourceError | str]:
        """Both kinds of trouble."""
        return {**self.gaps, **self.failed}


def narrow(parts: Sequence[Sequence[Key]], read: Callable[[Sequence[Key]], tuple[list[Row], str]]) -> Narrowed[Key, Row]:
    """Read each part; `read` returns the rows, and what is wrong with one that belongs to nobody known. SourceError when nothing can be read."""
    found, queue, level, any_read = Narrowed[Key, Row](), list(parts), 0, False
    while queue:
        halves: list[Sequence[Key]] = []
        last: SourceError | None = None
        for part in queue:
            rows, bad, error = _tried(part, read)
            any_read, last = any_read or error is None, error or last
            if len(part) > 1 and (bad or error):
                halves += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            found.rows += rows
            if bad:
                found.gaps[part[0]] = bad
            if error:
                found.failed[part[0]] = error
        if last is not None and not any_read and level >= _FRUITLESS:
            raise last
        queue, level = halves, level + 1
    return found


def _tried(part: Sequence[Key], read: Callable[[Sequence[Key]], tuple[list[Row], str]]) -> tuple[list[Row], str, SourceError | None]:
    try:
        return *read(part), None
    except SourceError as error:
        return [], "", error
