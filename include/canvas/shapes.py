"""Which of Canvas's fields becomes which column of the frames: the one place where the two vocabularies meet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from operator import attrgetter
from typing import Any

import pyarrow as pa
from msgspec import UNSET

from include.canvas.parse import arrow_table, table, text
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
    "description": lambda row: text(row.description),
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

_SUBMISSION = ("assignment_id", "user_id", "score", "excused", "late", "missing", "graded_at", "posted_at", "workflow_state", "submission_comments")
_submission = attrgetter(*_SUBMISSION)


def sections(courses: str | Sequence[str], rows: Sequence[Section]) -> pa.Table:
    """SECTIONS of one course, or of the rows' own."""
    return table(SECTIONS, courses, rows, _SECTION)


def enrollments(courses: str | Sequence[str], rows: Sequence[Enrollment]) -> pa.Table:
    """ENROLLMENTS of one course, or of the rows' own, the test student's among them."""
    return table(ENROLLMENTS, courses, rows, _ENROLLMENT)


def groups(courses: str | Sequence[str], rows: Sequence[Group]) -> pa.Table:
    """GROUPS of one course, or of the rows' own."""
    return table(GROUPS, courses, rows, _GROUP)


def assignments(courses: str | Sequence[str], rows: Sequence[Assignment]) -> pa.Table:
    """ASSIGNMENTS of one course, or of the rows' own."""
    return table(ASSIGNMENTS, courses, rows, _ASSIGNMENT)


def overrides(courses: Sequence[str], rows: Sequence[Assignment]) -> pa.Table:
    """OVERRIDES of these assignments; `courses` are the assignments' own."""
    found = [(c, row.id, override) for c, row in zip(courses, rows, strict=True) if row.overrides is not UNSET for override in row.overrides]
    return table(OVERRIDES, [c for c, _, _ in found], [pair for _, *pair in found], _OVERRIDE)


def tables(read: Iterable[tuple[str, Mapping[str, Sequence[Any]]]]) -> dict[str, list[pa.Table]]:
    """One table of each short list, of many courses at once: a table costs more than its rows. `read` has courses with their rows by frame name."""
    rows: dict[str, list[Any]] = {}
    courses: dict[str, list[str]] = {}
    for course_id, lists in read:
        for name, found in lists.items():
            rows.setdefault(name, []).extend(found)
            courses.setdefault(name, []).extend([course_id] * len(found))
    made = {name: [_SHORT[name](courses[name], found)] for name, found in rows.items()}
    if "assignments" in rows:
        made["overrides"] = [overrides(courses["assignments"], rows["assignments"])]
    return made


_SHORT: Mapping[str, Callable[[Sequence[str], Sequence[Any]], pa.Table]] = {
    "sections": sections,
    "enrollments": enrollments,
    "groups": groups,
    "assignments": assignments,
}


def submissions(course_id: str, rows: Sequence[Submission], students: Collection[str] = ()) -> pa.Table:
    """SUBMISSIONS of one course. `students` are its students' ids: their comments are not sent (A-11).

    These are nearly all rows of a night, so all columns are taken off a row at once, and none of them by Python code of our own.
    """
    read: dict[str, Any] = dict(zip(_SUBMISSION, zip(*map(_submission, rows), strict=True) if rows else repeat(()), strict=False))
    ids = {"canvas_assignment_id": _texts(read["assignment_id"]), "canvas_user_id": _texts(read["user_id"])}
    comments = [newest_comment(row, students) for row in rows] if any(read["submission_comments"]) else pa.nulls(len(rows), pa.string())
    return arrow_table(SUBMISSIONS, {**read, **ids, "canvas_course_id": pa.repeat(course_id, len(rows)), "comment": comments})


def _texts(ids: Sequence[str | int]) -> pa.Array:
    """The ids as text, which they are unless a server ignores what we accept."""
    try:
        return pa.array(ids, pa.string())
    except pa.ArrowTypeError:
        return pa.array(map(str, ids), pa.string())


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
