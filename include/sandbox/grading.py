"""How students hand in and teachers grade: Canvas submission rows (canvas-api.md §2.9) that look like a real gradebook's.

A row exists for every student to whom a published assignment is assigned, graded or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from random import Random

from include.sandbox.coursework import Room, Row, Work
from include.sandbox.marks import UNSUBMITTED, Desk, enter, excuse, hand_in, is_missing
from include.sandbox.school_year import instant, moment
from include.sandbox.special_marks import EACH_ONCE, SPECIAL

Submissions = dict[tuple[int, int], Row]
_DIGITAL = {"online_upload", "online_text_entry", "online_url", "online_quiz", "discussion_topic", "media_recording", "student_annotation"}
_FRESH = timedelta(days=2)


def grade_all(room: Room, work: Work, enrollments: Sequence[Row]) -> Submissions:
    """The submissions of all published, graded assignments."""
    sections = _sections_of(enrollments)
    able = {user: min(0.99, max(0.35, room.rng.gauss(0.82, 0.1))) for user in sections}
    now = moment(instant(room.today, room.zone, time(12, 0)))
    rows: Submissions = {}
    for assignment in work.assignments:
        if not assignment["published"] or assignment["grading_type"] == "not_graded":
            continue
        number, special = int(str(assignment["id"])), _special(assignment, work)
        for user, due in assigned(assignment, work, sections).items():
            desk = Desk(assignment, user, moment(due) if due else None, now, able[user])
            rows[number, user] = _submission(room, desk, due, special.get(user))
    return rows


def _special(assignment: Row, work: Work) -> dict[int, str]:
    """Which student shows which kind of score in this assignment; nobody, except in the one made for it."""
    mine = str(assignment["id"])
    for label, mark in (("no_scores", "ungraded"), ("graded_early", "graded_early")):
        if mine in work.cases.get(label, ()):
            return dict.fromkeys(work.plain_students, mark)
    if mine not in work.cases.get("score_cases", ()):
        return {}
    shown = dict(zip(work.plain_students, EACH_ONCE, strict=False))
    for user, label in shown.items():
        work.cases[label] = (mine, str(user))
    return shown


def _sections_of(enrollments: Sequence[Row]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in enrollments:
        if row["type"] != "TeacherEnrollment" and row["enrollment_state"] != "deleted":
            found.setdefault(int(str(row["user_id"])), set()).add(int(str(row["course_section_id"])))
    return found


def assigned(assignment: Mapping[str, object], work: Work, sections: Mapping[int, set[int]]) -> dict[int, str | None]:
    """To whom the assignment is given, and each one's due date: the latest of the matching overrides, else the base date (§2.8)."""
    overrides = [row for row in work.overrides if row["assignment_id"] == assignment["id"]]
    base = assignment["due_at"]
    given: dict[int, str | None] = {}
    for user, places in sections.items():
        hits = [row for row in overrides if _matches(row, user, places, work)]
        dues = [row.get("due_at", base) for row in hits if not row["unassign_item"]]
        if dues:
            given[user] = None if None in dues else max(str(due) for due in dues)
        elif not hits and not assignment["only_visible_to_overrides"]:
            given[user] = str(base) if base else None
    return given


def _matches(row: Row, user: int, places: set[int], work: Work) -> bool:
    if "course_section_id" in row:
        return row["course_section_id"] in places
    students, group = row.get("student_ids"), row.get("group_id")
    if isinstance(students, list):
        return user in students
    return "course_id" in row or (isinstance(group, int) and user in work.group_members.get(group, ()))


def _submission(room: Room, desk: Desk, due: str | None, special: str | None) -> Row:
    row: Row = {
        "id": room.ids.canvas("submission"),
        "assignment_id": desk.assignment["id"],
        "user_id": desk.user_id,
        **UNSUBMITTED,
        "cached_due_date": due,
    }
    digital = is_digital(desk.assignment)
    if special:
        SPECIAL[special](row, desk)
    elif (desk.due is None or desk.due < desk.now) and not desk.assignment["moderated_grading"]:
        _ordinary(room.rng, row, desk, digital)
    elif digital and room.rng.random() < 0.05:
        hand_in(row, desk.now - timedelta(hours=room.rng.randint(2, 60)), desk.assignment)
    row["missing"] = is_missing(row, digital, desk.due is not None and desk.due < desk.now)
    return row


def is_digital(assignment: Mapping[str, object]) -> bool:
    """Whether something is handed in to Canvas itself; only then can it be missing without a person saying so."""
    forms = assignment["submission_types"]
    return isinstance(forms, list) and not _DIGITAL.isdisjoint(forms)


def _ordinary(rng: Random, row: Row, desk: Desk, digital: bool) -> None:
    """What happens to most work: handed in on the evening before it is due, graded within days (about 85 of 100)."""
    due = desk.due or desk.now - timedelta(days=9)
    dice = rng.random()
    if dice < 0.02:
        excuse(row, desk.when(due + timedelta(hours=rng.randint(9, 60))))
    elif dice < 0.05:
        return
    else:
        late = digital and 0.9 < dice < 0.95
        handed = desk.when(due + timedelta(hours=rng.randint(4, 40) if late else -rng.randint(1, 30)))
        if digital:
            hand_in(row, handed, desk.assignment, late)
        if dice > 0.15 and (desk.now - due > _FRESH or rng.random() < 0.4):
            _graded(rng, row, desk, handed, late)


def _graded(rng: Random, row: Row, desk: Desk, handed: datetime, late: bool) -> None:
    points = desk.points
    dice = rng.random()
    share = min(1.0, max(0.2, rng.gauss(desk.ability, 0.09)))
    score = round(points * share * 2) / 2 if points > 12 else float(round(points * share))
    if dice < 0.015:
        score = 0.0
    elif dice < 0.03:
        score = points + 1
    elif dice < 0.06:
        score = round(points * share, 2)
    enter(row, score, desk.when(handed + timedelta(hours=rng.randint(3, 90))), desk.assignment, deduct=round(points * 0.1, 2) if late else 0.0)
    if dice > 0.97 and row["submitted_at"]:
        hand_in(row, desk.when(desk.now - timedelta(hours=rng.randint(1, 30))), desk.assignment, late)
