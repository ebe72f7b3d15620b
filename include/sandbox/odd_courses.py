"""The courses that collect what is awkward: assignments of every kind, people of every kind, and courses in every state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from include.sandbox.awkward import awkward, note, odd_categories
from include.sandbox.coursework import Room, Work, assign, ordinary
from include.sandbox.differentiated import Divided, differentiated
from include.sandbox.names import SUBJECTS, TITLES
from include.sandbox.roster import Class, Roster, Seat, roster
from include.sandbox.town import Facts, Town
from include.sandbox.world import Student

PLAIN = 16


def odd_courses(town: Town, pool: Sequence[Student]) -> None:
    """All of them for one target."""
    _odd_work(town, pool)
    _odd_people(town, pool)
    _odd_states(town, pool)


def _odd_work(town: Town, pool: Sequence[Student]) -> None:
    """Two ordinary sections of ordinary students, and every awkward assignment."""
    name = "Oddities: Assignments"
    room, work = town.room(), Work()
    classes = town.classes(name, 2)
    people = roster(room, classes, [Seat(student, place % 2) for place, student in enumerate(pool[:PLAIN])], town.teacher(), odd_categories)
    work.plain_students = tuple(int(student.id) for student in pool[:PLAIN])
    work.cases["categories_awkward"] = tuple(category.id for category in people.sections[0].categories[4:])
    ordinary(room, work, SUBJECTS[0], 4)
    awkward(room, work, {classes[0].sis_id: people.sections[0].categories[1].id})
    differentiated(room, work, Divided(people.sections, work.plain_students))
    work.cases["course_odd_assignments"] = (str(room.course_id),)
    town.finish(room, Facts(_title(town, name)), people, work)
    for section in people.sections:
        town.foreign[section.sis_id] = (
            _foreign("Chapter 4 Review", room.today - timedelta(days=3), section.categories[0].id),
            _foreign("Participation", room.today - timedelta(days=20), section.categories[0].id),
        )


def _foreign(name: str, due: date, category_id: str) -> dict[str, object]:
    return {"name": name, "due_date": due.isoformat(), "points_possible": 10.0, "category_id": category_id}


def _odd_people(town: Town, pool: Sequence[Student]) -> None:
    """Ordinary work, and every kind of section and enrolment. One section was cross-listed from a course that is now empty."""
    name = "Oddities: People"
    origin, room, work = town.room(), town.room(), Work()
    plain = town.classes(name, 2)
    guest = Class(town.ids.canvas("section"), "Guest class P1", town.ids.sis(town.target, "section"), cross_listed_from=str(origin.course_id))
    forgotten = Class(town.ids.canvas("section"), f"{name} P4", town.ids.sis(town.target, "section"), in_sis=False)
    by_hand = Class(town.ids.huge("section"), "Make-up group", "", in_sis=False)
    classes = [*plain, guest, forgotten, by_hand]
    seats = [Seat(student, place % 2) for place, student in enumerate(pool[:8])]
    seats += [Seat(student, 2 + place // 2) for place, student in enumerate(pool[8:14])]
    seats += _odd_seats(town, pool, work)
    people = roster(room, classes, seats, town.teacher())
    ordinary(room, work, SUBJECTS[1], 5)
    for label, made in (("section_cross_listed", guest), ("section_unknown", forgotten), ("section_by_hand", by_hand)):
        work.cases[label] = (str(made.id),)
    work.cases["course_odd_people"] = (str(room.course_id),)
    town.finish(room, Facts(_title(town, name)), people, work)
    _finish_small(town, origin, "course_no_students", "Emptied by cross-listing", Roster((), ()), Work())


def _odd_seats(town: Town, pool: Sequence[Student], work: Work) -> list[Seat]:
    """One seat (or two) of every kind, each student noted under a label."""
    new = town.student
    seats = {
        "student_two_sections": [Seat(pool[0], 1)],
        "student_test": [Seat(new(sis_id="", name=("Test", "Student")), 0, kind="StudentViewEnrollment", by_sis=False, in_class=False)],
        "student_invited": [Seat(new(), 0, state="invited")],
        "student_inactive": [Seat(new(), 0, state="inactive")],
        "student_completed": [Seat(new(), 0, state="completed")],
        "student_deleted": [Seat(new(), 0, state="deleted")],
        "student_no_sis_id": [Seat(new(sis_id=""), 0, by_sis=False, in_class=False)],
        "student_unknown": [Seat(new(), 1, in_class=False)],
        "student_sis_only": [Seat(new(), 1, in_canvas=False)],
        "student_added_by_hand": [Seat(new(), 1, by_sis=False)],
        "student_moved": [Seat(mover := new(), 0, state="deleted"), Seat(mover, 1)],
        "student_ended_in_one": [Seat(ender := new(), 0, state="completed"), Seat(ender, 1)],
        "student_global_id": [Seat(new(user_id=town.ids.abroad("user")), 1)],
        "student_huge_id": [Seat(new(user_id=town.ids.huge("user")), 0)],
    }
    work.cases.update({label: (taken[0].student.id,) for label, taken in seats.items()})
    return [seat for taken in seats.values() for seat in taken]


def _odd_states(town: Town, pool: Sequence[Student]) -> None:
    """Small courses, each in another state."""
    before, _, after = town.terms
    for label, name, room, facts in (
        ("course_unpublished", "Not yet published", town.room(), {"workflow_state": "unpublished"}),
        ("course_concluded", "Concluded", town.room(term=before), {"workflow_state": "completed"}),
        ("course_deleted", "Deleted", town.room(), {"workflow_state": "deleted"}),
        ("course_next_term", "Next term", town.room(term=after), {}),
        ("course_no_sis_id", "Without SIS id", town.room(), {"sis_id": ""}),
        ("course_nightly_off", "Nightly off", town.room(), {"nightly_setting": "disabled"}),
        ("course_empty", "No assignments", town.room(), {}),
    ):
        work = Work()
        people = roster(room, town.classes(name, 1), [Seat(student, 0) for student in pool[:3]], town.teacher())
        work.plain_students = tuple(int(student.id) for student in pool[:3])
        if label != "course_empty":
            _two(room, work)
        _finish_small(town, room, label, name, people, work, **facts)


def _two(room: Room, work: Work) -> None:
    """Two assignments inside the course's own term, graded even where that has not begun (R-15)."""
    inside = room.term.start <= room.today <= room.term.end
    day = room.today - timedelta(days=6) if inside else room.term.start + (room.term.end - room.term.start) / 2
    for name, points, group_name in (("First paper", 10.0, "Homework"), ("Second paper", 20.0, "Tests")):
        row = assign(room, work, name, points, day, group_name=group_name)
        if room.term.start > room.today:
            note(work, "graded_early", row)


def _finish_small(town: Town, room: Room, label: str, name: str, people: Roster, work: Work, **facts: str) -> None:
    work.cases[label] = (str(room.course_id),)
    town.finish(room, Facts(_title(town, f"Oddities: {name}"), **facts), people, work)


def _title(town: Town, name: str) -> str:
    return f"{name} ({TITLES[town.target]})"
