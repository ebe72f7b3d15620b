"""Two courses of two sections whose scores all differ, so that a number alone tells whose it is; and what can happen to their IDs in Canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

from include.sandbox.generate import Size, generate
from include.sandbox.world import Course, District, Section, Student

SIZE = Size(courses=3, sections=2, students=5, assignments=3)
EXAM = "A teacher's exam"
POINTS = 200.0
Place = tuple[str, str, str]
"""SIS section, name of the assignment, SIS student."""

Whose = Mapping[float, tuple[str, str, str]]
"""Number to Canvas user, assignment, and section."""

Row = Mapping[str, Any]


def first_world(target: str) -> District:
    """Canvas before the first night: two plain courses of this target, every student graded in every assignment."""
    whole = generate(size=SIZE, targets=(target,))
    plain = [course for course in whole.courses if course.name.partition(":")[0] != "Oddities"]
    numbers = count(1)
    return replace(whole, courses=tuple(_graded(_named(course), numbers) for course in plain), foreign={})


def in_the_sis(world: District) -> District:
    """The same as the SIS has it: a teacher's own exam in every section, and in each class a student whom Canvas does not know."""
    spare = spare_student(world).id
    exam = {"name": EXAM, "due_date": "2026-10-01", "points_possible": 10.0, "category_id": ""}

    def known(section: Section) -> Section:
        return replace(section, sis_students=(*section.sis_students, spare))

    foreign = {section.sis_id: ({**exam, "category_id": section.categories[0].id},) for section in sections(world)}
    courses = tuple(replace(course, sections=tuple(map(known, course.sections))) for course in world.courses)
    return replace(world, courses=courses, foreign=foreign)


def spare_student(world: District) -> Student:
    """A student of the SIS who is in no Canvas course."""
    there = {student for section in sections(world) for student in section.students}
    return next(one for one in world.students if one.id not in there and one.sis_id)


def sections(world: District) -> Iterator[Section]:
    """All sections, course by course."""
    return (section for course in world.courses for section in course.sections)


def with_ids(world: District, ids: Mapping[str, str]) -> District:
    """The same people under other SIS IDs (Canvas user to SIS ID)."""
    students = tuple(replace(one, sis_id=ids.get(one.id, one.sis_id)) for one in world.students)

    def row(enrollment: Row) -> Row:
        new = ids.get(str(enrollment["user_id"]))
        return enrollment if new is None else {**enrollment, "sis_user_id": new, "user": {**enrollment["user"], "sis_user_id": new}}

    return replace(world, students=students, courses=tuple(_with_rows(course, row) for course in world.courses))


def with_section_ids(world: District, ids: Mapping[str, str]) -> District:
    """The same sections under other SIS IDs (Canvas section to SIS ID)."""

    def row(enrollment: Row) -> Row:
        new = ids.get(str(enrollment["course_section_id"]))
        return enrollment if new is None else {**enrollment, "sis_section_id": new}

    def course(one: Course) -> Course:
        return replace(_with_rows(one, row), sections=tuple(replace(s, sis_id=ids.get(s.id, s.sis_id)) for s in one.sections))

    return replace(world, courses=tuple(map(course, world.courses)))


def succeeded(world: District, user: str, heir: str) -> District:
    """A new Canvas user takes over the SIS ID and the seats of one who left; the scores of the one who left are gone, the new one has others."""
    gone = next(one for one in world.students if one.id == user)
    students = (*(replace(one, sis_id="") if one.id == user else one for one in world.students), replace(gone, id=heir, given_name="New"))
    numbers = count(501)

    def course(one: Course) -> Course:
        taken = _with_rows(one, lambda row: _seat_of(row, user, heir))
        seats = tuple(replace(s, students=tuple(heir if x == user else x for x in s.students)) for s in one.sections)
        rows = {key: row for key, row in one.submissions.items() if str(key[1]) != user}
        theirs = {key: row for key, row in list(one.submissions.items())[:-1] if str(key[1]) == user}  # one of them has no score yet
        new = {
            (key[0], int(heir)): _score({**row, "user_id": int(heir), "id": int(str(row["id"])) + 900_000}, next(numbers))
            for key, row in theirs.items()
        }
        return replace(taken, sections=seats, submissions={**rows, **new})

    return replace(world, students=students, courses=tuple(map(course, world.courses)))


def cross_listed(world: District) -> District:
    """The second section of the first course is in the second course now; its students are graded there."""
    one, two = world.courses
    moved, numbers = one.sections[1], count(601)
    mine = [row for row in one.enrollments if str(row["course_section_id"]) == moved.id]
    rows = tuple({**row, "course_id": int(two.id)} for row in mine)
    new: dict[tuple[int, int], Row] = {}
    pattern = next(iter(two.submissions.values()))
    for assignment in two.assignments:
        for student in moved.students:
            key = (int(str(assignment["id"])), int(student))
            if key not in two.submissions:
                number = next(numbers)
                new[key] = _score({**pattern, "id": 4_990_000 + number, "assignment_id": key[0], "user_id": key[1]}, number)
    here = replace(moved, course_id=two.id, cross_listed_from=one.id)
    left = replace(one, sections=one.sections[:1], enrollments=tuple(row for row in one.enrollments if row not in mine))
    joined = replace(two, sections=(*two.sections, here), enrollments=(*two.enrollments, *rows), submissions={**two.submissions, **new})
    return replace(world, courses=(left, joined))


def graded_again(world: District) -> District:
    """Every score of every course's first assignment is half a point higher: every section is written to."""

    def course(one: Course) -> Course:
        first = one.assignments[0]["id"]
        again = {key: _score(row, float(str(row["score"])) + 0.5) for key, row in one.submissions.items() if key[0] == first}
        return replace(one, submissions={**one.submissions, **again})

    return replace(world, courses=tuple(map(course, world.courses)))


@dataclass(frozen=True)
class Truth:
    """What Canvas says: where every score belongs, and whose every number is."""

    world: District

    @cached_property
    def ids(self) -> dict[str, str]:
        """Canvas user to SIS ID, of those who are in a course."""
        there = {student for section in sections(self.world) for student in section.students}
        return {one.id: one.sis_id for one in self.world.students if one.id in there}

    @cached_property
    def users(self) -> dict[str, set[str]]:
        """SIS ID to Canvas users."""
        found: dict[str, set[str]] = {}
        for user, sis_id in self.ids.items():
            found.setdefault(sis_id, set()).add(user)
        return found

    @cached_property
    def wanted(self) -> dict[Place, float]:
        """Every score in its place; none where two users have one SIS ID, or two sections."""
        ids = [section.sis_id for section in sections(self.world)]
        found = {}
        for course in self.world.courses:
            for section in course.sections:
                for assignment, user, number in self._scores(course, section):
                    place = (section.sis_id, str(assignment["name"]), self.ids[user])
                    if all(place) and ids.count(section.sis_id) == 1 and len(self.users[place[2]]) == 1:
                        found[place] = number
        return found

    @cached_property
    def whose(self) -> Whose:
        """Whose every number is."""
        return {
            number: (user, str(assignment["id"]), section.id)
            for course in self.world.courses
            for section in course.sections
            for assignment, user, number in self._scores(course, section)
        }

    @staticmethod
    def _scores(course: Course, section: Section) -> Iterator[tuple[Row, str, float]]:
        for assignment in course.assignments:
            for user in section.students:
                row = course.submissions.get((int(str(assignment["id"])), int(user)), {})
                if row.get("score") is not None:
                    yield assignment, user, float(str(row["score"]))


def _named(course: Course) -> Course:
    rows = [{**row, "name": f"{course.name} task {number}", "points_possible": POINTS} for number, row in enumerate(course.assignments, 1)]
    return replace(course, assignments=tuple(rows))


def _graded(course: Course, numbers: Iterator[int]) -> Course:
    return replace(course, submissions={key: _score(row, next(numbers)) for key, row in sorted(course.submissions.items())})


def _score(row: Row, number: float) -> dict[str, object]:
    text = f"{number:g}"
    told = {"score": float(number), "entered_score": float(number), "grade": text, "entered_grade": text, "workflow_state": "graded"}
    return {**row, **told, "excused": False, "late": False, "missing": False, "seconds_late": 0, "graded_at": "2026-11-10T19:59:59Z"}


def _with_rows(course: Course, change: Callable[[Row], Row]) -> Course:
    return replace(course, enrollments=tuple(map(change, course.enrollments)))


def _seat_of(row: Row, user: str, heir: str) -> Row:
    if str(row["user_id"]) != user:
        return row
    return {**row, **_of(row, heir), "user": {**row["user"], "id": int(heir), "name": "New Student"}}


def _of(row: Row, heir: str) -> dict[str, int]:
    """Another row, of this user."""
    return {"id": int(str(row["id"])) + 900_000, "user_id": int(heir)}
