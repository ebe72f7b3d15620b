"""One target's part of the district while it is being made: its schools, terms and people, and the courses finished so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random

from include.sandbox.coursework import Room, Row, Work
from include.sandbox.grading import grade_all
from include.sandbox.ids import Ids
from include.sandbox.names import SCHOOLS, person
from include.sandbox.roster import Class, Roster
from include.sandbox.school_year import terms
from include.sandbox.world import Course, School, Student, Teacher, Term


@dataclass(frozen=True)
class Facts:
    """What a course is besides its people and work. The defaults are those of an ordinary one."""

    name: str
    sis_id: str | None = None
    workflow_state: str = "available"
    nightly_setting: str = "nightly_sync"


@dataclass
class Town:
    """One target's schools and everything in them."""

    target: str
    account: str
    ids: Ids
    rng: Random
    today: date
    zone: str
    schools: tuple[School, ...]
    terms: tuple[Term, Term, Term]
    students: list[Student] = field(default_factory=list)
    teachers: list[Teacher] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    foreign: dict[str, tuple[Mapping[str, object], ...]] = field(default_factory=dict)
    awkward: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def term(self) -> Term:
        """The current term."""
        return self.terms[1]

    def student(self, *, sis_id: str | None = None, user_id: int | None = None, name: tuple[str, str] | None = None) -> Student:
        """A new student; an empty `sis_id` is one whom Canvas knows without."""
        given, family = name or person(self.rng)
        number = str(user_id if user_id is not None else self.ids.canvas("user"))
        made = Student(number, self.target, self.ids.sis(self.target, "student") if sis_id is None else sis_id, given, family)
        self.students.append(made)
        return made

    def teacher(self) -> Teacher:
        """A new teacher."""
        given, family = person(self.rng)
        number = str(self.ids.canvas("user"))
        made = Teacher(number, self.target, self.ids.sis(self.target, "teacher"), f"{given} {family}", f"teacher{number}@{self.account}.example.org")
        self.teachers.append(made)
        return made

    def classes(self, name: str, count: int) -> list[Class]:
        """New sections as the SIS made them: one per period."""
        return [Class(self.ids.canvas("section"), f"{name} P{place + 1}", self.ids.sis(self.target, "section")) for place in range(count)]

    def room(self, *, term: Term | None = None, zone: str | None = None, course_id: int | None = None) -> Room:
        """A new course under construction, in the current term and the district's zone unless told otherwise; own dice."""
        number = self.ids.canvas("course") if course_id is None else course_id
        dice = Random(self.rng.getrandbits(64))
        return Room(self.ids, dice, self.target, number, zone or self.zone, term or self.term, self.today)

    def finish(self, room: Room, facts: Facts, people: Roster, work: Work) -> Course:
        """Grade the work and add the course."""
        submissions: dict[tuple[int, int], Row] = grade_all(room, work, people.enrollments)
        made = Course(
            id=str(room.course_id),
            target=self.target,
            school_id=self.schools[len(self.courses) % len(self.schools)].id,
            term_id=room.term.id,
            name=facts.name,
            sis_id=self.ids.sis(self.target, "course") if facts.sis_id is None else facts.sis_id,
            workflow_state=facts.workflow_state,
            time_zone=room.zone,
            nightly_setting=facts.nightly_setting,
            sections=people.sections,
            groups=tuple(work.groups.values()),
            assignments=tuple(work.assignments),
            overrides=tuple(work.overrides),
            enrollments=people.enrollments,
            submissions=submissions,
            group_members=work.group_members,
        )
        self.courses.append(made)
        self.awkward.update(work.cases)
        return made


def found(target: str, account: str, ids: Ids, rng: Random, today: date, zone: str) -> Town:
    """A target's schools without people or courses yet."""
    schools = tuple(School(f"{account}{place + 1}", target, name) for place, name in enumerate(SCHOOLS[target]))
    return Town(target, account, ids, rng, today, zone, schools, terms(target, account, today))
