"""One day in the district's schools: what teachers and students do to the sandbox Canvas, as a list of changes.

A pure function of (state, seed, day): it reads and changes nothing; the Canvas server records the changes in its own language
(`canvas/state.py`: table, course, key, fields to set). Time stamps follow canvas-api.md §4.2: a cleared score and a moved due date leave
`graded_at` alone, so that nothing which looks at times sees them. About one score in twenty changes in a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from include.sandbox.class_changes import class_change, moves, one_course_a_target
from include.sandbox.classroom import Canvas, Change, Classroom, Row, change
from include.sandbox.grading import is_digital
from include.sandbox.marks import UNSUBMITTED, clear, enter, excuse, flag, hand_in, number
from include.sandbox.school_year import instant, moment, text

__all__ = ["moves", "school_day"]

_GRADED_TODAY, _HANDED_IN = 0.25, 0.04  # of what lies there ungraded, of what is still to come
_NEW_IDS, _IDS_A_DAY = 6_000_000_000, 10_000  # apart from the ids of the Canvas server and those of the generated world
_REGRADED, _OTHERWISE = 0.05, 0.01
_NEW_WORK, _MOVED_DATE = 0.25, 0.15  # a course's chance on a day


def school_day(canvas: Canvas, seed: int, day: int) -> list[Change]:
    """Everything that happens on this day, in the order in which it happens. The same state, seed and day give the same changes."""
    changes: list[Change] = []
    moving = one_course_a_target(canvas, seed, day)
    new_ids = count(_NEW_IDS + day * _IDS_A_DAY)
    now = canvas.clock.now
    for number_, course in sorted(canvas.courses.items()):
        if course.world.workflow_state != "available":
            continue
        dice = Random(f"{seed}/{day}/{number_}")
        changes += _lessons(course, dice, now, new_ids)
        changes += _gradebook(course, dice, now)
        if number_ in moving:
            changes += class_change(course, dice, now, new_ids)
    return changes


def _lessons(course: Classroom, dice: Random, now: datetime, new_ids: Iterator[int]) -> list[Change]:
    """New work is set, and a due date is moved. Assignments with overrides stay as they are."""
    simple = [row for _, row in sorted(course.assignments.items()) if _is_simple(row)]
    changes: list[Change] = []
    if simple and dice.random() < _NEW_WORK:
        made, model, zone = next(new_ids), dice.choice(simple), course.world.time_zone
        due = instant((now.astimezone(ZoneInfo(zone)) + timedelta(days=7)).date(), zone)
        fresh = {"id": made, "name": f"Extra work {made - _NEW_IDS}", "due_at": due, "position": len(course.assignments) + 1}
        changes.append(change("assignments", course, made, {**model, **fresh, "created_at": text(now), "updated_at": text(now)}))
    if simple and dice.random() < _MOVED_DATE:
        row = dice.choice(simple)
        due = _later(row["due_at"], course.world.time_zone, 1)
        changes.append(change("assignments", course, int(row["id"]), {"due_at": due, "updated_at": text(now)}))
    return changes


def _is_simple(row: Row) -> bool:
    return row.get("workflow_state") == "published" and bool(row.get("due_at")) and not row.get("has_overrides") and not row.get("group_category_id")


def _later(stamp: str, zone: str, days: int) -> str:
    """The same time of day, days later, on the course's own clocks."""
    return text((moment(stamp).astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC))


def _gradebook(course: Classroom, dice: Random, now: datetime) -> list[Change]:
    """What happens to each submission of work that has been set; most stay as they are."""
    changes: list[Change] = []
    for key, stored in sorted(course.submissions.items()):
        assignment = course.assignments.get(key[0])
        if assignment is None or assignment.get("workflow_state") != "published" or assignment.get("moderated_grading"):
            continue
        before: Row = {**UNSUBMITTED, "cached_due_date": assignment.get("due_at"), **stored}
        after = dict(before)
        _happen(after, assignment, dice, now - timedelta(minutes=dice.randint(1, 400)))
        told = {name: value for name, value in after.items() if before[name] != value}
        if told:
            changes.append(change("submissions", course, list(key), told))
    return changes


def _happen(row: Row, assignment: Row, dice: Random, at: datetime) -> None:
    """At most one thing happens to a submission on a day. What a teacher cleared or excused stays so."""
    roll, points = dice.random(), number(assignment.get("points_possible"), 10.0)
    digital = is_digital(assignment)
    if _waits(row, assignment, digital, at):
        if roll < _GRADED_TODAY:
            enter(row, _score(dice, points), at, assignment)
    elif row["score"] is not None:
        _regrade(row, assignment, roll, at, points)
    elif digital and row["workflow_state"] == "unsubmitted" and roll < _HANDED_IN:
        hand_in(row, at, assignment)


def _waits(row: Row, assignment: Row, digital: bool, at: datetime) -> bool:
    """Whether the teacher has something to grade: what was handed in (again), or a paper whose day has come."""
    if row["workflow_state"] == "submitted":
        return True
    due = str(assignment.get("due_at") or "")
    return not digital and row["workflow_state"] == "unsubmitted" and bool(due) and moment(due) < at


def _regrade(row: Row, assignment: Row, roll: float, at: datetime, points: float) -> None:
    if roll < _REGRADED:
        better = round(number(row["score"]) + max(0.5, points / 20), 2)
        enter(row, better if better <= points else max(0.0, round(number(row["score"]) - 0.5, 2)), at, assignment)
    elif roll < _REGRADED + _OTHERWISE:
        share = (roll - _REGRADED) / _OTHERWISE
        if share < 0.3:
            clear(row)
        elif share < 0.5:
            excuse(row, at)
        elif share < 0.8:
            flag(row, "late" if share < 0.65 else "missing", at)
        elif is_digital(assignment):
            hand_in(row, at, assignment)


def _score(dice: Random, points: float) -> float:
    return round(points * min(1.0, max(0.2, dice.gauss(0.82, 0.12))) * 2) / 2
