"""Which targets of a district file are wrong, so that the others can run (I-9)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import combinations
from typing import Any

Mistakes = Callable[[Mapping[str, Any]], list[str]]
"""The mistakes of a district file's table."""


def broken_targets(raw: Mapping[str, Any], mistakes_of: Mistakes) -> dict[str, tuple[str, ...]]:
    """Return the targets that are wrong alone or next to another one, with their mistakes; none when no target could run without them.

    Of two targets that exclude each other both are wrong: which of them is meant is for the district to say.
    """
    targets = raw.get("targets")
    names = list(targets) if isinstance(targets, dict) else []
    broken = {name: tuple(found) for name in names if (found := mistakes_of(only_targets(raw, [name])))}
    for pair in combinations([name for name in names if name not in broken], 2):
        if found := mistakes_of(only_targets(raw, pair)):
            for name in pair:
                broken[name] = tuple(dict.fromkeys([*broken.get(name, ()), *found]))
    return broken if len(broken) < len(names) else {}


def only_targets(raw: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the file's table with these targets alone."""
    return {**raw, "targets": {name: entry for name, entry in raw["targets"].items() if name in names}}
