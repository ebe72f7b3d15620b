"""Assignments that are not simply for everyone: overrides of every kind (canvas-api.md §2.8; requirements.md C rows 5 to 7, R-1, R-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from include.sandbox.awkward import note
from include.sandbox.coursework import Room, Row, Work, assign, override, section_override
from include.sandbox.school_year import instant
from include.sandbox.world import Section

_MANY = 26


@dataclass(frozen=True)
class Divided:
    """The course whose assignments are differentiated: its SIS-linked sections and its students (Canvas user ids)."""

    sections: Sequence[Section]
    students: Sequence[int]


def differentiated(room: Room, work: Work, there: Divided) -> None:
    """One assignment of each kind."""
    base, later = room.today - timedelta(days=8), instant(room.today - timedelta(days=4), room.zone)
    for label, name, changes, give in _KINDS:
        due: date | None = None if changes.get("undated") else base
        row = assign(room, work, name, 10.0, due, **{key: value for key, value in changes.items() if key != "undated"})
        give(room, work, row, there, later)
        note(work, label, row)


_Give = Callable[[Room, Work, Row, Divided, str], None]


def _own_date(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    section_override(room, work, row, there.sections[0], due_at=later, all_day=True, all_day_date=(room.today - timedelta(days=4)).isoformat())


def _null_date(room: Room, work: Work, row: Row, there: Divided, _: str) -> None:
    section_override(room, work, row, there.sections[0], due_at=None)


def _no_date_key(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    section_override(room, work, row, there.sections[0], lock_at=later)


def _unassigned(room: Room, work: Work, row: Row, there: Divided, _: str) -> None:
    section_override(room, work, row, there.sections[0], unassign_item=True)


def _all_sections(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    for section in there.sections:
        section_override(room, work, row, section, due_at=later)


def _student(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    override(room, work, row, "1 student", student_ids=[there.students[0]], due_at=later)


def _group(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    _group_of(room, work, row, tuple(there.students[:3]), later)


def _group_of(room: Room, work: Work, row: Row, members: tuple[int, ...], later: str) -> None:
    number = room.ids.canvas("student_group")
    work.group_members[number] = members
    override(room, work, row, f"Team {len(work.group_members)}", group_id=number, group_category_id=610, non_collaborative=False, due_at=later)


def _teams(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    half = len(there.students) // 2
    _group_of(room, work, row, tuple(there.students[:half]), later)


def _module(room: Room, work: Work, row: Row, there: Divided, _: str) -> None:
    override(room, work, row, "Module 3", context_module_id=room.ids.canvas("module"), student_ids=list(there.students[:2]))


def _mastery(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    override(room, work, row, "Mastery Paths", noop_id=1, due_at=later)
    override(room, work, row, "2 students", student_ids=list(there.students[:2]), due_at=later)


def _course(room: Room, work: Work, row: Row, _: Divided, later: str) -> None:
    override(room, work, row, "Everyone", course_id=room.course_id, due_at=later)


def _many(room: Room, work: Work, row: Row, there: Divided, later: str) -> None:
    _own_date(room, work, row, there, later)
    for number in range(_MANY):
        tag = room.ids.canvas("student_group")
        work.group_members[tag] = (there.students[number % len(there.students)],)
        override(room, work, row, f"Tag {number + 1}", group_id=tag, group_category_id=611, non_collaborative=True, due_at=later)


_ONLY: dict[str, object] = {"only_visible_to_overrides": True, "visible_to_everyone": False}
_KINDS: tuple[tuple[str, str, dict[str, object], _Give], ...] = (
    ("section_own_date", "Section has its own date", {}, _own_date),
    ("section_null_date", "Section has no date", {}, _null_date),
    ("section_no_date_key", "Section locks later only", {}, _no_date_key),
    ("section_unassigned", "Not for one section", {}, _unassigned),
    ("everyone_else_undated", "Everyone else undated", {"undated": True}, _own_date),
    ("sections_only", "One section only", {**_ONLY, "undated": True}, _own_date),
    ("sections_only_base_left", "One section, base date left", _ONLY, _own_date),
    ("all_sections", "Each section its own date", {}, _all_sections),
    ("course_override", "Everyone by override", {**_ONLY, "undated": True}, _course),
    ("student_override", "One student has longer", {}, _student),
    ("student_only", "For one student only", {**_ONLY, "undated": True}, _student),
    ("group_override", "A team has longer", {}, _group),
    ("group_assignment", "Team poster", {"group_category_id": 610}, _teams),
    ("module_override", "Part of a module", {}, _module),
    ("mastery_path", "Part of a mastery path", {}, _mastery),
    ("mastery_path_only", "Mastery path only", {**_ONLY, "undated": True}, _mastery),
    ("overrides_25", "Very many overrides", {}, _many),
)
