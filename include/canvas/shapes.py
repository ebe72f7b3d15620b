"""Which of Canvas's fields becomes which column of the frames: the one place where the two vocabularies meet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET
from msgspec.structs import astuple

from include.canvas import parts
from include.canvas.blame import EARLIEST, LATEST
from include.canvas.clean import without_nul
from include.canvas.parse import arrow_table, names, text, texts
from include.canvas.rows import Assignment, Override, Submission
from include.gradebook.schemas import ASSIGNMENTS, ENROLLMENTS, GROUPS, OVERRIDES, SECTIONS, SUBMISSIONS, Frame

Columns = Mapping[str, Callable[[Sequence[Any]], pa.Array | Sequence[object]]]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _as_is(name: str) -> Callable[[Sequence[Any]], Sequence[object]]:
    """The column of this field."""
    field = attrgetter(name)
    return lambda rows: list(map(field, rows))


def _text(name: str) -> Callable[[Sequence[Any]], pa.Array]:
    """The column of this field, an id or a text; empty where it is absent or empty."""
    field = attrgetter(name)
    return lambda rows: texts(list(map(field, rows)))


def _name(name: str) -> Callable[[Sequence[Any]], pa.Array]:
    """The column of this field, which people or a SIS wrote, cleaned (R-24)."""
    field = attrgetter(name)
    return lambda rows: names(list(map(field, rows)))


def _each(read: Callable[[Any], object]) -> Callable[[Sequence[Any]], Sequence[object]]:
    """A column read off each row."""
    return lambda rows: list(map(read, rows))


_SECTION: Columns = {
    "canvas_section_id": _text("id"),
    "name": _name("name"),
    "sis_section_id": _name("sis_section_id"),
    "nonxlist_course_id": _text("nonxlist_course_id"),
}

_ENROLLMENT: Columns = {
    "canvas_section_id": _text("course_section_id"),
    "canvas_user_id": _text("user_id"),
    "sis_user_id": lambda rows: names([text(row.sis_user_id) for row in rows]),
    "student_name": lambda rows: names([row.user and row.user.sortable_name for row in rows]),
    "type": _as_is("type"),
    "state": _as_is("enrollment_state"),
}

_GROUP: Columns = {
    "canvas_group_id": _text("id"),
    "name": _name("name"),
    "integration_data": _each(lambda row: _object(bytes(row.integration_data))),
}

_ASSIGNMENT: Columns = {
    "canvas_assignment_id": _text("id"),
    "canvas_group_id": _text("assignment_group_id"),
    "name": _name("name"),
    "description": lambda rows: without_nul(texts([row.description for row in rows])),
    "submission_types": _each(lambda row: text(" ".join(row.submission_types or ()))),
    **{name: _as_is(name) for name in ("points_possible", "grading_type", "due_at", "unlock_at", "created_at", "published", "post_to_sis")},
    "omit_from_final_grade": _as_is("omit_from_final_grade"),
    "only_visible_to_overrides": _each(lambda row: row.only_visible_to_overrides or by_module(row)),
}

_OVERRIDE: Columns = {
    "canvas_assignment_id": _each(lambda pair: text(pair[0])),
    "override_id": _each(lambda pair: text(pair[1].id)),
    "kind": _each(lambda pair: kind(pair[1])),
    "canvas_section_id": _each(lambda pair: text(pair[1].course_section_id)),
    "due_at": _each(lambda pair: None if pair[1].due_at is UNSET else pair[1].due_at),
    "due_set": _each(lambda pair: pair[1].due_at is not UNSET),
    "unassign": _each(lambda pair: pair[1].unassign_item),
}

_SUBMISSION = Submission.__struct_fields__  # the frame's names but for the ids


def overrides(courses: Sequence[str], rows: Sequence[Assignment]) -> pa.Table:
    """OVERRIDES of these assignments; `courses` are the assignments' own."""
    found = [(c, row.id, override) for c, row in zip(courses, rows, strict=True) for override in _overrides(row)]
    return _table(OVERRIDES, _OVERRIDE, [c for c, _, _ in found], [pair for _, *pair in found])


def tables(read: Iterable[tuple[str, Mapping[str, Sequence[Any]]]]) -> dict[str, list[pa.Table]]:
    """One table of each short list, of many courses at once: a table costs more than its rows. `read` has courses with their rows by frame name."""
    rows: dict[str, list[Any]] = {}
    courses: dict[str, list[str]] = {}
    for course_id, lists in read:
        for name, found in lists.items():
            rows.setdefault(name, []).extend(found)
            courses.setdefault(name, []).extend([course_id] * len(found))
    made = {name: [_table(*_SHORT[name], courses[name], found)] for name, found in rows.items()}
    if "assignments" in rows:
        made["overrides"] = [overrides(courses["assignments"], rows["assignments"])]
    return made


_SHORT: Mapping[str, tuple[Frame, Columns]] = {
    "sections": (SECTIONS, _SECTION),
    "enrollments": (ENROLLMENTS, _ENROLLMENT),  # the test student's among them
    "groups": (GROUPS, _GROUP),
    "assignments": (ASSIGNMENTS, _ASSIGNMENT),
}


def _table(frame: Frame, columns: Columns, courses: Sequence[str], rows: Sequence[Any]) -> pa.Table:
    """The frame's table of these rows, of which `courses` has each one's course."""
    return arrow_table(frame, {"canvas_course_id": courses, **{name: read(rows) for name, read in columns.items()}})


def submissions(course_id: str, rows: Sequence[Submission], students: Collection[str] = ()) -> pa.Table:
    """SUBMISSIONS of one course. `students` are its students' ids: their comments are not sent (A-11).

    These are nearly all rows of a night, so all columns are taken off a row at once, and none of them by Python code of our own.
    """
    read: dict[str, Any] = dict(zip(_SUBMISSION, zip(*map(astuple, rows), strict=True) if rows else repeat(()), strict=False))
    ids = {"canvas_assignment_id": texts(read["assignment_id"]), "canvas_user_id": texts(read["user_id"])}
    open_parts: Sequence[str | None] | pa.Array = pa.nulls(len(rows), pa.string())
    if any(read["has_sub_assignment_submissions"]):
        done = [parts.settled(row) for row in rows]
        open_parts = [part for _, part in done]
        read |= {"score": [row.score for row, _ in done], "excused": [row.excused for row, _ in done]}
    comments = pa.nulls(len(rows), pa.string())
    if any(read["submission_comments"]):
        comments = without_nul(pa.array([newest_comment(row, students) for row in rows], pa.string()))
    return arrow_table(
        SUBMISSIONS, {**read, **ids, "canvas_course_id": pa.repeat(course_id, len(rows)), "comment": comments, "open_parts": open_parts}
    )


def has_far_moments(table: pa.Table) -> bool:
    """Whether some moment of SUBMISSIONS cannot be written in every time zone."""
    columns = (table[name] for name in ("graded_at", "posted_at"))
    limits = [pa.scalar(moment, pa.timestamp("us", "UTC")) for moment in (EARLIEST, LATEST)]
    return any(pc.any(pc.or_(pc.less(column, limits[0]), pc.greater(column, limits[1]))).as_py() for column in columns)


def newest_comment(row: Submission, students: Collection[str]) -> str | None:
    """The text of the newest comment of somebody who is no student of the course: a fellow student who reviews, or an unnamed one, is no teacher."""
    if not row.submission_comments:  # not asked for, or none there
        return None
    others = {*students, str(row.user_id), "None"}
    told = [each for each in row.submission_comments if str(each.author_id) not in others]
    told = [each for each in told if each.comment and each.comment.strip()]
    newest = max(reversed(told), key=lambda each: each.created_at or _LONG_AGO, default=None)
    return newest.comment if newest else None


def by_module(row: Assignment) -> bool:
    """Whether modules alone say who is given an assignment: then Canvas tells that not everybody sees it, though its own dates are for everybody
    (canvas-api.md §2.8)."""
    return row.visible_to_everyone is False and not row.only_visible_to_overrides


def _overrides(row: Assignment) -> list[Override]:
    """Its overrides. Those of its modules stand in no list of Canvas's, so one stands here for all of them (R-1, PS-6, IC-6)."""
    shown = [] if row.overrides is UNSET else row.overrides
    if not by_module(row) or any(kind(each) == "module" for each in shown):
        return shown
    return [*shown, Override("module", context_module_id="module")]


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
    return told.decode("utf-8", "replace") if told.startswith(b"{") and told[1:-1].strip() else None
