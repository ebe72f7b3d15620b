"""Accelerated reading: of a course's submissions only what was graded since they were last read, laid over those (canvas-api.md §4.1, §4.2).

`graded_since` misses cleared scores, un-excused students and whatever else moves without a teacher's grade. So each course is read fully every so
many nights, in turn, and what the short lists show to have changed is read fully at once: an assignment that is new, was changed, whose due date
has passed, or that is given to people whom the lists do not name; and the whole course when a student joined or moved. Where GraphQL tells with a
course's outline what was written since (`outlines.py`), that stands in for what was graded since: cleared and un-excused ones are among it (§4.3).
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec
import pyarrow as pa
from msgspec import UNSET

from include.canvas.kept import Facts, Kept, rows_of, students_of
from include.canvas.rows import Assignment, Enrollment
from include.canvas.shapes import by_module, kind
from include.canvas.shelf import Shelf

log = logging.getLogger(__name__)

_NAMED = frozenset({"section", "student", "course"})  # overrides whose people the roster, or the override itself, tells


@dataclass(frozen=True)
class Base:
    """What a course's reading builds on: assignments read `anew`, the `rest`, of which only what was graded `since` is read, and its kept rows."""

    anew: list[str]
    rest: list[str]
    since: datetime
    rows: pa.Table


@dataclass(frozen=True)
class Accelerated:
    """How one run reads one target's courses. Every clean reading is kept; without `trusting` none builds on an earlier one."""

    shelf: Shelf
    made_with: str
    full_every: int
    overlap: timedelta
    trusting: bool = True

    def earlier(self, course_id: str) -> Kept | None:
        """What was kept of the course, if this run may build on it."""
        kept = self.shelf.load(course_id) if self.trusting else None
        return kept if kept is not None and kept.facts.made_with == self.made_with else None

    def since(self, course_id: str) -> datetime | None:
        """What was written after this moment completes what is kept of the course; None where this run cannot build on it anyway."""
        facts = self.shelf.facts(course_id) if self.trusting else None
        usable = facts is not None and facts.made_with == self.made_with and not self._turn(facts)
        return facts.complete_at - self.overlap if usable and facts is not None and facts.complete_at is not None else None

    def completes(self, since: datetime | None, kept: Kept | None) -> bool:
        """Whether all that was written after `since` brings these kept rows up to date."""
        complete_at = kept.facts.complete_at if kept is not None else None
        return since is not None and complete_at is not None and since <= complete_at - self.overlap

    def base(self, kept: Kept | None, facts: Facts) -> Base | None:
        """What a reading with these facts may build on; None where the whole course must be read."""
        if kept is None or self._turn(kept.facts) or _joined(kept.facts, facts):
            return None
        if not timedelta(0) <= facts.read_at - kept.facts.read_at <= timedelta(days=self.full_every):
            return None
        before = kept.facts.assignments
        rest = [each for each, digest in facts.assignments.items() if digest and digest == before.get(each)]
        anew = sorted(set(facts.assignments) - set(rest))
        return Base(anew, rest, kept.facts.read_at - self.overlap, rows_of(kept.submissions, rest, facts.students)) if rest else None

    def keep(self, course_id: str, read: Kept | None, earlier: Kept | None, built: bool) -> None:
        """Keep a clean reading for the next night, with the course's place in the turn; without one drop what was kept."""
        try:
            if read is None:
                self.shelf.drop(course_id)
                return
            facts = msgspec.structs.replace(read.facts, made_with=self.made_with, nights=self._nights(course_id, earlier, built))
            self.shelf.save(course_id, replace(read, facts=facts))
        except OSError as error:
            log.warning("course %s: its reading could not be kept (%s); the next one builds on an older one", course_id, type(error).__name__)

    def _turn(self, facts: Facts) -> bool:
        return facts.nights + 1 >= self.full_every

    def _nights(self, course_id: str, earlier: Kept | None, built: bool) -> int:
        """Nights since the full reading. One out of turn (many courses are on a first night, or after holidays) counts as some nights ago, other for
        each course, so that the next ones do not fall on one night."""
        if built and earlier is not None:
            return earlier.facts.nights + 1
        if earlier is not None and self._turn(earlier.facts):
            return 0
        return zlib.crc32(course_id.encode()) % self.full_every


def facts_of(read_at: datetime, synced: Sequence[Assignment], roster: Sequence[Enrollment]) -> Facts:
    """What the short lists of a course say at this moment of Canvas's clock."""
    return Facts(read_at=read_at, assignments={str(row.id): _digest(row, read_at) for row in synced}, students=students_of(roster))


def _digest(row: Assignment, read_at: datetime) -> str:
    """Another one whenever Canvas tells something else of the assignment, or one of its due dates has passed (students become missing by that);
    empty where nobody can tell from it who is given the assignment."""
    overrides = row.overrides if row.overrides is not UNSET else []
    if by_module(row) or any(kind(each) not in _NAMED for each in overrides) or (row.only_visible_to_overrides and not overrides):
        return ""
    dues = [row.due_at, *(each.due_at for each in overrides if each.due_at is not UNSET)]
    passed = sum(due is not None and due < read_at for due in dues)
    return blake2b(b"%d %s" % (passed, msgspec.json.encode(row)), digest_size=12).hexdigest()


def _joined(before: Facts, now: Facts) -> bool:
    """Whether somebody is on the roster who was not, or sits elsewhere, or goes by another SIS id. Who left is only left out."""
    return any(before.students.get(user) != student for user, student in now.students.items())
