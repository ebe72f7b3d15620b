"""What the PowerSchool sandbox holds: terms, sections, staff, rosters, categories, assignments and scores.

Every record has PowerSchool's several ids, kept apart on purpose (powerschool-xte.md §4): using ID where DCID is meant finds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class School:
    """A SCHOOLS row. Tables refer to it by its number, /ws/v1 by its DCID."""

    dcid: int
    number: int
    name: str


@dataclass(slots=True)
class Term:
    """A TERMS row: one per school, of which it has the number. `id` is yearid * 100 + n."""

    dcid: int
    id: int
    yearid: int
    school: int
    name: str
    start: date
    end: date
    locked: bool = False


@dataclass(slots=True)
class Section:
    """A SECTIONS row. `teachers` are USERS.DCID, the lead first."""

    dcid: int
    id: int
    title: str
    term: Term
    teachers: list[int]


@dataclass(slots=True)
class Enrolment:
    """A CC row: one student in one section."""

    dcid: int
    section: Section
    student: int
    start: date
    end: date
    dropped: bool = False


@dataclass(slots=True)
class Category:
    """A teacher's category; `district` is the district category that it is a copy of; `excluded` are sections that hide it."""

    id: int
    teacher: int
    name: str
    active: bool = True
    district: int | None = None
    excluded: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Entry:
    """An assignment in one section (assignmentsection). `students` empty means everyone."""

    id: int
    section: int
    values: dict[str, Any]
    categories: list[dict[str, Any]]
    students: set[int] = field(default_factory=set)
    locked: bool = False
    scores: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Assignment:
    """An assignment with one entry per section. `plugin` is None where a person made it."""

    id: int
    plugin: str | None
    teacher: int
    entries: list[Entry]


@dataclass(slots=True)
class Books:
    """All of it, with the indexes that the servers need."""

    schools: dict[int, School] = field(default_factory=dict)  # by number
    terms: list[Term] = field(default_factory=list)
    sections: dict[int, Section] = field(default_factory=dict)  # by DCID
    users: dict[int, str] = field(default_factory=dict)  # USERS.DCID -> e-mail
    staff: dict[tuple[int, int], int] = field(default_factory=dict)  # (USERS.DCID, school) -> SCHOOLSTAFF.ID
    students: dict[int, int] = field(default_factory=dict)  # DCID -> ID
    enrolments: dict[int, list[Enrolment]] = field(default_factory=lambda: defaultdict(list))  # by section
    categories: dict[int, Category] = field(default_factory=dict)
    assignments: dict[int, Assignment] = field(default_factory=dict)
    entries: dict[int, tuple[Assignment, Entry]] = field(default_factory=dict)
    rosters: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # section -> students who are in it now
    shelves: dict[int, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))  # section -> its entries, in order of making
    gone: set[int] = field(default_factory=set)  # entries that were deleted
    next_assignment: int = 7_000_001
    next_entry: int = 77_000_001
    next_record: int = 9_000_001

    def take_record_id(self) -> int:
        """An id for a small record (association, score, enrolment)."""
        self.next_record += 1
        return self.next_record

    def roster(self, section: int) -> set[int]:
        """DCIDs of the students who are in this section now."""
        return self.rosters.get(section, set())

    def of_section(self, section: int) -> Iterator[tuple[Assignment, Entry]]:
        """The assignments of one section."""
        return (self.entries[number] for number in self.shelves.get(section, ()))

    def enrol(self, section: Section, student: int) -> None:
        """One more student in a section."""
        self.enrolments[section.dcid].append(Enrolment(self.take_record_id(), section, student, section.term.start, section.term.end))
        self.rosters[section.dcid].add(student)

    def category_of(self, entry: Entry) -> str:
        """The name of the entry's primary category; empty without one."""
        for association in entry.categories:
            if association["isprimary"] and association["teachercategoryid"] in self.categories:
                return self.categories[association["teachercategoryid"]].name
        return ""

    def teaches(self, user: int, section: int) -> bool:
        """Whether this person may edit this section's gradebook."""
        return section in self.sections and user in self.sections[section].teachers
