"""What the last complete reading of each course found, kept between nights (docs/operating.md, Large districts).

Accelerated: the SUBMISSIONS rows, and what they were read with. The file carries its own time, so whatever befalls a run, the next one asks for all
that was graded since. Listed: the course's short lists. Where they lie is the shelf's (`shelf.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from include.canvas.parse import text
from include.canvas.rows import Assignment, Enrollment, Group, Section

VERSION = 2  # another one is not read: the course is read fully and kept anew


class Student(msgspec.Struct, frozen=True):
    """A student as the roster had him: his SIS id in Canvas, and his seats (section, type, state)."""

    sis_user_id: str | None
    seats: list[str]


Roster = dict[str, Student]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a course's submissions were read with. `read_at` is by Canvas's clock, before the first of them was asked for.

    `made_with` tells Canvas and the choices that shape the rows; `nights` counts towards the next full reading; `assignments` has the
    synced ones with a digest of all that Canvas tells of each, `students` the roster by Canvas id. `complete_at` is the moment up to which
    all that was written is known: readings by `graded_since` do not move it. None in a file that was kept before it was told.
    """

    read_at: datetime
    assignments: dict[str, str]
    students: Roster
    made_with: str = ""
    nights: int = 0
    version: int = VERSION
    complete_at: datetime | None = None


@dataclass(frozen=True)
class Kept:
    """A course's submissions (SUBMISSIONS) with their facts."""

    facts: Facts
    submissions: pa.Table


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
    """The student's SIS id, where the enrolment or its user shows one."""
    return text(row.sis_user_id) or (row.user and text(row.user.sis_user_id)) or None


def _student(rows: list[Enrollment]) -> Student:
    ids = map(sis_id_of, rows)
    return Student(next((each for each in ids if each), None), sorted(f"{row.course_section_id} {row.type} {row.enrollment_state}" for row in rows))


def rows_of(table: pa.Table, assignments: Collection[str], users: Collection[str]) -> pa.Table:
    """The rows of these assignments and users."""
    wanted = pc.and_(_among(table["canvas_assignment_id"], assignments), _among(table["canvas_user_id"], users))
    return table.filter(wanted)


def without(table: pa.Table, other: pa.Table) -> pa.Table:
    """The rows of `table` whose assignment and user no row of `other` has."""
    return table.filter(pc.invert(pc.is_in(_keys(table), value_set=_keys(other).combine_chunks()))) if len(other) else table


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(table["canvas_assignment_id"], table["canvas_user_id"], " ")


def _among(column: pa.ChunkedArray, values: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(list(values), pa.string()))
