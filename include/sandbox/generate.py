"""Makes the sandbox's district from a seed: five targets with two schools each, courses, people, work and grades.

The same seed, size and day give the same district, to the last id. Most courses look like a school's; the last ones of every target
collect the awkward cases (`odd_courses.py`), findable through `District.awkward`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from include.errors import ConfigError
from include.sandbox.coursework import Work, ordinary
from include.sandbox.ids import Ids
from include.sandbox.names import SUBJECTS, Subject
from include.sandbox.odd_courses import PLAIN, odd_courses
from include.sandbox.roster import Seat, roster
from include.sandbox.town import Facts, Town, found
from include.sandbox.world import TARGETS, District, Student

ACCOUNTS = {"genesis": "11", "synergy": "12", "schooltool": "13", "infinite_campus": "14", "powerschool": "15"}
TODAY = date(2026, 11, 13)
ZONE, OTHER_ZONE = "America/New_York", "America/Chicago"


@dataclass(frozen=True)
class Size:
    """How much of everything one target has: courses, sections of each, students in a course, assignments in a course.

    One of the courses is that of the awkward assignments; the small courses in other states come on top.
    """

    courses: int
    sections: int
    students: int
    assignments: int


SIZES = {"small": Size(2, 2, 16, 12), "demo": Size(8, 3, 60, 14), "large": Size(40, 3, 90, 20)}


def generate(seed: int = 7, size: str | Size = "demo", today: date = TODAY, targets: Sequence[str] = TARGETS) -> District:
    """The district of this seed and size (small, demo, large, or a `Size` of one's own) as it stands on that day; of these targets alone."""
    if isinstance(size, str) and size not in SIZES:
        raise ConfigError(f"sandbox size {size!r} does not exist; allowed: {', '.join(SIZES)}")
    measure = SIZES[size] if isinstance(size, str) else size
    ids = Ids(Random(seed))
    towns = [_town(seed, target, ids, measure, today) for target in targets]
    return District(
        seed=seed,
        today=today,
        time_zone=ZONE,
        accounts=ACCOUNTS,
        schools=tuple(school for town in towns for school in town.schools),
        terms=tuple(term for town in towns for term in town.terms),
        teachers=tuple(teacher for town in towns for teacher in town.teachers),
        students=tuple(student for town in towns for student in town.students),
        courses=tuple(course for town in towns for course in town.courses),
        foreign={section: rows for town in towns for section, rows in town.foreign.items()},
        awkward={town.target: town.awkward for town in towns},
    )


def _town(seed: int, target: str, ids: Ids, size: Size, today: date) -> Town:
    place = TARGETS.index(target)
    town = found(target, ACCOUNTS[target], ids, Random(seed * 1_000_003 + place), today, ZONE)
    pool = [town.student() for _ in range(max(PLAIN, size.students, size.students * (size.courses - 1) // 5))]
    for number in range(size.courses - 1):
        _course(town, SUBJECTS[(number + place) % len(SUBJECTS)], number, size, pool)
    odd_courses(town, pool)
    return town


def _course(town: Town, subject: Subject, number: int, size: Size, pool: Sequence[Student]) -> None:
    """An ordinary course; a target's second one lies in another time zone."""
    room, work = town.room(zone=OTHER_ZONE if number == 1 else ZONE), Work()
    name = subject.name if number < len(SUBJECTS) else f"{subject.name} ({number + 1})"
    seats = [Seat(student, place % size.sections) for place, student in enumerate(room.rng.sample(pool, size.students))]
    people = roster(room, town.classes(name, size.sections), seats, town.teacher())
    ordinary(room, work, subject, size.assignments)
    town.finish(room, Facts(name), people, work)
