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
from hashlib import blake2b

import msgspec
from msgspec import UNSET, Raw
from msgspec.structs import replace

from include.canvas.course_read import CourseRead
from include.canvas.kept import Lists
from include.canvas.outlines import Outline
from include.canvas.parse import text
from include.canvas.rows import Group, StudentSubmissions
from include.canvas.shelf import Shelf
from include.canvas.sis_list import Told, work_of

log = logging.getLogger(__name__)

KEPT = "kept lists"
"""Where these lists come from, among a run's raw answers."""


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
    """How one run reads one target's courses. `listing` has what the SIS list told of each before any was read, and `day` the district's day (a
    date's ordinal).

    Without `trusting` all courses are read fully. One that `listing` does not have is, too, and nothing of it is kept: what people found by reading a
    course, lists of an earlier day may not take back.
    """

    shelf: Shelf
    made_with: str
    full_every: int
    day: int
    listing: Mapping[str, Told]
    trusting: bool = True

    def told(self, course_id: str) -> Outline | None:
        """The course's kept lists; None where it must be read fully."""
        listing = self.listing.get(course_id)
        if not self.trusting or listing is None or is_turn(course_id, self.day, self.full_every):
            return None
        lists = self.shelf.load_lists(course_id)
        if lists is None or (lists.made_with, lists.listing) != (self.made_with, listing.whole):
            return None
        return _outline(lists) if 0 <= self.day - lists.day < self.full_every else None

    def keep(self, read: CourseRead, given: str | None) -> None:
        """Keep what a full reading found, if it is clean and can be held against the next night's, else drop what was kept; what was not read to
        its end changes nothing. Where the work changed after the list was read, a night on which it is as it was would take it for the same."""
        listing = self.listing.get(read.course_id)
        if not read.complete:
            return
        try:
            if read.problems or given is None or listing is None or listing.work != work_of(read.rows["assignments"]):
                self.shelf.drop(read.course_id)
                return
            lists = Lists(
                made_with=self.made_with,
                listing=listing.whole,
                given=given,
                day=self.day,
                sections=list(read.rows["sections"]),
                groups=[_alone(group) for group in read.rows["groups"]],
                assignments=list(read.rows["assignments"]),
                enrollments=list(read.rows.get("enrollments", ())),
            )
            self.shelf.save_lists(read.course_id, lists)
        except OSError as error:
            log.warning("course %s: its lists could not be kept (%s); the next night reads it fully", read.course_id, type(error).__name__)


def is_turn(course_id: str, day: int, every: int) -> bool:
    """Whether this is the course's day: each has one in `every`, spread over them."""
    return (day + zlib.crc32(course_id.encode())) % every == 0


def _alone(group: Group) -> Group:
    """A group without its assignments, which stand in a list of their own, and with a word of JSON for what was not there."""
    return replace(group, assignments=UNSET, integration_data=group.integration_data if bytes(group.integration_data) else Raw(b"null"))


def _outline(lists: Lists) -> Outline:
    work = (lists.groups, lists.assignments)
    return Outline(msgspec.json.encode(lists), lists.sections, lists.enrollments, work, given=lists.given, source=KEPT)
