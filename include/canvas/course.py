"""One course read out of Canvas: groups with assignments and overrides, sections, and, where anything syncs, students and submissions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from msgspec import UNSET

from include.canvas import shapes
from include.canvas.client import CanvasClient, Params
from include.canvas.courses import quoted
from include.canvas.outlines import GRAPHQL, Outline
from include.canvas.paging import Page
from include.canvas.parse import Broken, Row, read_each, rows_of, submissions_of
from include.canvas.rows import Assignment, Enrollment, Group, Section, Submission
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)

_CHUNK = 50  # assignment ids per address: beyond some 6 KB Canvas cuts its page links
_STATES = ("active", "invited", "inactive", "completed")
_TYPES = ("StudentEnrollment", "StudentViewEnrollment")
_OWN_DATES: Params = (("override_assignment_dates", "false"),)  # else due_at is the caller's own view of it
_FIELDS = ("assignment_id", "user_id", "score", "excused", "late", "missing", "graded_at", "posted_at", "workflow_state")
_ONLY: Params = (*(("response_fields[]", name) for name in _FIELDS), ("exclude_response_fields[]", "preview_url"))
Submissions = tuple[list[Submission], list[Broken]]
_KINDS: dict[type, str] = {Section: "section", Assignment: "assignment", Submission: "grade"}


@dataclass(frozen=True)
class Wanted:
    """What some districts need and others are spared: comments (A-11), and the groups' integration_data (R-13)."""

    comments: bool = False
    group_data: bool = False


_PLAIN = Wanted()


@dataclass
class CourseRead:
    """What was read of one course, by frame name: rows of the short lists, Arrow tables of the long one; and the rows that cannot be used."""

    course_id: str
    rows: dict[str, Sequence[Any]] = field(default_factory=dict)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    problems: list[dict[str, object]] = field(default_factory=list)
    complete: bool = True

    def add(self, name: str, table: pa.Table) -> None:
        """One more part of a frame."""
        self.tables.setdefault(name, []).append(table)

    def reject(self, row_type: type, broken: list[Broken]) -> None:
        """Rows that broke their types: reported one by one. Without a section or an assignment nothing may be concluded for the course."""
        for row in broken:
            self.problems.append(_problem(self.course_id, _KINDS.get(row_type, "course"), row))
        if broken and row_type is not Submission:
            self.complete = False

    @classmethod
    def failed(cls, course_id: str, told: str) -> CourseRead:
        """A course that was not read to its end: nothing of it is used (invariant 6)."""
        problem: dict[str, object] = {
            "kind": "course",
            "canvas_course_id": course_id,
            "reason_code": "GP-COURSE-INCOMPLETE",
            "value": told,
            "stage": "extract",
        }
        return cls(course_id, problems=[problem], complete=False)


class CourseReader:
    """Reads one course through a client; every page goes to `keep` as it came, before it is read. Comments only where they are sent (A-11)."""

    def __init__(
        self, client: CanvasClient, course_id: str, keep: Callable[[Page], None], wanted: Wanted = _PLAIN, told: Outline | None = None
    ) -> None:
        self.client = client
        self.course_id = course_id
        self.path = f"courses/{quoted(course_id)}"
        self.keep = keep
        self.comments = wanted.comments
        self.told = told
        self.students: frozenset[str] = frozenset()
        self.read = CourseRead(course_id)

    def run(self) -> CourseRead:
        """The course, read anew; SourceError or UnavailableError where a page cannot be had. What its outline told is not asked for again."""
        self.read = read = CourseRead(self.course_id)
        told = self.told or Outline(b"")
        if told.body:
            self.keep(Page(GRAPHQL, told.body))
        read.rows["groups"], assignments = told.work or self._groups()
        read.rows["assignments"] = assignments
        read.rows["sections"] = told.sections or self._sections()
        synced = [str(row.id) for row in assignments if row.published and row.post_to_sis]
        if synced:
            read.rows["enrollments"] = enrollments = told.students or self._enrollments()
            self.students = frozenset(str(row.user_id) for row in enrollments)
        for start in range(0, len(synced), _CHUNK):
            self._submissions(synced[start : start + _CHUNK])
        return read

    def _groups(self) -> tuple[list[Group], list[Assignment]]:
        """Groups with all their assignments in one request; where that is too much for Canvas or lacks overrides, one list each."""
        params = (("include[]", "assignments"), ("include[]", "overrides"), *_OWN_DATES)
        try:
            groups = self._list("assignment_groups", params, Group)
            assignments, broken = read_each((raw for group in groups if group.assignments is not UNSET for raw in group.assignments), Assignment)
        except UnavailableError as error:
            log.warning("course %s: reading assignments apart from their groups: %s", self.course_id, error)
            return self._list("assignment_groups", (), Group), self._assignments()
        if any(_differs(row) and not row.overrides for row in assignments):
            return groups, self._assignments()
        self.read.reject(Assignment, broken)
        return groups, assignments

    def _assignments(self) -> list[Assignment]:
        rows = self._list("assignments", (("include[]", "overrides"), *_OWN_DATES), Assignment)
        absent = [row.id for row in rows if _differs(row) and row.overrides is UNSET]
        if absent:
            raise SourceError(f"Canvas does not show the overrides of {len(absent)} assignments that have some; the first is {absent[0]}")
        return rows

    def _sections(self) -> list[Section]:
        sections = self._list("sections", (), Section)
        if any(section.sis_section_id is UNSET for section in sections):
            raise SourceError("Canvas shows no SIS ids of this course's sections; the token's user lacks 'SIS Data - read' here")
        return sections

    def _enrollments(self) -> list[Enrollment]:
        params = (*(("type[]", each) for each in _TYPES), *(("state[]", each) for each in _STATES))
        rows = self._list("enrollments", params, Enrollment)
        if rows and all(row.sis_user_id is UNSET and (row.user is None or row.user.sis_user_id is UNSET) for row in rows):
            raise SourceError("Canvas shows no SIS ids of this course's students; the token's user lacks 'SIS Data - read' here")
        return rows

    def _submissions(self, assignment_ids: list[str]) -> None:
        """Grouped by student, which takes the fewest requests; in flat pages where Canvas cannot bear the large answer."""
        ids = tuple(("assignment_ids[]", each) for each in assignment_ids)
        more = (("include[]", "submission_comments"), ("response_fields[]", "submission_comments")) if self.comments else ()
        params = (("student_ids[]", "all"), *more, *_ONLY, *ids)
        try:
            parts = list(self._parts((("grouped", "1"), *params), submissions_of))
        except UnavailableError as error:
            log.warning("course %s: reading submissions in flat pages: %s", self.course_id, error)
            parts = list(self._parts(params, lambda body: rows_of(body, Submission)))
        for table, broken in parts:
            self.read.add("submissions", table)
            self.read.reject(Submission, broken)

    def _parts(self, params: Params, read: Callable[[bytes], Submissions]) -> Iterator[tuple[pa.Table, list[Broken]]]:
        """One table per page, so that only the columns stay in memory."""
        for page in self._pages("students/submissions", params):
            rows, broken = read(page.body)
            yield shapes.submissions(self.course_id, rows, self.students), broken

    def _list(self, name: str, params: Params, row_type: type[Row]) -> list[Row]:
        rows: list[Row] = []
        for page in self._pages(name, params):
            good, broken = rows_of(page.body, row_type)
            rows += good
            self.read.reject(row_type, broken)
        return rows

    def _pages(self, name: str, params: Params) -> Iterator[Page]:
        for page in self.client.pages(f"{self.path}/{name}", params):
            self.keep(page)
            yield page


def _differs(row: Assignment) -> bool:
    """Whether the assignment should have overrides; a list that shows none of them (25 and more, an older Canvas) is then asked again apart."""
    return bool(row.has_overrides or row.only_visible_to_overrides)


def _problem(course_id: str, kind: str, row: Broken) -> dict[str, object]:
    own = {"section": "canvas_section_id", "assignment": "canvas_assignment_id"}.get(kind)
    return {
        "kind": kind,
        "canvas_course_id": course_id,
        "canvas_section_id": row.ids.get("course_section_id"),
        "canvas_assignment_id": row.ids.get("assignment_id"),
        "canvas_user_id": row.ids.get("user_id"),
        **({own: row.ids.get("id")} if own else {}),
        "reason_code": "GP-CONTRACT",
        "value": row.field,
        "limit": row.expected,
        "stage": "extract",
    }
