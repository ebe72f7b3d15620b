"""Listed reading: a course's short lists as they were read last, for as long as Canvas's SIS list tells the same of it (canvas-api.md §3.1, §4.1).

A night reads the SIS list, a hundred assignments of the whole account in a request, and of each course all submissions, grouped by student: one
request, and no score is ever late. Sections, roster, groups, assignments and overrides are read anew when the list tells anything else of the
course, when the submissions name another student, section or SIS id, when somebody is given a work or no longer is, and on one day in
`full_every`; every night, where the list cannot tell enough of the course. What neither shows can be late by that long (docs/operating.md, Listed).
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import UNSET, Raw
from msgspec.structs import replace

from include.canvas.course_read import CourseRead
from include.canvas.given import Given
from include.canvas.kept import Lists
from include.canvas.rows import Group
from include.canvas.shapes import by_module, kind
from include.canvas.shelf import Shelf
from include.canvas.sis_list import NOTHING, Told, sections_of, work_of

log = logging.getLogger(__name__)

_LISTED = frozenset({"section", "student"})  # overrides whose dates the SIS list tells
KEPT = "kept lists"
"""Where these lists come from, among a run's raw answers."""


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

    def told(self, course_id: str) -> Lists | None:
        """The course's kept lists; None where it must be read fully."""
        listing = self.listing.get(course_id)
        if not self.trusting or listing is None or is_turn(course_id, self.day, self.full_every):
            return None
        lists = self.shelf.load_lists(course_id)
        if lists is None or (lists.made_with, lists.listing) != (self.made_with, listing.whole):
            return None
        return lists if 0 <= self.day - lists.day < self.full_every else None

    def keep(self, read: CourseRead, given: Given) -> None:
        """Keep what a full reading found, if it can be held against the next night's, else drop what was kept; what was not read to its end changes
        nothing."""
        if not read.complete:
            return
        listing, held = self.listing.get(read.course_id), given.digest
        try:
            if listing is None or held is None or read.problems or not _agree(listing, read, given):
                self.shelf.drop(read.course_id)
            else:
                self.shelf.save_lists(read.course_id, self._lists(listing, read, held))
        except OSError as error:
            log.warning("course %s: its lists could not be cached (%s); the next nightly run reads it fully", read.course_id, type(error).__name__)

    def _lists(self, listing: Told, read: CourseRead, given: str) -> Lists:
        return Lists(
            made_with=self.made_with,
            listing=listing.whole,
            given=given,
            day=self.day,
            sections=list(read.rows["sections"]),
            groups=[_alone(group) for group in read.rows["groups"]],
            assignments=list(read.rows["assignments"]),
            enrollments=list(read.rows.get("enrollments", ())),
        )


def _agree(listing: Told, read: CourseRead, given: Given) -> bool:
    """Whether the SIS list and the submissions tell all of these lists that matters for scores, and the same.

    They do not where something changed between the three: lists of in between would be taken for those of a later night that is as it was before.
    Nor where a section is named by no synced assignment, or an assignment's dates come from something that the list leaves out.
    """
    synced = [row for row in read.rows["assignments"] if row.published and row.post_to_sis]
    if not synced:
        return listing == NOTHING._replace(whole=listing.whole)
    if any(by_module(row) for row in synced):
        return False
    if any(kind(override) not in _LISTED for row in synced if row.overrides is not UNSET for override in row.overrides):
        return False
    same = (work_of(synced), sections_of(read.rows["sections"])) == (listing.work, listing.sections)
    return same and given.sits_in(read.rows["enrollments"])


def is_turn(course_id: str, day: int, every: int) -> bool:
    """Whether this is the course's day: each has one in `every`, spread over them."""
    return (day + zlib.crc32(course_id.encode())) % every == 0


def _alone(group: Group) -> Group:
    """A group without its assignments, which stand in a list of their own, and with a word of JSON for what was not there."""
    return replace(group, assignments=UNSET, integration_data=group.integration_data if bytes(group.integration_data) else Raw(b"null"))
