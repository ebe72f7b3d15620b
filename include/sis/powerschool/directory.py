"""Who and where: sections with their term and teacher, and the several ids of each (powerschool-xte.md §4, §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from include.errors import SourceError
from include.sis.powerschool.service import Service
from include.sis.powerschool.tables import Cells, Tables
from include.sis.powerschool.unread import Unread
from include.sis.powerschool.values import RowError, day_of, maybe_whole, positive, text_of, whole

Term = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `name` is the id that the rest of the product knows it by; `teacher` is USERS.DCID, None where nobody teaches it.

    `school` is SECTIONS.SCHOOLID, which is a school's number; the /ws/v1 lists have its DCID instead, so the two are never compared.
    """

    name: str
    dcid: int
    id: int
    term_id: int
    school: str
    term_start: str | None = None
    term_end: str | None = None
    teacher: int | None = None

    @property
    def year_id(self) -> int:
        """TERMS.ID is yearid * 100 + n."""
        return self.term_id // 100


class Directory:
    """Looks sections and teachers up, and remembers them for the life of the client. `unread` are those that cannot be read."""

    def __init__(self, service: Service, tables: Tables) -> None:
        self._service, self._options, self._tables = service, service.options, tables
        self._sections: dict[str, Section] = {}
        self._terms: dict[tuple[str, int], Term] = {}
        self.unread = Unread()

    def sections(self, names: Sequence[str], *, afresh: bool = False) -> dict[str, Section]:
        """The sections that PowerSchool knows and that can be read, by our name for them; term dates are not filled in."""
        asked = [name for name in dict.fromkeys(names) if afresh or name not in self._sections]
        for name in names:
            self.unread.errors.pop(name, None)
        for name in asked:
            self._sections.pop(name, None)
        self._sections.update(self._with_teachers(self._look_up(asked)))
        return {name: self._sections[name] for name in names if name in self._sections}

    def section(self, name: str) -> Section | None:
        """One section; None when PowerSchool does not know it. SourceError when it cannot be read."""
        found = self.sections([name]).get(name)
        if found is None and name in self.unread.errors:
            raise self.unread.errors[name]
        return found

    def with_terms(self, sections: Iterable[Section]) -> list[Section]:
        """The same with the dates of their terms: one request for all sections of a school's term."""
        dated = []
        for section in sections:
            found = self.unread.trying([section.name], partial(self._term, section), None)
            if found is not None:
                dated.append(replace(section, term_start=found[0], term_end=found[1]))
        return dated

    def teacher_again(self, name: str) -> Section | None:
        """The section with its teacher looked up afresh: somebody else may teach it now."""
        return self.sections([name], afresh=True).get(name)

    def _look_up(self, asked: Sequence[str]) -> dict[str, Section]:
        numbers = {number: name for name in asked if (number := _number(name)) is not None}
        key = self._options.section_id
        read = self._tables.read("sections", key, numbers, self._service.metadata.table_page)
        found: dict[str, Section] = {}
        for row in read.rows:
            name = numbers[whole(row, key)]
            try:
                section = Section(name, whole(row, "dcid"), whole(row, "id"), whole(row, "termid"), text_of(row, "schoolid"))
            except RowError as error:
                self.unread.add(name, f"its row of the table sections cannot be read: {error}")
                continue
            if found.setdefault(name, section) != section:
                self.unread.add(name, "PowerSchool lists two sections under this ID")
        self.unread.add_all({numbers[number]: error for number, error in read.problems.items()})
        return {name: section for name, section in found.items() if name not in self.unread.errors}

    def _with_teachers(self, sections: Mapping[str, Section]) -> dict[str, Section]:
        if not sections:
            return {}
        taught = self._teachers(list(sections.values())) if self._options.teacher == "table" else {}
        found = {}
        for name, section in sections.items():
            if name in self.unread.errors:
                continue
            users = taught.get(section.id, [])
            teacher = self.unread.trying([name], partial(self._one_teacher, section, users), None)
            if name not in self.unread.errors:
                found[name] = replace(section, teacher=teacher)
        return found

    def _teachers(self, sections: Sequence[Section]) -> dict[int, list[int]]:
        """SECTIONS.ID → USERS.DCID of all its teachers, by way of SECTIONTEACHER and SCHOOLSTAFF."""
        names, page = {section.id: section.name for section in sections}, self._service.metadata.table_page
        read = self._tables.read("sectionteacher", "sectionid", names, page)
        self.unread.add_all({names[number]: error for number, error in read.problems.items()})
        pairs = self._pairs(read.rows, names)
        staff = self._tables.read("schoolstaff", "id", {teacher for _, teacher in pairs}, page)
        lost = staff.problems
        users: dict[int, int] = {}
        for row in staff.rows:
            try:
                users[whole(row, "id")] = positive(row, "users_dcid")
            except RowError as error:
                lost[whole(row, "id")] = f"the row of its teacher in the table schoolstaff cannot be read: {error}"
        taught: dict[int, list[int]] = defaultdict(list)
        for section, teacher in pairs:
            if teacher in lost:
                self.unread.add(names[section], lost[teacher])
            elif teacher in users:
                taught[section].append(users[teacher])
        return taught

    def _pairs(self, rows: Sequence[Cells], names: Mapping[int, str]) -> list[tuple[int, int]]:
        """(SECTIONS.ID, SCHOOLSTAFF.ID); a row without a teacher that can be read takes its section out."""
        pairs = []
        for row in rows:
            section = whole(row, "sectionid")
            try:
                pairs.append((section, whole(row, "teacherid")))
            except RowError as error:
                self.unread.add(names[section], f"a row of the table sectionteacher cannot be read: {error}")
        return pairs

    def _one_teacher(self, section: Section, users: Sequence[int]) -> int | None:
        """Of several teachers the lead: each has their own categories, so it must always be the same one."""
        if len(set(users)) == 1:
            return users[0]
        lead = self._lead(section.dcid)
        return lead if lead is not None or not users else min(users)

    def _lead(self, dcid: int) -> int | None:
        staff = maybe_whole(self._one(f"/ws/v1/section/{dcid}", "section"), "staff_id")
        record = self._one(f"/ws/v1/staff/{staff}", "staff") if staff is not None else {}
        return positive(record, "users_dcid") if maybe_whole(record, "users_dcid") is not None else None

    def _term(self, section: Section) -> Term:
        """The dates of a section's term. Without a school's number the section is asked for alone: two schools can have one TERMS.ID."""
        key = (section.school or f"section {section.dcid}", section.term_id)
        if key not in self._terms:
            self._terms[key] = self._term_dates(section.dcid)
        return self._terms[key]

    def _term_dates(self, dcid: int) -> Term:
        told = self._one(f"/ws/v1/section/{dcid}", "section", {"expansions": "term"})
        term = told.get("term")
        if not isinstance(term, dict) or "start_date" not in term:
            number = maybe_whole(told, "term_id")  # TERMS.DCID here, and not TERMS.ID
            term = self._one(f"/ws/v1/term/{number}", "term") if number is not None else {}
        return day_of(term, "start_date"), day_of(term, "end_date")

    def _one(self, path: str, name: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """One record of /ws/v1, with or without its name around it; an empty one where there is none."""
        body = self._service.read(path, params)
        found = body.get(name, body) if isinstance(body, dict) else body
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise SourceError(f"connection {self._service.connection.id}: GET {path} did not return a {name}")
        return found


def _number(name: str) -> int | None:
    """The number that an ID is, compared without outer spaces (R-24); None for one that is no number of PowerSchool."""
    text = name.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 and str(int(text)) == text else None
