"""A course's groups, assignments and overrides as Canvas REST rows (canvas-api.md §2.6 to §2.8), and the ordinary ones of a school year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from include.sandbox.ids import Ids
from include.sandbox.names import CATEGORIES, Subject
from include.sandbox.school_year import END_OF_DAY, instant
from include.sandbox.world import Section, Term

Row = dict[str, object]
_DUE_TIMES = (END_OF_DAY,) * 8 + (time(15, 0), time(8, 15))
_POINTS = {"Homework": (10, 10, 20, 5), "Quizzes": (15, 20, 25), "Tests": (50, 100), "Projects": (40, 60)}
_FORMS = {"Homework": "online_upload", "Quizzes": "online_quiz", "Tests": "on_paper", "Projects": "online_upload"}
_WORDS = {"Homework": "Homework", "Quizzes": "Quiz", "Tests": "Test", "Projects": "Project"}
_RHYTHM = ("Homework", "Homework", "Quizzes", "Homework", "Projects", "Homework", "Quizzes", "Tests")


@dataclass(frozen=True)
class Room:
    """What every part of a course under construction needs to know: whose it is, when and where it is, and the dice."""

    ids: Ids
    rng: Random
    target: str
    course_id: int
    zone: str
    term: Term
    today: date


@dataclass
class Work:
    """What is taught in a course so far.

    `cases` finds the special things by label, `group_members` tells who is in a student group. `plain_students` are the
    Canvas user ids of students with nothing special about them, in class order: who shows which kind of score is clear then.
    """

    groups: dict[str, Row] = field(default_factory=dict)
    assignments: list[Row] = field(default_factory=list)
    overrides: list[Row] = field(default_factory=list)
    group_members: dict[int, tuple[int, ...]] = field(default_factory=dict)
    cases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plain_students: tuple[int, ...] = ()


def group(room: Room, work: Work, name: str, integration_data: Mapping[str, str] | None = None) -> Row:
    """The course's assignment group of this name, made when it is asked for first."""
    if name not in work.groups:
        number, place = room.ids.canvas("group"), len(work.groups) + 1
        work.groups[name] = {
            "id": number,
            "name": name,
            "position": place,
            "group_weight": 0.0,
            "sis_source_id": None,
            "integration_data": dict(integration_data or {}),
            "rules": {},
        }
    return work.groups[name]


def assign(room: Room, work: Work, name: str, points: float | None, due: date | None, **changes: object) -> Row:
    """A new assignment, ordinary but for `changes` (Canvas's fields by name). `at` is its local due time, `group_name` its group."""
    at, group_name = changes.pop("at", END_OF_DAY), str(changes.pop("group_name", "Homework"))
    made = instant((due or room.today) - timedelta(days=12), room.zone, time(9, 30))
    row: Row = {
        "id": room.ids.canvas("assignment"),
        "course_id": room.course_id,
        "name": name,
        "description": f"<p>See the notes for <em>{len(work.assignments) + 1}</em>.</p>",
        "assignment_group_id": group(room, work, group_name)["id"],
        "position": len(work.assignments) + 1,
        "created_at": made,
        "updated_at": made,
        "post_to_sis": True,
        "published": True,
        "workflow_state": "published",
        "points_possible": points,
        "grading_type": "points",
        "due_at": instant(due, room.zone, at) if due and isinstance(at, time) else None,
        "unlock_at": None,
        "lock_at": None,
        "submission_types": ["online_upload"],
        **_SWITCHES,
    }
    row.update(changes)
    if not row["published"]:
        row["workflow_state"] = "unpublished"
    row["grade_group_students_individually"] = False
    work.assignments.append(row)
    return row


_SWITCHES: Row = {
    "omit_from_final_grade": False,
    "hide_in_gradebook": False,
    "only_visible_to_overrides": False,
    "visible_to_everyone": True,
    "has_overrides": False,
    "muted": False,
    "post_manually": False,
    "anonymous_grading": False,
    "anonymize_students": False,
    "moderated_grading": False,
    "grader_count": 0,
    "group_category_id": None,
    "in_closed_grading_period": False,
    "sis_assignment_id": None,
    "integration_id": None,
    "integration_data": {},
    "is_quiz_assignment": False,
    "is_quiz_lti_assignment": False,
}


def override(room: Room, work: Work, assignment: Row, title: str, **target_and_dates: object) -> Row:
    """A new override of the assignment. Name one target, and only the dates that it changes (§2.8)."""
    row: Row = {"id": room.ids.canvas("override"), "assignment_id": assignment["id"], "title": title, "unassign_item": False, **target_and_dates}
    assignment["has_overrides"] = True
    work.overrides.append(row)
    return row


def ordinary(room: Room, work: Work, subject: Subject, count: int) -> None:
    """A semester's work: `count` assignments from the term's second week on, about three in four of them due by today."""
    for name in CATEGORIES:
        group(room, work, name)
    first, last = room.term.start + timedelta(days=9), room.term.end - timedelta(days=9)
    past = max(1, round(count * 0.75))
    for number in range(count):
        begin, end, place, places = (first, room.today, number, past) if number < past else (room.today, last, number - past + 1, count - past + 1)
        _ordinary_one(room, work, subject, number, _weekday(begin + (end - begin) * place / places))


def _ordinary_one(room: Room, work: Work, subject: Subject, number: int, due: date) -> None:
    kind = _RHYTHM[number % len(_RHYTHM)]
    topic = subject.topics[number % len(subject.topics)]
    round_ = number // len(subject.topics)
    name = f"{_WORDS[kind]} {number + 1}: {topic}" if not round_ else f"{_WORDS[kind]} {number + 1}: {topic} {round_ + 1}"
    form = _FORMS[kind]
    assign(
        room, work, name[:30].rstrip(), float(room.rng.choice(_POINTS[kind])), due,
        at=room.rng.choice(_DUE_TIMES), group_name=kind, submission_types=[form], is_quiz_assignment=form == "online_quiz",
    )  # fmt: skip


def _weekday(day: date) -> date:
    """That day, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def section_override(room: Room, work: Work, assignment: Row, section: Section, **dates: object) -> Row:
    """A new override for one section, with its name as title."""
    return override(room, work, assignment, section.name, course_section_id=int(section.id), **dates)
