"""One course read out of Canvas: groups with assignments and overrides, sections, and, where anything syncs, students and submissions."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from include.canvas import checkpoints, parts, permissions, shapes
from include.canvas.blame import Broken, in_range
from include.canvas.client import CanvasClient, Params
from include.canvas.course_lists import CHUNK, CourseLists
from include.canvas.course_read import CourseRead
from include.canvas.given import Given
from include.canvas.listed import KEPT, Listed
from include.canvas.paging import Page
from include.canvas.parse import rows_of, submissions_of
from include.canvas.rows import Assignment, Submission
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)

_FIELDS = ("assignment_id", "user_id", "score", "excused", "late", "missing", "graded_at", "posted_at", "workflow_state")
_ONLY: Params = (*(("response_fields[]", name) for name in _FIELDS), ("exclude_response_fields[]", "preview_url"))
Submissions = tuple[list[Submission], list[Broken]]
# Threads that make tables side by side hand Python's own lock to one another so often that it takes three times the processor time.
_TURN = threading.Lock()


@dataclass(frozen=True)
class Wanted:
    """What some districts need and others are spared: comments (A-11), readings that build on lists that were read before."""

    comments: bool = False
    listed: Listed | None = None


_PLAIN = Wanted()


class CourseReader:
    """Reads one course through a client; every page goes to `keep` as it came, before it is read. Comments only where they are sent (A-11).

    `told` are kept lists that this reading may build on, and `built` whether it did. `undated` are the assignments as Canvas lists them, without
    their checkpoints' dates.
    """

    def __init__(self, client: CanvasClient, course_id: str, keep: Callable[[Page], None], wanted: Wanted = _PLAIN) -> None:
        self.client = client
        self.course_id = course_id
        self.keep = keep
        self.comments = wanted.comments
        self.listed = wanted.listed
        self.told = wanted.listed.told(course_id) if wanted.listed else None
        self.given = Given()
        self.built = False
        self.students: frozenset[str] = frozenset()
        self.parts = False
        self.undated: list[Assignment] = []
        self.read = CourseRead(course_id)
        self.lists = CourseLists(client, self.read, keep)

    def run(self) -> CourseRead:
        """The course, read anew; SourceError or UnavailableError where a page cannot be had. Kept lists are not asked for again."""
        self.read = read = CourseRead(self.course_id)
        self.lists = CourseLists(self.client, read, self.keep)
        self.built, self.given = False, Given()
        told = self.told
        if told is not None:
            self.keep(Page(KEPT, msgspec.json.encode(told)))
        read.rows["groups"], listed = self.lists.groups() if told is None else (told.groups, told.assignments)
        self.undated = [checkpoints.unsaid(row) for row in listed] if self.listed else listed
        permissions.withhold_unshown(read, self.undated)
        read.without_group(self.undated, read.rows["groups"])
        read.rows["assignments"] = assignments = checkpoints.dated(self.undated, self.lists.checkpoints)
        read.rows["sections"] = self.lists.sections() if told is None else told.sections
        synced = [row for row in assignments if row.published and row.post_to_sis]
        if synced and read.complete:
            read.rows["enrollments"] = enrollments = self.lists.enrollments() if told is None else told.enrollments
            self.students = frozenset(str(row.user_id) for row in enrollments)
            self.parts = parts.in_parts(synced)
            self._all_of([str(row.id) for row in synced])
        if told is not None and told.given != self.given.digest:
            raise SourceError("its enrollments or assignments changed after its lists were read")
        self.built = told is not None
        return read

    def settle(self) -> None:
        """After the last try: keep a clean reading for the next night, and no other. Lists that still hold stay as they are."""
        if self.listed is not None and not self.built:
            as_listed = {**self.read.rows, "assignments": self.undated}  # checkpoints are asked for every night
            self.listed.keep(dataclasses.replace(self.read, rows=as_listed), self.given)

    def _all_of(self, ids: list[str]) -> None:
        for start in range(0, len(ids), CHUNK):
            self._submissions(ids[start : start + CHUNK])

    def _submissions(self, assignment_ids: list[str]) -> None:
        """Grouped by student, which takes the fewest requests; in flat pages where Canvas cannot bear the large answer."""
        params = self._params(tuple(("assignment_ids[]", each) for each in assignment_ids))
        note = self.given.note if self.listed else None
        try:
            pages = list(self._parts((("grouped", "1"), *params), lambda body: submissions_of(body, note)))
        except UnavailableError as error:
            log.warning("course %s: reading submissions in flat pages: %s", self.course_id, error)
            self.given.give_up()
            pages = list(self._parts(params, lambda body: rows_of(body, Submission)))
        for table, broken in pages:
            self.read.add("submissions", table)
            self.read.reject(Submission, broken)

    def _params(self, ids: Params) -> Params:
        more: Params = (("include[]", "submission_comments"), ("response_fields[]", "submission_comments")) if self.comments else ()
        more = (*more, parts.INCLUDED) if self.parts else more
        return (("student_ids[]", "all"), *more, *_ONLY, *ids)

    def _parts(self, params: Params, read: Callable[[bytes], Submissions]) -> Iterator[tuple[pa.Table, list[Broken]]]:
        """One table per page, so that only the columns stay in memory."""
        for page in self.lists.pages("students/submissions", params):
            with _TURN:
                rows, broken = read(page.body)
                table = shapes.submissions(self.course_id, rows, self.students)
                if shapes.has_far_moments(table):
                    rows, far = in_range(rows)
                    table, broken = shapes.submissions(self.course_id, rows, self.students), broken + far
            yield table, broken
