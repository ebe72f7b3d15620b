"""One course read out of Canvas: groups with assignments and overrides, sections, and, where anything syncs, students and submissions."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from msgspec.structs import replace

from include.canvas import checkpoints, shapes
from include.canvas.accelerated import Accelerated, Base, facts_of
from include.canvas.client import CanvasClient, Params
from include.canvas.course_lists import CHUNK, CourseLists
from include.canvas.course_read import CourseRead
from include.canvas.given import Given
from include.canvas.kept import Facts, Kept, without
from include.canvas.kept import rows_of as kept_rows
from include.canvas.listed import Listed
from include.canvas.outlines import Outline
from include.canvas.paging import Page
from include.canvas.parse import Broken, rows_of, submissions_of
from include.canvas.rows import Assignment, Enrollment, Submission
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)

_FIELDS = ("assignment_id", "user_id", "score", "excused", "late", "missing", "graded_at", "posted_at", "workflow_state")
_ONLY: Params = (*(("response_fields[]", name) for name in _FIELDS), ("exclude_response_fields[]", "preview_url"))
Submissions = tuple[list[Submission], list[Broken]]
# Threads that make tables side by side hand Python's own lock to one another so often that it takes three times the processor time.
_TURN = threading.Lock()


@dataclass(frozen=True)
class Wanted:
    """What some districts need and others are spared: comments (A-11), the groups' integration_data (R-13), readings that build on earlier ones."""

    comments: bool = False
    group_data: bool = False
    how: Accelerated | Listed | None = None

    @property
    def accelerated(self) -> Accelerated | None:
        """How it builds on submissions that were read before, if it does."""
        return self.how if isinstance(self.how, Accelerated) else None

    @property
    def listed(self) -> Listed | None:
        """How it builds on short lists that were read before, if it does."""
        return self.how if isinstance(self.how, Listed) else None


_PLAIN = Wanted()


class CourseReader:
    """Reads one course through a client; every page goes to `keep` as it came, before it is read. Comments only where they are sent (A-11).

    Where readings are kept, `earlier` is what this one may build on, `built` whether it did, and `kept` what the next one may build on. `undated`
    are the assignments as Canvas lists them, without their checkpoints' dates.
    """

    def __init__(
        self, client: CanvasClient, course_id: str, keep: Callable[[Page], None], wanted: Wanted = _PLAIN, told: Outline | None = None
    ) -> None:
        self.client = client
        self.course_id = course_id
        self.keep = keep
        self.comments = wanted.comments
        self.accelerated = wanted.accelerated
        self.listed = wanted.listed
        self.given = Given()
        self.earlier = wanted.accelerated.earlier(course_id) if wanted.accelerated else None
        self.built = False
        self.kept: Kept | None = None
        self.told = told
        self.students: frozenset[str] = frozenset()
        self.undated: list[Assignment] = []
        self.read = CourseRead(course_id)
        self.lists = CourseLists(client, self.read, keep)

    def run(self) -> CourseRead:
        """The course, read anew; SourceError or UnavailableError where a page cannot be had. What its outline told is not asked for again."""
        self.read = read = CourseRead(self.course_id)
        self.lists = CourseLists(self.client, read, self.keep)
        self.built, self.kept, self.given = False, None, Given()
        told = self.told or Outline(b"")
        if told.body:
            self.keep(Page(told.source, told.body))
        read.rows["groups"], self.undated = told.work or self.lists.groups()
        read.rows["assignments"] = assignments = checkpoints.dated(self.undated, self.lists.checkpoints)
        read.rows["sections"] = self.lists.sections() if told.sections is None else told.sections
        synced = [row for row in assignments if row.published and row.post_to_sis]
        if synced:
            read.rows["enrollments"] = enrollments = self.lists.enrollments() if told.students is None else told.students
            self.students = frozenset(str(row.user_id) for row in enrollments)
            self._scores(synced, enrollments)
        if told.given is not None and told.given != self.given.digest:
            raise SourceError("since its lists were read, somebody came, left or moved, or is given other work")
        self.built = self.built or told.given is not None
        return read

    def settle(self) -> None:
        """After the last try: keep a clean reading for the next night, and no other. Lists that still hold stay as they are."""
        if self.listed is not None and not self.built:
            as_listed = {**self.read.rows, "assignments": self.undated}  # checkpoints are asked for every night
            self.listed.keep(dataclasses.replace(self.read, rows=as_listed), self.given)
        if self.accelerated is not None:
            clean = self.read.complete and not self.read.problems
            self.accelerated.keep(self.course_id, self.kept if clean else None, self.earlier, self.built)

    def _scores(self, synced: list[Assignment], enrollments: list[Enrollment]) -> None:
        """The submissions of all these assignments; of some only what was graded since, over what an earlier reading found."""
        told = self.told or Outline(b"")
        ids, now = [str(row.id) for row in synced], told.asked_at or self.client.clock
        if self.accelerated is None or now is None:
            return self._all_of(ids)
        facts = facts_of(now, synced, enrollments)
        base = self._base(self.accelerated, told, facts)
        self._all_of(base.anew if base else ids)
        complete_at: datetime | None = now
        if base and told.changed is not None:
            changed = shapes.submissions(self.course_id, told.changed, self.students)
            self._lay_over(base, [kept_rows(changed, base.rest, facts.students)])
        elif base and self.earlier:
            complete_at = self.earlier.facts.complete_at
            self._lay_over(base, self._graded_since(base))
        facts = replace(facts, complete_at=complete_at)
        self.built, self.kept = base is not None, Kept(facts, pa.concat_tables(self.read.tables["submissions"]))
        return None

    def _base(self, how: Accelerated, told: Outline, facts: Facts) -> Base | None:
        """What this reading builds on. Where an outline should have told what changed and did not, reading the course fully takes no more requests
        than asking for what was graded, and misses nothing."""
        lacking = told.since is not None and (told.changed is None or not how.completes(told.since, self.earlier))
        return None if lacking else how.base(self.earlier, facts)

    def _all_of(self, ids: list[str]) -> None:
        for start in range(0, len(ids), CHUNK):
            self._submissions(ids[start : start + CHUNK])

    def _graded_since(self, base: Base) -> Iterator[pa.Table]:
        """In flat pages, for on most nights there is little; a row that cannot be read has the course read fully."""
        since = base.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for start in range(0, len(base.rest), CHUNK):
            ids = tuple(("assignment_ids[]", each) for each in base.rest[start : start + CHUNK])
            for changed, broken in self._parts((*self._params(ids), ("graded_since", since)), lambda body: rows_of(body, Submission)):
                if broken:
                    raise SourceError(f"{len(broken)} submissions graded since {since} cannot be read")
                yield changed

    def _lay_over(self, base: Base, newer: Iterable[pa.Table]) -> None:
        """What was read now in the place of what was kept of it."""
        changed = pa.concat_tables([*self.read.tables.get("submissions", [base.rows.slice(0, 0)]), *newer])
        self.read.tables["submissions"] = [without(base.rows, changed), changed]

    def _submissions(self, assignment_ids: list[str]) -> None:
        """Grouped by student, which takes the fewest requests; in flat pages where Canvas cannot bear the large answer."""
        params = self._params(tuple(("assignment_ids[]", each) for each in assignment_ids))
        note = self.given.note if self.listed else None
        try:
            parts = list(self._parts((("grouped", "1"), *params), lambda body: submissions_of(body, note)))
        except UnavailableError as error:
            log.warning("course %s: reading submissions in flat pages: %s", self.course_id, error)
            self.given.give_up()
            parts = list(self._parts(params, lambda body: rows_of(body, Submission)))
        for table, broken in parts:
            self.read.add("submissions", table)
            self.read.reject(Submission, broken)

    def _params(self, ids: Params) -> Params:
        more = (("include[]", "submission_comments"), ("response_fields[]", "submission_comments")) if self.comments else ()
        return (("student_ids[]", "all"), *more, *_ONLY, *ids)

    def _parts(self, params: Params, read: Callable[[bytes], Submissions]) -> Iterator[tuple[pa.Table, list[Broken]]]:
        """One table per page, so that only the columns stay in memory."""
        for page in self.lists.pages("students/submissions", params):
            with _TURN:
                rows, broken = read(page.body)
                table = shapes.submissions(self.course_id, rows, self.students)
            yield table, broken
