"""The short lists that the last full reading of each course found, kept between nights in the listed mode (docs/operating.md, Large districts).

Where they are is the shelf's (`shelf.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from include.canvas.parse import text
from include.canvas.rows import Assignment, Enrollment, Group, Section

VERSION = 3  # another one is not read: the course is read fully and kept anew


class Student(msgspec.Struct, frozen=True):
    """A student as the roster had him: his SIS id in Canvas, and his seats (section, type, state)."""

    sis_user_id: str | None
    seats: list[str]


Roster = dict[str, Student]


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """A course's short lists, as `CourseRead.rows` has them: no roster where nothing is synced.

    `made_with` tells which Canvas, `listing` what its SIS list said of the course when they were read, `given` which student then had which work, and
    `day` the district's day (a date's ordinal).
    """

    made_with: str
    listing: str
    given: str
    day: int
    version: int = VERSION
    sections: list[Section]
    groups: list[Group]
    assignments: list[Assignment]
    enrollments: list[Enrollment] = []


def students_of(roster: Sequence[Enrollment]) -> Roster:
    """The students of a roster, by Canvas id."""
    students: dict[str, list[Enrollment]] = {}
    for row in roster:
        students.setdefault(str(row.user_id), []).append(row)
    return {user: _student(rows) for user, rows in students.items()}


def sis_id_of(row: Enrollment) -> str | None:
    """The student's SIS id, where the enrollment shows one."""
    return text(row.sis_user_id)


def _student(rows: list[Enrollment]) -> Student:
    ids = map(sis_id_of, rows)
    return Student(next((each for each in ids if each), None), sorted(f"{row.course_section_id} {row.type} {row.enrollment_state}" for row in rows))
