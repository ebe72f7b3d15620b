"""Which of Canvas's fields becomes which column of the frames: the one place where the two vocabularies meet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import pyarrow as pa
from msgspec import UNSET

from include.canvas.parse import table, text
from include.canvas.rows import Assignment, Enrollment, Group, Override, Section, Submission
from include.gradebook.schemas import ASSIGNMENTS, ENROLLMENTS, GROUPS, OVERRIDES, SECTIONS, SUBMISSIONS

Columns = dict[str, Callable[[Any], object]]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_SECTION: Columns = {
    "canvas_section_id": lambda row: text(row.id),
    "name": attrgetter("name"),
    "sis_section_id": lambda row: text(row.sis_section_id),
    "nonxlist_course_id": lambda row: text(row.nonxlist_course_id),
}

_ENROLLMENT: Columns = {
    "canvas_section_id": lambda row: text(row.course_section_id),
    "canvas_user_id": lambda row: text(row.user_id),
    "sis_user_id": lambda row: text(row.sis_user_id) or (row.user and text(row.user.sis_user_id)),
    "student_name": lambda row: row.user and row.user.sortable_name,
    "type": attrgetter("type"),
    "state": attrgetter("enrollment_state"),
}

_GROUP: Columns = {
    "canvas_group_id": lambda row: text(row.id),
    "name": attrgetter("name"),
    "integration_data": lambda row: _object(bytes(row.integration_data)),
}

_ASSIGNMENT: Columns = {
    "canvas_assignment_id": lambda row: text(row.id),
    "canvas_group_id": lambda row: text(row.assignment_group_id),
    "name": attrgetter("name"),
    "description": attrgetter("description"),
    "points_possible": attrgetter("points_possible"),
    "grading_type": attrgetter("grading_type"),
    "submission_types": lambda row: text(" ".join(row.submission_types or ())),
    "due_at": attrgetter("due_at"),
    "unlock_at": attrgetter("unlock_at"),
    "created_at": attrgetter("created_at"),
    "published": attrgetter("published"),
    "post_to_sis": lambda row: bool(row.post_to_sis),
    "omit_from_final_grade": lambda row: bool(row.omit_from_final_grade),
    "only_visible_to_overrides": lambda row: bool(row.only_visible_to_overrides),
}

_OVERRIDE: Columns = {
    "canvas_assignment_id": lambda pair: text(pair[0]),
    "override_id": lambda pair: text(pair[1].id),
    "kind": lambda pair: kind(pair[1]),
    "canvas_section_id": lambda pair: text(pair[1].course_section_id),
    "due_at": lambda pair: None if pair[1].due_at is UNSET else pair[1].due_at,
    "due_set": lambda pair: pair[1].due_at is not UNSET,
    "unassign": lambda pair: bool(pair[1].unassign_item),
}

_SUBMISSION: Columns = {
    "canvas_assignment_id": lambda row: text(row.assignment_id),
    "canvas_user_id": lambda row: text(row.user_id),
    "score": attrgetter("score"),
    "excused": lambda row: row.excused is True,
    "late": lambda row: row.late is True,
    "missing": lambda row: row.missing is True,
    "graded_at": attrgetter("graded_at"),
    "posted_at": attrgetter("posted_at"),
    "workflow_state": attrgetter("workflow_state"),
}


def sections(course_id: str, rows: Sequence[Section]) -> pa.Table:
    """SECTIONS of one course."""
    return table(SECTIONS, course_id, rows, _SECTION)


def enrollments(course_id: str, rows: Sequence[Enrollment]) -> pa.Table:
    """ENROLLMENTS of one course, the test student's among them."""
    return table(ENROLLMENTS, course_id, rows, _ENROLLMENT)


def groups(course_id: str, rows: Sequence[Group]) -> pa.Table:
    """GROUPS of one course."""
    return table(GROUPS, course_id, rows, _GROUP)


def assignments(course_id: str, rows: Sequence[Assignment]) -> pa.Table:
    """ASSIGNMENTS of one course."""
    return table(ASSIGNMENTS, course_id, rows, _ASSIGNMENT)


def overrides(course_id: str, rows: Sequence[Assignment]) -> pa.Table:
    """OVERRIDES of one course's assignments."""
    pairs = [(row.id, override) for row in rows if row.overrides is not UNSET for override in row.overrides]
    return table(OVERRIDES, course_id, pairs, _OVERRIDE)


def submissions(course_id: str, rows: Sequence[Submission], students: Collection[str] = ()) -> pa.Table:
    """SUBMISSIONS of one course. `students` are its students' ids: their comments are not sent (A-11)."""
    return table(SUBMISSIONS, course_id, rows, {**_SUBMISSION, "comment": lambda row: newest_comment(row, students)})


def newest_comment(row: Submission, students: Collection[str]) -> str | None:
    """The text of the newest comment of somebody who is no student of the course: a fellow student who reviews, or an unnamed one, is no teacher."""
    if not row.submission_comments:  # not asked for, or none there
        return None
    others = {*students, str(row.user_id), "None"}
    told = [each for each in row.submission_comments if str(each.author_id) not in others]
    told = [each for each in told if each.comment and each.comment.strip()]
    newest = max(reversed(told), key=lambda each: each.created_at or _LONG_AGO, default=None)
    return newest.comment if newest else None


def kind(override: Override) -> str:
    """What an override is for. A module's override says so before all else, whomever it names (canvas-api.md §2.8)."""
    if override.context_module_id is not None:
        return "module"
    if override.noop_id is not None:
        return "mastery_path"
    if override.course_section_id is not None:
        return "section"
    if override.group_id is not None:
        return "group"
    return "course" if override.course_id is not None else "student"


def _object(raw: bytes) -> str | None:
    """The text of a JSON object that holds something; None for null, {} and anything that is no object."""
    told = raw.strip()
    return told.decode() if told.startswith(b"{") and told[1:-1].strip() else None
