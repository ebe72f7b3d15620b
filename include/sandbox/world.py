"""The sandbox's district as plain data: what its schools, people, courses and gradebooks are, whoever serves them.

`generate.py` makes one from a seed; the Canvas, OneRoster and PowerSchool servers each show their side of it. All ids are text of digits
or, for SIS ids, whatever the SIS in question uses. Everything here is immutable; what changes lives in the servers' stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

TARGETS = ("genesis", "synergy", "schooltool", "infinite_campus", "powerschool")


@dataclass(frozen=True, slots=True)
class School:
    """A school: one Canvas sub-account below its target's, one org in the SIS."""

    id: str
    target: str
    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """A school year's term; `end` is its last day. `yearid` as PowerSchool counts (2026-27 is 36)."""

    id: str
    target: str
    name: str
    start: date
    end: date
    yearid: int


@dataclass(frozen=True, slots=True)
class Teacher:
    """A teacher; `sis_id` is the SIS's id of the person (PowerSchool: USERS.DCID)."""

    id: str
    target: str
    sis_id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Student:
    """A student; `sis_id` is what Canvas holds as SIS user id (empty: none) and the SIS as its id (PowerSchool: STUDENTS.DCID)."""

    id: str
    target: str
    sis_id: str
    given_name: str
    family_name: str


@dataclass(frozen=True, slots=True)
class Category:
    """A gradebook category of one SIS section. `state` is active, hidden or deleted."""

    id: str
    title: str
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Section:
    """A section; `sis_id` is empty for one that was made by hand in Canvas, `in_sis` false for one that the SIS has forgotten.

    `students` are those whom Canvas lists (Student.id), `sis_students` those whom the SIS lists (mostly the same).
    """

    id: str
    course_id: str
    name: str
    sis_id: str
    in_sis: bool
    teacher_id: str
    students: tuple[str, ...]
    sis_students: tuple[str, ...]
    categories: tuple[Category, ...]
    cross_listed_from: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A course with everything that Canvas holds for it, in Canvas's own JSON shapes where it has them.

    `assignments`, `overrides` and `groups` are Canvas REST rows (canvas-api.md §2.6 to 2.8, ids as integers);
    `submissions` are Canvas REST rows (§2.9) by (assignment id, user id). `enrollments` are Canvas REST rows (§2.5).
    A module's override carries `context_module_id` beside the assignment that lies in the module. `group_members` are the
    user ids of each student group that an override or a group assignment speaks of.
    """

    id: str
    target: str
    school_id: str
    term_id: str
    name: str
    sis_id: str
    workflow_state: str
    time_zone: str
    nightly_setting: str
    sections: tuple[Section, ...]
    groups: tuple[Mapping[str, object], ...]
    assignments: tuple[Mapping[str, object], ...]
    overrides: tuple[Mapping[str, object], ...]
    enrollments: tuple[Mapping[str, object], ...]
    submissions: Mapping[tuple[int, int], Mapping[str, object]]
    group_members: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class District:
    """All of it. `today` is the sandbox's clock; `foreign` are SIS assignments that a person made by hand in a SIS section.

    `foreign` maps SIS section id to rows with name, due_date (YYYY-MM-DD), points_possible, category_id.
    `accounts` maps target to the Canvas account id below which its schools' courses lie; the root account is "1".
    `awkward` finds the special cases: target, then the case's label, to the ids of the things that show it.
    """

    seed: int
    today: date
    time_zone: str
    accounts: Mapping[str, str]
    schools: tuple[School, ...]
    terms: tuple[Term, ...]
    teachers: tuple[Teacher, ...]
    students: tuple[Student, ...]
    courses: tuple[Course, ...]
    foreign: Mapping[str, tuple[Mapping[str, object], ...]] = field(default_factory=dict)
    awkward: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
