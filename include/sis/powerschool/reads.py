"""What stands in PowerSchool, as frames: sections, rosters, categories, assignments, scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from include.gradebook import schemas
from include.sis.contract import SectionsRead
from include.sis.powerschool.bodies import joined_id, mark_in, primary_category, split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.service import Service, TeacherError, as_flag, as_list

_SECTIONS_A_REQUEST = 100  # keeps the address short
_SCORES_AN_ASSIGNMENT = 30  # a guess, only used to weigh a longer range against one more request
_SCORE_COLUMNS = ("assignmentscoreid", "assignmentsectionid", "studentsdcid", "actualscoreentered", "scorepoints", "isexempt", "ismissing", "islate")


class Reader:
    """The four reads of the contract."""

    def __init__(self, service: Service, directory: Directory) -> None:
        self._service, self._directory = service, directory

    def sections(self, names: Sequence[str]) -> SectionsRead:
        """Terms, rosters and categories, all read afresh."""
        found = self._directory.with_terms(self._directory.sections(names, afresh=True).values())
        rosters = self._directory.rosters(found, afresh=True)
        known = {section.name: section for section in found}
        return SectionsRead(
            schemas.SIS_SECTIONS.of([_section_row(name, known.get(name)) for name in dict.fromkeys(names)]),
            schemas.SIS_STUDENTS.of(
                [{"sis_section_id": name, "sis_student_id": student} for name, roster in rosters.items() for student in sorted(roster)]
            ),
            schemas.SIS_CATEGORIES.of(list(self._categories(found))),
        )

    def _categories(self, sections: Sequence[Section]) -> Iterator[dict[str, str]]:
        of_teacher: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for section in sections:
            if section.teacher is None:
                continue
            key = (section.teacher, section.year_id)
            if key not in of_teacher:
                params = {"users_dcid": str(key[0]), "year_id": str(key[1])}
                of_teacher[key] = as_list(self._service.read("/ws/xte/teacher_category", params))
            yield from _categories_of(section, of_teacher[key])

    def assignments(self, names: Sequence[str]) -> pd.DataFrame:
        """One request per teacher: XTE lists take many sections and have no pages. Teachers that changed meanwhile are looked up once."""
        try:
            return self._assignments(self._directory.sections(names))
        except TeacherError:
            return self._assignments(self._directory.sections(names, afresh=True))

    def _assignments(self, sections: dict[str, Section]) -> pd.DataFrame:
        by_teacher: dict[int, list[Section]] = defaultdict(list)
        for section in sections.values():
            if section.teacher is not None:
                by_teacher[section.teacher].append(section)
        rows: list[dict[str, object]] = []
        for teacher, taught in by_teacher.items():
            for start in range(0, len(taught), _SECTIONS_A_REQUEST):
                rows.extend(self._assignments_of(teacher, taught[start : start + _SECTIONS_A_REQUEST]))
        return schemas.SIS_ASSIGNMENTS.of(rows)

    def _assignments_of(self, teacher: int, sections: Sequence[Section]) -> Iterator[dict[str, object]]:
        names = {section.dcid: section.name for section in sections}
        params = {"users_dcid": str(teacher), "section_ids": ",".join(map(str, names))}
        for assignment in as_list(self._service.read("/ws/xte/section/assignment/", params)):
            ours = is_ours(assignment, self._service.metadata.plugin_id)
            for entry in as_list(assignment.get("_assignmentsections")):
                if int(entry["sectionsdcid"]) in names:
                    yield _assignment_row(names[int(entry["sectionsdcid"])], assignment, entry, ours)

    def scores(self, name: str, assignment_ids: Sequence[str]) -> pd.DataFrame:
        """From the table ASSIGNMENTSCORE: XTE has no read for scores (§8.2)."""
        section = self._directory.sections([name]).get(name)
        asked = {pair[1]: text for text in assignment_ids if (pair := split_id(text))}
        if section is None or not asked:
            return schemas.SIS_SCORES.empty()
        by_number = self._service.options.student_id == "student_number"
        students = {dcid: student for student, dcid in self._directory.rosters([section])[name].items()} if by_number else {}
        gap = max(1, self._service.metadata.table_page // _SCORES_AN_ASSIGNMENT)
        rows = self._service.rows_in("assignmentscore", _SCORE_COLUMNS, "assignmentsectionid", asked, gap)
        found = [_score_row(name, asked[int(row["assignmentsectionid"])], students, row) for row in rows]
        return schemas.SIS_SCORES.of([row for row in found if row is not None])


def is_ours(assignment: dict[str, Any], plugin_id: str) -> bool:
    """Made by this plugin. A copy that a teacher made has our mark but not our plugin's id; without a plugin id the mark must do."""
    maker = str(assignment.get("createdbyplugin") or "")
    if plugin_id:
        return maker == plugin_id
    return bool(maker) and any(mark_in(entry.get("description")) for entry in as_list(assignment.get("_assignmentsections")))


def _section_row(name: str, section: Section | None) -> dict[str, object]:
    if section is None:
        return {"sis_section_id": name, "found": False}
    told = {"sis_section_id": name, "found": True, "school_id": section.school or None}
    return told | {"term_start": section.term_start, "term_end": section.term_end}


def _categories_of(section: Section, categories: Sequence[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """This section's categories. One that is hidden here or out of use is told only where no other of its name can be used (B-6)."""
    rows = []
    for category in categories:
        excluded = {str(one.get("sectionsdcid")) for one in as_list(category.get("_teachercategorysectionexcludeassociations"))}
        state = "deleted" if not as_flag(category.get("isactive", True)) else "hidden" if str(section.dcid) in excluded else "active"
        number = category.get("teachercategoryid", category.get("id"))
        rows.append({"sis_section_id": section.name, "category_id": str(number), "title": str(category.get("name") or ""), "state": state})
    usable = {row["title"].strip().casefold() for row in rows if row["state"] == "active"}
    return (row for row in rows if row["title"] and (row["state"] == "active" or row["title"].strip().casefold() not in usable))


def _assignment_row(name: str, assignment: dict[str, Any], entry: dict[str, Any], ours: bool) -> dict[str, object]:
    return {
        "sis_section_id": name,
        "sis_assignment_id": joined_id(assignment["assignmentid"], entry["assignmentsectionid"]),
        "our_id": mark_in(entry.get("description")) if ours else None,
        "ours": ours,
        "name": str(entry.get("name") or "(no name)"),
        "due_date": str(entry["duedate"])[:10] if entry.get("duedate") else None,
        "points_possible": entry.get("totalpointvalue", entry.get("scoreentrypoints")),
        "category_id": primary_category(entry),
        "state": "active",
        "locked": as_flag(entry.get("islocked", False)),
    }


def _score_row(name: str, assignment_id: str, students: dict[int, str], row: dict[str, str]) -> dict[str, object] | None:
    """A row of the table; None where it shows nothing. What was typed comes first, for it has all decimals (A-15)."""
    score = _number(row.get("actualscoreentered"))
    score = _number(row.get("scorepoints")) if score is None else score
    flags = {ours: as_flag(row.get(theirs, "")) for ours, theirs in (("exempt", "isexempt"), ("missing", "ismissing"), ("late", "islate"))}
    if score is None and not any(flags.values()):
        return None
    dcid = int(row["studentsdcid"])
    return {
        "sis_section_id": name,
        "sis_assignment_id": assignment_id,
        "sis_student_id": students.get(dcid, str(dcid)),
        "sis_score_id": row.get("assignmentscoreid"),
        "score": score,
        **flags,
    }


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
