"""Who is in which section: from CC, or from section_enrollment; an entry that cannot be read is a gap of its section's roster (I-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from include.errors import SourceError
from include.sis.powerschool.directory import Section
from include.sis.powerschool.service import Service
from include.sis.powerschool.tables import Tables
from include.sis.powerschool.unread import Unread
from include.sis.powerschool.values import RowError, as_flag, text_of, whole

_STUDENTS_A_SECTION = 30  # a guess, only used to weigh a longer range against one more request
Roster = dict[str, int]
"""Our ID of a student → STUDENTS.DCID."""


class Rosters:
    """Rosters of one connection. `gaps` says per section what of its roster cannot be read, so that it is not known who is missing."""

    def __init__(self, service: Service, tables: Tables, unread: Unread) -> None:
        self._service, self._tables, self._unread = service, tables, unread
        self._by_number = service.options.student_id == "student_number"
        self._students: dict[str, dict[int, tuple[int, str]]] = {"id": {}, "dcid": {}}  # by that column: (DCID, our ID)
        self._read: dict[str, Roster] = {}
        self.gaps: dict[str, str] = {}

    def of(self, sections: Sequence[Section], *, afresh: bool = False) -> dict[str, Roster]:
        """Active students of the sections whose rosters can be read."""
        asked = [section for section in sections if afresh or section.name not in self._read]
        for section in asked:
            self.gaps.pop(section.name, None)
            self._read.pop(section.name, None)
        if self._service.options.roster == "tables":
            members = self._from_tables(asked)
            self._keep(asked, members, "id")
        else:
            for section in asked:
                found = self._unread.trying([section.name], partial(self._enrolled, section), None)
                if found is not None:
                    self._keep([section], [(section.name, student) for student in found], "dcid")
        return {section.name: self._read[section.name] for section in sections if section.name in self._read}

    def known_as(self, dcids: Iterable[int]) -> dict[int, str]:
        """Our IDs of these students, in whatever section they are or were."""
        if not self._by_number:
            return {dcid: str(dcid) for dcid in dcids}
        wanted = set(dcids)
        self._learn("dcid", wanted)
        return {dcid: self._students["dcid"][dcid][1] for dcid in wanted if dcid in self._students["dcid"]}

    def _keep(self, sections: Sequence[Section], members: Sequence[tuple[str, int]], key: str) -> None:
        """Note who is in these sections; a student who cannot be told is a gap."""
        lost = self._learn(key, {student for _, student in members})
        known = self._students[key]
        found: dict[str, Roster] = {section.name: {} for section in sections if section.name not in self._unread.errors}
        doubled: set[tuple[str, str]] = set()
        for name, student in members:
            if student in lost:
                self._gap(name, lost[student])
            elif student in known and name in found:
                dcid, ours = known[student]
                if found[name].setdefault(ours, dcid) != dcid:
                    doubled.add((name, ours))
        for name, ours in doubled:
            del found[name][ours]
            self._gap(name, f"two students in the section have the number {ours}")
        self._read.update(found)

    def _from_tables(self, sections: Sequence[Section]) -> list[tuple[str, int]]:
        """CC joins on IDs; a dropped class has a negative SECTIONID, which no range reaches."""
        names = {section.id: section.name for section in sections}
        gap = max(1, self._service.metadata.table_page // _STUDENTS_A_SECTION)
        read = self._tables.read("cc", "sectionid", names, gap)
        self._unread.add_all({names[number]: error for number, error in read.failed.items()})
        for number, words in read.gaps.items():
            self._gap(names[number], words)
        members = []
        for row in read.rows:
            name = names[whole(row, "sectionid")]
            try:
                members.append((name, whole(row, "studentid")))
            except RowError as error:
                self._gap(name, f"a row of the table cc cannot be read: {error}")
        return members

    def _enrolled(self, section: Section) -> set[int]:
        """STUDENTS.DCID of who is enrolled, and has not been dropped."""
        active = set()
        for one in self._service.members(f"/ws/v1/section/{section.dcid}/section_enrollment", "section_enrollments", "section_enrollment"):
            try:
                if not isinstance(one, dict):
                    raise RowError("it is not a record")
                if not as_flag(one.get("dropped", False)):
                    active.add(whole(one, "student_id"))
            except RowError as error:
                self._gap(section.name, f"an enrollment cannot be read: {error}")
        return active

    def _learn(self, key: str, numbers: set[int]) -> dict[int, str]:
        """Look students up by DCID or ID; those whose rows cannot be read, with what is wrong."""
        known = self._students[key]
        if key == "dcid" and not self._by_number:
            known.update({dcid: (dcid, str(dcid)) for dcid in numbers})
        read = self._tables.read(
            "students", key, numbers - set(known), self._service.metadata.table_page, () if self._by_number else ("student_number",)
        )
        lost = {number: _words(error) for number, error in read.problems.items()}
        for row in read.rows:
            number = whole(row, key)
            try:
                dcid = whole(row, "dcid")
                ours = text_of(row, "student_number") if self._by_number else str(dcid)
                if not ours:
                    raise RowError("student_number is missing")
                known[number] = (dcid, ours)
            except RowError as error:
                lost[number] = f"a row of the table students cannot be read: {error}"
        return lost

    def _gap(self, name: str, words: str) -> None:
        self.gaps.setdefault(name, words)


def _words(error: str | SourceError) -> str:
    return error if isinstance(error, str) else error.told
