"""A course's lists by REST: assignment groups with assignments and overrides, sections, students, checkpoints; and the pages of any list of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec import UNSET

from include.canvas.blame import Broken
from include.canvas.checkpoints import INCLUDED, Checkpointed
from include.canvas.client import CanvasClient, Params
from include.canvas.course_read import CourseRead
from include.canvas.courses import quoted
from include.canvas.paging import Page
from include.canvas.parse import Row, read_each, rows_of
from include.canvas.permissions import may_lack_overrides
from include.canvas.rows import Assignment, Enrollment, Group, Section
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)

CHUNK = 50  # assignment ids per address: beyond some 6 KB Canvas cuts its page links
_STATES = ("active", "invited", "inactive", "completed")
_TEST = "StudentViewEnrollment"
_TYPES = ("StudentEnrollment", _TEST)
_OWN_DATES: Params = (("override_assignment_dates", "false"),)  # else due_at is the caller's own view of it


@dataclass(frozen=True)
class CourseLists:
    """The lists of the course that is being `read`, which learns of rows that cannot be used; each page goes to `keep` as it came, before it is read.

    SourceError or UnavailableError where a list cannot be had as a whole.
    """

    client: CanvasClient
    read: CourseRead
    keep: Callable[[Page], None]

    def groups(self) -> tuple[list[Group], list[Assignment]]:
        """Groups with all their assignments in one request; where that is too much for Canvas or lacks overrides, one list each."""
        params = (("include[]", "assignments"), ("include[]", "overrides"), INCLUDED, *_OWN_DATES)
        try:
            groups = self.rows("assignment_groups", params, Group)
        except UnavailableError as error:
            log.warning("course %s: reading assignments apart from their groups: %s", self.read.course_id, error)
            return self.rows("assignment_groups", (), Group), self._assignments()
        assignments, broken = read_each((raw for group in groups if group.assignments is not UNSET for raw in group.assignments), Assignment)
        if self.read.lost_groups or any(map(may_lack_overrides, assignments)):
            return groups, self._assignments()
        self.read.reject(Assignment, broken)
        return groups, assignments

    def _assignments(self) -> list[Assignment]:
        return self.rows("assignments", (("include[]", "overrides"), INCLUDED, *_OWN_DATES), Assignment)

    def checkpoints(self, ids: list[str]) -> list[Checkpointed]:
        """The checkpoints of these assignments; whether there can be any is each account's own choice, so no course tells it for another."""
        rows: list[Checkpointed] = []
        for start in range(0, len(ids), CHUNK):
            wanted = tuple(("assignment_ids[]", each) for each in ids[start : start + CHUNK])
            rows += self.rows("assignments", (INCLUDED, *_OWN_DATES, *wanted), Checkpointed)
        return rows

    def sections(self) -> list[Section]:
        """The sections, with their SIS ids. One whose ID Canvas omits, while it shows those of others, is unreadable alone (I-10)."""
        sections = self.rows("sections", (), Section)
        shown = [section for section in sections if section.sis_section_id is not UNSET]
        if sections and not shown:
            raise SourceError(
                "Canvas shows no SIS IDs of this course's sections because the token's user does not have the permission 'SIS Data - read' here"
            )
        allowed = "a value that Canvas shows to the token's user"
        unshown = [section for section in sections if section.sis_section_id is UNSET]
        self.read.reject(Section, [Broken({"id": str(row.id)}, "sis_section_id", "missing", allowed) for row in unshown])
        lost = [Section(str(row["canvas_section_id"]), sis_section_id=None) for row in self.read.problems if row["kind"] == "section"]
        return shown + lost

    def enrollments(self) -> list[Enrollment]:
        """The enrollments of students and of the test student, with SIS IDs.

        An enrollment's own ID counts: a merged user has several, and the user's is that of the first login (I-2). Only a Canvas that shows it on no
        enrollment is asked for the user's.
        """
        params = (*(("type[]", each) for each in _TYPES), *(("state[]", each) for each in _STATES))
        rows = self.rows("enrollments", params, Enrollment)
        if all(row.sis_user_id is UNSET for row in rows):
            for row in rows:
                row.sis_user_id = UNSET if row.user is None else row.user.sis_user_id
        if rows and all(row.sis_user_id is UNSET for row in rows):
            raise SourceError(
                "Canvas shows no SIS IDs of this course's students because the token's user does not have the permission 'SIS Data - read' here"
            )
        unshown = [row for row in rows if row.type != _TEST and row.sis_user_id is UNSET]
        self.read.reject(
            Enrollment,
            [Broken({"user_id": str(row.user_id)}, "sis_user_id", "missing", "a value that Canvas shows to the token's user") for row in unshown],
        )
        return [row for row in rows if row not in unshown] if unshown else rows

    def rows(self, name: str, params: Params, row_type: type[Row]) -> list[Row]:
        """The rows of a list below the course."""
        rows: list[Row] = []
        for page in self.pages(name, params):
            good, broken = rows_of(page.body, row_type)
            rows += good
            self.read.reject(row_type, broken)
        return rows

    def pages(self, name: str, params: Params) -> Iterator[Page]:
        """The pages of a list below the course."""
        for page in self.client.pages(f"courses/{quoted(self.read.course_id)}/{name}", params):
            self.keep(page)
            yield page
