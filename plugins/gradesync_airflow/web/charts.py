"""The graphs: rings drawn on the server. What they show stands beside them as a list, so that nobody needs to see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST = 1.5
"""A slice that is not nothing stays visible: so many percent of the ring at least."""


@dataclass(frozen=True)
class Slice:
    """One arc in percent of the ring: how long, and where it begins."""

    name: str
    count: int
    length: float
    start: float


@dataclass(frozen=True)
class Ring:
    """A ring of slices around their sum."""

    total: int
    slices: tuple[Slice, ...]


def ring(counts: Mapping[str, int] | Iterable[tuple[str, int]]) -> Ring:
    """The arcs of these counts, in their order; those of nothing are left out."""
    parts = [(name, count) for name, count in dict(counts).items() if count > 0]
    total = sum(count for _, count in parts)
    lengths = _lengths([count for _, count in parts])
    slices, start = [], 0.0
    for (name, count), length in zip(parts, lengths, strict=True):
        slices.append(Slice(name, count, round(length, 3), round(start, 3)))
        start += length
    return Ring(total, tuple(slices))


def _lengths(counts: Sequence[int]) -> list[float]:
    """Percent of the ring for each: the small ones get the least, the others share the rest as their counts are."""
    total = sum(counts)
    small = [count * 100 < LEAST * total for count in counts]
    rest = sum(count for count, is_small in zip(counts, small, strict=True) if not is_small)
    room = 100 - LEAST * sum(small)
    return [LEAST if is_small else room * count / rest for count, is_small in zip(counts, small, strict=True)]
