"""What stands in PowerSchool, as frames: sections, rosters, categories, assignments, scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from include.errors import SourceError
from include.gradebook import schemas
from include.sis.contract import SectionsRead
from include.sis.powerschool import rows
from include.sis.powerschool.bodies import split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.identity import identities
from include.sis.powerschool.narrowing import narrow
from include.sis.powerschool.rosters import Rosters
from include.sis.powerschool.service import Service, TeacherError
from include.sis.powerschool.tables import Tables
from include.sis.powerschool.values import RowError, entries, whole

_SECTIONS_A_REQUEST = 100  # keeps the address short
_SCORES_AN_ASSIGNMENT = 30  # a guess, only used to weigh a longer range against one more request


class Reader:
    """The four reads of the contract. A section that cannot be read is left out, and raised when the others have been read (I-7)."""

    def __init__(self, service: Service, tables: Tables, directory: Directory, rosters: Rosters) -> None:
        self._service, self._tables, self._directory, self._rosters = service, tables, directory, rosters

    def sections(self, names: Sequence[str]) -> SectionsRead:
        """Terms, rosters and categories, all read afresh."""
        unread = self._directory.unread
        found = self._directory.with_terms(self._directory.sections(names, afresh=True).values())
        rosters = self._rosters.of(found, afresh=True)
        gaps: dict[str, str] = {}
        categories = list(self._categories(found, gaps))
        unread.raise_any(names)
        known = {section.name: section for section in found}
        return SectionsRead(
            schemas.SIS_SECTIONS.of([rows.section_row(name, known.get(name)) for name in dict.fromkeys(names)]),
            schemas.SIS_STUDENTS.of(
                [{"sis_section_id": name, "sis_student_id": student} for name, roster in rosters.items() for student in sorted(roster)]
            ),
            schemas.SIS_CATEGORIES.of(categories),
            {name: self._rosters.gaps[name] for name in names if name in self._rosters.gaps},
            gaps,
        )

    def _categories(self, sections: Sequence[Section], gaps: dict[str, str]) -> Iterator[rows.Row]:
        """The categories of these sections; `gaps` takes what is wrong with those that cannot be read."""
        trying = self._directory.unread.trying
        by_teacher: dict[tuple[int, int], list[Section]] = defaultdict(list)
        for section in sections:
            if section.teacher is not None:
                by_teacher[section.teacher, section.year_id].append(section)
        for (teacher, year), taught in by_teacher.items():
            params = {"users_dcid": str(teacher), "year_id": str(year)}
            of_all = [section.name for section in taught]
            listed: list[Any] = trying(of_all, partial(self._listed, "/ws/xte/teacher_category", params), [])
            for section in taught:
                nothing: tuple[list[rows.Row], str] = ([], "")
                found, wrong = trying([section.name], partial(rows.category_rows, section, listed), nothing)
                yield from found
                if wrong:
                    gaps[section.name] = wrong

    def _listed(self, path: str, params: dict[str, str]) -> list[Any]:
        """The members of a list without pages, readable or not."""
        try:
            return entries(self._service.read(path, params))
        except RowError as error:
            raise SourceError(f"connection {self._service.connection.id}: GET {path} cannot be read: {error}") from error

    def assignments(self, names: Sequence[str]) -> pd.DataFrame:
        """One request per teacher: XTE lists take many sections and have no pages. Teachers that changed meanwhile are looked up once."""
        unread = self._directory.unread
        found, moved = self._assignments(self._directory.sections(names))
        if moved:
            again, lost = self._assignments(self._directory.sections(list(moved), afresh=True))
            found += again
            unread.add_all(lost)
        unread.raise_any(names)
        frame = schemas.SIS_ASSIGNMENTS.of(found)
        return frame.drop_duplicates(list(schemas.SIS_ASSIGNMENTS.key), ignore_index=True)

    def _assignments(self, sections: dict[str, Section]) -> tuple[list[rows.Row], dict[str, TeacherError]]:
        """(rows, sections whose teacher is another one now)."""
        by_teacher: dict[int, list[Section]] = defaultdict(list)
        for section in sections.values():
            if section.teacher is not None:
                by_teacher[section.teacher].append(section)
        found: list[rows.Row] = []
        moved: dict[str, TeacherError] = {}
        for teacher, taught in by_teacher.items():
            parts = [taught[start : start + _SECTIONS_A_REQUEST] for start in range(0, len(taught), _SECTIONS_A_REQUEST)]
            read = narrow(parts, partial(self._assignments_of, teacher))
            found += read.rows
            for section, words in read.gaps.items():
                self._directory.unread.add(section.name, words)
            for section, error in read.failed.items():
                if isinstance(error, TeacherError):
                    moved[section.name] = error
                else:
                    self._directory.unread.add(section.name, error)
        return found, moved

    def _assignments_of(self, teacher: int, sections: Sequence[Section]) -> tuple[list[rows.Row], str]:
        names = {section.dcid: section.name for section in sections}
        listed = self._listed("/ws/xte/section/assignment/", {"users_dcid": str(teacher), "section_ids": ",".join(map(str, names))})
        found, broken, lost = rows.entries_in(listed, names, identities(self._service))
        for section, words in broken.items():
            self._directory.unread.add(names[section], words)
        return [entry.row(names[entry.section]) for entry in found], lost

    def scores(self, name: str, assignment_ids: Sequence[str]) -> pd.DataFrame:
        """From the table ASSIGNMENTSCORE: XTE has no read for scores (§8.2). A row without a student that can be told is passed over."""
        section = self._directory.section(name)
        asked = {pair[1]: text for text in assignment_ids if (pair := split_id(text))}
        if section is None or not asked:
            return schemas.SIS_SCORES.empty()
        gap = max(1, self._service.metadata.table_page // _SCORES_AN_ASSIGNMENT)
        read = self._tables.read("assignmentscore", "assignmentsectionid", asked, gap)
        for error in read.failed.values():
            raise error
        pairs = [(row, student) for row in read.rows if (student := _student(row)) is not None]
        known = self._rosters.known_as(student for _, student in pairs)
        found = [rows.score_row(name, asked[whole(row, "assignmentsectionid")], known[student], row) for row, student in pairs if student in known]
        frame = schemas.SIS_SCORES.of([row for row in found if row is not None])
        return frame.drop_duplicates(list(schemas.SIS_SCORES.key), keep="last", ignore_index=True)


def _student(row: dict[str, Any]) -> int | None:
    try:
        return whole(row, "studentsdcid")
    except RowError:
        return None
