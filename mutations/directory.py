"""Which section, assignment, and student an ID belongs to, over all systems: so that a victim's record names what it may affect."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.world import Course, District

_OURS = re.compile(r"(?:^|-)(8\d{5})(?:-|$)")
_ID = re.compile(r"(?i)(id|dcid|sourcedid|href)$")


@dataclass
class Marks:
    """By ID: the SIS sections, the Canvas assignments, and the SIS students that it stands for."""

    sections: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    assignments: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    students: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Reach:
    """What one record is about. Empty: all."""

    sections: frozenset[str]
    assignments: frozenset[str]
    students: frozenset[str]

    def holds(self, section: str, assignment: str, student: str) -> bool:
        """Return whether a cell belongs to the record; an assignment's own cell belongs to its records without a student."""
        return (
            (not self.sections or section in self.sections)
            and (not self.assignments or not assignment or assignment in self.assignments)
            and (not self.students or student in self.students)
        )


def marks(district: District, sis: Any) -> Marks:
    """Collect all IDs of a district, and those that its PowerSchool gave."""
    found = Marks()
    for course in district.courses:
        _course(found, course, district)
    for student in district.students:
        found.students[student.id] = found.students[student.sis_id] = {student.sis_id}
    if hasattr(sis, "books"):
        _books(found, sis.books)
    return found


def _course(found: Marks, course: Course, district: District) -> None:
    mine = {section.sis_id for section in course.sections}
    shared = (course.id, course.sis_id, course.school_id, course.term_id, f"{course.term_id}-year")
    for one in shared:
        found.sections[one] |= mine
    for section in course.sections:
        people = [one for one in district.students if one.id in (*section.students, *section.sis_students)]
        known = [section.id, section.sis_id, *(category.id for category in section.categories)]
        for one in (*known, *(name for student in people for name in (student.id, student.sis_id) if name)):
            found.sections[one] |= {section.sis_id}
        teacher = next(one for one in district.teachers if one.id == section.teacher_id)
        for one in (teacher.id, teacher.sis_id):
            found.sections[one] |= {section.sis_id}
    for row in course.assignments:
        one = str(row["id"])
        found.assignments[one] = {one}
        found.assignments[str(row["assignment_group_id"])] |= {one}
        found.sections[one] = found.sections[str(row["assignment_group_id"])] = mine
    for override in course.overrides:
        found.assignments[str(override["id"])] = {str(override["assignment_id"])}


def _books(found: Marks, books: Any) -> None:
    """PowerSchool knows sections, students and staff by several numbers."""
    for section in books.sections.values():
        alike = (section.id, section.term.dcid, section.term.school, *section.teachers)
        staff = [books.staff[user, section.term.school] for user in section.teachers if (user, section.term.school) in books.staff]
        for number in (*alike, *staff, *(one + 1000 for one in staff)):
            found.sections[str(number)] |= {str(section.dcid)}
    for category in books.categories.values():
        found.sections[str(category.id)] |= {str(dcid) for dcid, row in books.sections.items() if category.teacher in row.teachers}
    for dcid, number in books.students.items():
        found.students[str(number)] = {str(dcid)}
        found.sections[str(number)] = found.sections[str(dcid)]
    for assignment in books.assignments.values():
        for entry in assignment.entries:
            told = _OURS.search(str(entry.values.get("description", "")).rstrip("]"))
            for number in (assignment.id, entry.id):
                found.sections[str(number)] |= {str(entry.section)}
                if told:
                    found.assignments[str(number)] = {told[1]}


def reach(found: Marks, asked: Iterable[Sequence[str]], way: Iterable[Any]) -> Reach:
    """Return what the record at the end of this way is about; `asked` are the IDs of its request, in lists of which each means all of its IDs."""
    lists = [*asked, *([one] for holder in way for one in _ids(holder))]
    sections = _meant(lists, found.sections.get)
    assignments = _meant(lists, lambda one: found.assignments.get(one) or _ours(one))
    students = _meant(lists, found.students.get)
    return Reach(_narrowest(sections), _narrowest(assignments), _narrowest(students))


def _meant(lists: Iterable[Sequence[str]], of: Callable[[str], set[str] | None]) -> list[set[str]]:
    return [meant for ids in lists for meant in [set().union(*(of(one) or () for one in ids))] if meant]


def _ours(text: str) -> set[str]:
    told = _OURS.search(text) if text.startswith("gs-") else None
    return {told[1]} if told else set()


def _narrowest(candidates: list[set[str]]) -> frozenset[str]:
    if not candidates:
        return frozenset()
    common = set.intersection(*candidates)
    return frozenset(common or sorted(candidates, key=len)[0])


def _ids(holder: Any) -> Iterator[str]:
    """Yield the IDs of an object and of what it links to; lists belong to other records."""
    if not isinstance(holder, dict):
        return
    for key, value in holder.items():
        if isinstance(value, Mapping):
            yield from _ids(value)
        elif _ID.search(key) and isinstance(value, str | int):
            yield str(value)
