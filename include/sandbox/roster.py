"""Who sits in which section: sections and enrolments as Canvas lists them, and the class list that the SIS has (canvas-api.md §2.4, §2.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from include.sandbox.coursework import Room, Row
from include.sandbox.names import CATEGORIES
from include.sandbox.school_year import instant
from include.sandbox.world import Category, Section, Student, Teacher

_GONE = ("inactive", "completed", "deleted")
_CATEGORIES_BY_TEACHER = frozenset({"powerschool"})
NewCategories = Callable[[Room], tuple[Category, ...]]


@dataclass(frozen=True)
class Seat:
    """One student in one section. `by_sis`: made by a SIS import; `in_class`: the SIS lists the student in that class."""

    student: Student
    section: int
    state: str = "active"
    kind: str = "StudentEnrollment"
    by_sis: bool = True
    in_class: bool = True
    in_canvas: bool = True


@dataclass(frozen=True)
class Class:
    """A section to be made. Without `sis_id` it was made by hand in Canvas; `in_sis` false: the SIS does not know it (any more)."""

    id: int
    name: str
    sis_id: str
    in_sis: bool = True
    cross_listed_from: str = ""


@dataclass(frozen=True)
class Roster:
    """A course's sections and its Canvas enrolment rows."""

    sections: tuple[Section, ...]
    enrollments: tuple[Row, ...]


def roster(room: Room, classes: Sequence[Class], seats: Sequence[Seat], teacher: Teacher, new_categories: NewCategories | None = None) -> Roster:
    """The roster with these seats. `new_categories` makes the categories of a section; the usual ones without it.

    In PowerSchool a category belongs to the teacher, so all sections of a course have the same; elsewhere each class has its own.
    """
    make = new_categories or usual_categories
    shared = make(room) if room.target in _CATEGORIES_BY_TEACHER else None
    per_class = [[seat for seat in seats if seat.section == place] for place in range(len(classes))]
    books = [() if not each.in_sis else shared or make(room) for each in classes]
    sections = tuple(_section(room, each, taken, teacher, book) for each, taken, book in zip(classes, per_class, books, strict=True))
    rows = [_enrollment(room, each, teacher) for each in classes]
    rows += [_enrollment(room, classes[seat.section], seat) for seat in sorted(seats, key=_by_name) if seat.in_canvas]
    return Roster(sections, tuple(rows))


def _by_name(seat: Seat) -> tuple[str, str, int]:
    return (seat.student.family_name, seat.student.given_name, int(seat.student.id))


def _section(room: Room, made: Class, seats: Sequence[Seat], teacher: Teacher, categories: tuple[Category, ...]) -> Section:
    in_class = [seat for seat in seats if seat.in_class and seat.state not in _GONE and seat.student.sis_id] if made.in_sis else []
    listed = [seat for seat in seats if seat.in_canvas and seat.state != "deleted" and seat.kind == "StudentEnrollment"]
    return Section(
        id=str(made.id),
        course_id=str(room.course_id),
        name=made.name,
        sis_id=made.sis_id,
        in_sis=made.in_sis,
        teacher_id=teacher.id,
        students=tuple(seat.student.id for seat in listed),
        sis_students=tuple(dict.fromkeys(seat.student.id for seat in in_class)),
        categories=categories,
        cross_listed_from=made.cross_listed_from,
    )


def usual_categories(room: Room) -> tuple[Category, ...]:
    """New categories of the usual names."""
    return tuple(Category(room.ids.sis(room.target, "category"), title) for title in CATEGORIES)


def _enrollment(room: Room, made: Class, who: Seat | Teacher) -> Row:
    if isinstance(who, Seat):
        person, kind, state, by_sis = who.student, who.kind, who.state, who.by_sis and bool(made.sis_id)
        name, sortable = f"{person.given_name} {person.family_name}", f"{person.family_name}, {person.given_name}"
        user, sis_user = int(person.id), person.sis_id or None
    else:
        kind, state, by_sis, name, user, sis_user = "TeacherEnrollment", "active", bool(made.sis_id), who.name, int(who.id), who.sis_id
        sortable = ", ".join(reversed(name.rsplit(" ", 1)))
    made_at = instant(room.term.start - timedelta(days=7), room.zone, time(8, 0))
    return {
        "id": room.ids.canvas("enrollment"),
        "type": kind,
        "role": kind,
        "enrollment_state": state,
        "user_id": user,
        "course_id": room.course_id,
        "course_section_id": made.id,
        "sis_user_id": sis_user,
        "sis_section_id": made.sis_id or None,
        "sis_import_id": 77 if by_sis else None,
        "created_at": made_at,
        "updated_at": made_at,
        "user": {"id": user, "name": name, "sortable_name": sortable, "sis_user_id": sis_user},
    }
