"""Records of the XTE gradebook as rows of our frames: what a record must have, and what it may lack (I-7). Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.sis.powerschool.bodies import joined_id, mark_in, primary_category
from include.sis.powerschool.directory import Section
from include.sis.powerschool.tables import Cells
from include.sis.powerschool.values import RowError, as_flag, as_list, day_of, entries, maybe_whole, number_of, text_of, whole

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """An assignment in one section, as PowerSchool lists it: three numbers that it must have, and the rest as it came."""

    assignment: int
    id: int
    section: int
    ours: bool
    values: Mapping[str, Any]

    def row(self, name: str) -> Row:
        """A row of SIS_ASSIGNMENTS. What else cannot be read is as if it were not there."""
        return {
            "sis_section_id": name,
            "sis_assignment_id": joined_id(self.assignment, self.id),
            "our_id": mark_in(_or_nothing(self.values, "description")) if self.ours else None,
            "ours": self.ours,
            "name": _or_nothing(self.values, "name") or "(no name)",
            "due_date": _day_or_nothing(self.values, "duedate"),
            "points_possible": _points(self.values),
            "category_id": primary_category(self.values),
            "state": "active",
            "locked": as_flag(self.values.get("islocked", False)),
        }


def entries_in(assignments: Any, wanted: Collection[int], identities: Collection[str]) -> tuple[list[Entry], dict[int, str], str]:
    """(entries of the wanted sections, what is wrong by section, what is wrong with an assignment of which no section can be told)."""
    found: list[Entry] = []
    broken: dict[int, str] = {}
    lost = ""
    for assignment in entries(assignments):
        try:
            listed = entries(assignment["_assignmentsections"]) if isinstance(assignment, dict) else None
            if not listed:
                raise RowError("it has no sections")
        except (KeyError, RowError) as error:
            lost = f"an assignment cannot be read: {error}"
            continue
        ours, placed = is_ours(assignment, identities), False
        for entry in listed:
            try:
                section = whole(entry if isinstance(entry, dict) else {}, "sectionsdcid")
            except RowError as error:
                lost_here = f"an assignment cannot be read: {error}"
                continue
            placed = True
            if section not in wanted:
                continue
            try:
                found.append(Entry(whole(assignment, "assignmentid"), whole(entry, "assignmentsectionid"), section, ours, entry))
            except RowError as error:
                broken[section] = f"the assignment {_or_nothing(entry, 'name')} cannot be read: {error}"
        if not placed:
            lost = lost_here
    return found, broken, lost


def is_ours(assignment: Mapping[str, Any], identities: Collection[str]) -> bool:
    """Made by this plugin. A copy that a teacher made has our mark but not our plugin's identity; where no identity is known the mark must do."""
    maker = _or_nothing(assignment, "createdbyplugin")
    if identities:
        return maker in identities
    return bool(maker) and any(mark_in(_or_nothing(entry, "description")) for entry in as_list(assignment.get("_assignmentsections")))


def section_row(name: str, section: Section | None) -> Row:
    """A row of SIS_SECTIONS."""
    if section is None:
        return {"sis_section_id": name, "found": False}
    told = {"sis_section_id": name, "found": True, "school_id": section.school or None}
    return told | {"term_start": section.term_start, "term_end": section.term_end}


def category_rows(section: Section, categories: Sequence[Any]) -> tuple[list[Row], str]:
    """This section's categories, and what is wrong with one that cannot be read.

    One that is hidden here or out of use is told only where no other of its name can be used (B-6).
    """
    rows: dict[int, Row] = {}
    wrong = ""
    for category in categories:
        try:
            if not isinstance(category, dict):
                raise RowError("it is not a record")
            number = maybe_whole(category, "teachercategoryid")
            number = whole(category, "id") if number is None else number
            title = text_of(category, "name")
        except RowError as error:
            wrong = f"a category cannot be read: {error}"
            continue
        rows.setdefault(number, {"sis_section_id": section.name, "category_id": str(number), "title": title, "state": _state(section, category)})
    usable = {str(row["title"]).casefold() for row in rows.values() if row["state"] == "active"}
    return [row for row in rows.values() if row["title"] and (row["state"] == "active" or str(row["title"]).casefold() not in usable)], wrong


def score_row(name: str, assignment_id: str, student: str, row: Cells) -> Row | None:
    """A row of SIS_SCORES; None where it shows nothing. What was typed comes first, for it has all decimals (A-15)."""
    score = number_of(row, "actualscoreentered")
    score = number_of(row, "scorepoints") if score is None else score
    flags = {ours: as_flag(row.get(theirs, "")) for ours, theirs in (("exempt", "isexempt"), ("missing", "ismissing"), ("late", "islate"))}
    if score is None and not any(flags.values()):
        return None
    told: Row = {"sis_section_id": name, "sis_assignment_id": assignment_id, "sis_student_id": student}
    return told | {"sis_score_id": _or_nothing(row, "assignmentscoreid") or None, "score": score, **flags}


def _state(section: Section, category: Mapping[str, Any]) -> str:
    excluded = {_or_nothing(one, "sectionsdcid") for one in as_list(_listed(category.get("_teachercategorysectionexcludeassociations")))}
    return "deleted" if not as_flag(category.get("isactive", True)) else "hidden" if str(section.dcid) in excluded else "active"


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | dict) else None


def _points(values: Mapping[str, Any]) -> float | None:
    for name in ("totalpointvalue", "scoreentrypoints"):
        if name in values:
            return _number_or_nothing(values, name)
    return None


def _number_or_nothing(values: Mapping[str, Any], name: str) -> float | None:
    try:
        return number_of(values, name)
    except RowError:
        return None


def _day_or_nothing(values: Mapping[str, Any], name: str) -> str | None:
    try:
        return day_of(values, name)
    except RowError:
        return None


def _or_nothing(values: Mapping[str, Any], name: str) -> str:
    try:
        return text_of(values, name)
    except RowError:
        return ""
