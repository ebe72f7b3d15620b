"""Ids as the systems themselves hand them out: Canvas numbers by kind, and SIS ids in each SIS's own fashion."""

from __future__ import annotations

from collections import Counter
from random import Random
from uuid import UUID

# First numbers of each kind lie far apart, so that an id taken for another kind's never fits by accident.
_CANVAS = {"course": 50_000, "section": 90_000, "user": 700_000, "group": 330_000, "assignment": 800_000, "override": 410_000,
           "enrollment": 1_200_000, "submission": 4_400_000, "student_group": 610_000, "module": 520_000}  # fmt: skip
_POWERSCHOOL = {"course": 61_000, "section": 85_000, "student": 81_000, "teacher": 8_300, "category": 4_300}
_ABOVE_2_53 = 9_007_199_254_740_992
_SHARD = 1_042 * 10**13


class Ids:
    """The district's register of ids. Every number is handed out once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._last: Counter[str] = Counter()

    def canvas(self, kind: str) -> int:
        """The next Canvas id of this kind."""
        self._last[kind] += 1
        return _CANVAS[kind] + self._last[kind]

    def huge(self, kind: str) -> int:
        """A Canvas id above 2^53, odd, so that a float64 cannot hold it (canvas-api.md §1.5)."""
        return _ABOVE_2_53 + 2 * self.canvas(kind) + 1

    def abroad(self, kind: str) -> int:
        """The global id of an object of another shard: shard × 10^13 + local id, odd."""
        return _SHARD + 2 * self.canvas(kind) + 1

    def sis(self, target: str, kind: str) -> str:
        """The next SIS id: PowerSchool's are DCIDs, SchoolTool's have leading zeros, Genesis's are short text, the others GUIDs."""
        key = f"{target} {kind}"
        self._last[key] += 1
        number = self._last[key]
        if target == "powerschool":
            return str(_POWERSCHOOL[kind] + number)
        if target == "schooltool":
            return f"{number * 7 + 4_500:07d}" if kind in ("student", "teacher") else f"{kind[:3].upper()}{number:05d}"
        if target == "genesis":
            return f"{kind[:2].upper()}-{2_000 + number}"
        guid = str(UUID(int=self._rng.getrandbits(128), version=4))
        return guid.upper() if target == "synergy" else guid
