"""Listed reading: a course's short lists as they were read last, for as long as Canvas's SIS list tells the same of it (canvas-api.md §3.1, §4.1).

A night reads the SIS list, a hundred assignments of the whole account in a request, and of each course all submissions, grouped by student: one
request, and no score is ever late. Sections, roster, groups, assignments and overrides are read anew when the list tells anything else of the
course, when the submissions name another student, section or SIS id, when somebody is given a work or no longer is, and on one day in
`full_every`. What neither shows can be late by that long (docs/operating.md, Large districts).
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import replace

from include.canvas.accelerated import students_of
from include.canvas.course_read import CourseRead
from include.canvas.kept import Facts, Kept, Shelf
from include.canvas.outlines import Outline
from include.canvas.parse import arrow_schema, decoder, text
from include.canvas.rows import Assignment, Enrollment, Group, Section, StudentSubmissions
from include.gradebook.schemas import SUBMISSIONS

log = logging.getLogger(__name__)

KEPT = "kept lists"
"""Where these lists come from, among a run's raw answers."""


class _Lists(Struct):
    """A course's short lists, as `CourseRead.rows` has them; no roster where nothing is synced."""

    sections: list[Section]
    groups: list[Group]
    assignments: list[Assignment]
    enrollments: list[Enrollment] = []


class Given:
    """Which student, in which section and under which SIS id, has a submission of which assignment: made while grouped pages are read."""

    def __init__(self) -> None:
        self._students: set[str] = set()
        self._whole = True

    def note(self, students: Sequence[StudentSubmissions]) -> None:
        """The students of one page."""
        self._students.update(map(_has, students))

    def give_up(self) -> None:
        """The pages came in another form, which names no section."""
        self._whole = False

    @property
    def digest(self) -> str | None:
        """Another one for others; None where it cannot be told."""
        return blake2b("\n".join(sorted(self._students)).encode(), digest_size=12).hexdigest() if self._whole else None


def _has(student: StudentSubmissions) -> str:
    work = sorted(str(row.assignment_id) for row in student.submissions)
    return f"{student.user_id} {student.section_id} {text(student.sis_user_id)} {work}"


@dataclass(frozen=True)
class Listed:
    """How one run reads one target's courses. `listing` has what the SIS list tells of each, and `day` the district's day (a date's ordinal).

    Without `trusting` all courses are read fully. One that `listing` does not have is, too, and nothing of it is kept: what people found by reading a
    course, lists of an earlier day may not take back.
    """

    shelf: Shelf
    made_with: str
    full_every: int
    day: int
    listing: Mapping[str, str]
    trusting: bool = True

    def told(self, course_id: str) -> Outline | None:
        """The course's kept lists; None where it must be read fully."""
        listing = self.listing.get(course_id)
        if not self.trusting or listing is None or is_turn(course_id, self.day, self.full_every):
            return None
        kept = self.shelf.load(course_id)
        if kept is None or (kept.facts.made_with, kept.facts.listing) != (self.made_with, listing):
            return None
        return _outline(course_id, kept) if 0 <= self.day - kept.facts.day < self.full_every else None

    def keep(self, read: CourseRead, given: str | None, read_at: datetime | None) -> None:
        """Keep what a full reading found, if it is clean and can be held against the next night's, else drop what was kept; what was not read to
        its end changes nothing."""
        listing = self.listing.get(read.course_id)
        if not read.complete:
            return
        try:
            if read.problems or listing is None or given is None or read_at is None:
                self.shelf.drop(read.course_id)
                return
            facts = Facts(read_at=read_at, assignments={}, students=students_of(read.rows.get("enrollments", ())), made_with=self.made_with)
            facts = replace(facts, listing=listing, given=given, day=self.day)
            self.shelf.save(read.course_id, Kept(facts, arrow_schema(SUBMISSIONS).empty_table(), _packed(read)))
        except OSError as error:
            log.warning("course %s: its lists could not be kept (%s); the next night reads it fully", read.course_id, type(error).__name__)


def is_turn(course_id: str, day: int, every: int) -> bool:
    """Whether this is the course's day: each has one in `every`, spread over them."""
    return (day + zlib.crc32(course_id.encode())) % every == 0


def _packed(read: CourseRead) -> bytes:
    """The groups' assignments stand in a list of their own, and JSON has no word for what was not there."""
    data = [row.integration_data if bytes(row.integration_data) else Raw(b"null") for row in read.rows["groups"]]
    groups = [replace(row, assignments=UNSET, integration_data=each) for row, each in zip(read.rows["groups"], data, strict=True)]
    lists = _Lists(**{name: list(rows) for name, rows in {**read.rows, "groups": groups}.items()})
    return zlib.compress(msgspec.json.encode(lists), 1)


def _outline(course_id: str, kept: Kept) -> Outline | None:
    try:
        body = zlib.decompress(kept.lists)
        lists: _Lists = decoder(_Lists).decode(body)
    except (zlib.error, msgspec.DecodeError) as error:
        log.warning("course %s is read fully: its kept lists cannot be read (%s)", course_id, type(error).__name__)
        return None
    work = (lists.groups, lists.assignments)
    return Outline(body, lists.sections, lists.enrollments, work, given=kept.facts.given, source=KEPT)
