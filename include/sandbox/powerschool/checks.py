"""What PowerTeacher Pro refuses in an assignment, and the words it refuses it with (powerschool-xte.md §7.4, §7.5, §9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.sandbox.powerschool import answers
from include.sandbox.powerschool.answers import Refusal, invalid
from include.sandbox.powerschool.books import Assignment, Books, Entry
from include.sandbox.powerschool.changes import is_blank
from include.sandbox.powerschool.state import PowerSchoolState

_PER_SECTION = {
    "duedate",
    "sectionsdcid",
    "assignmentsectionid",
    "islocked",
    "_id",
    "_name",
    "_assignmentstudentassociations",
    "_assignmentcategoryassociations",
}


def require_teacher(books: Books, user: int, section: int) -> None:
    """403 unless this person teaches the section."""
    if not books.teaches(user, section):
        raise Refusal(403, answers.TEACHES.format(section=section))


def check_entry(state: PowerSchoolState, user: int, body: dict[str, Any], itself: int | None = None) -> None:
    """Refuse an assignment section that does not hold PowerSchool's rules; `itself` is its id when it stands already."""
    section = int(body["sectionsdcid"])
    require_teacher(state.books, user, section)
    if state.books.sections[section].term.locked:
        raise invalid(answers.TERM_LOCKED)
    _check_name(state, section, body.get("name"), itself)
    _check_due_date(state, section, body.get("duedate"))
    _check_points(state, body)
    _check_category(state.books, user, section, body.get("_assignmentcategoryassociations") or [])


def _check_name(state: PowerSchoolState, section: int, name: object, itself: int | None) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= state.settings.name_limit:
        raise invalid(answers.NAME_LONG.format(limit=state.settings.name_limit))
    others = (entry.values["name"] for _, entry in state.books.of_section(section) if entry.id != itself)
    if not state.settings.twins and any(str(other).strip().casefold() == name.strip().casefold() for other in others):
        raise invalid(answers.TWIN)


def _check_due_date(state: PowerSchoolState, section: int, value: object) -> None:
    if not value:
        raise invalid(answers.DUE_DATE_MISSING)
    term = state.books.sections[section].term
    try:
        inside = term.start <= date.fromisoformat(str(value)) <= term.end
    except ValueError:
        inside = False
    if not inside:
        raise invalid(answers.DUE_DATE.format(value=value))


def _check_points(state: PowerSchoolState, body: dict[str, Any]) -> None:
    points, weight, extra = body.get("scoreentrypoints"), body.get("weight", 1), body.get("extracreditpoints") or 0
    if not isinstance(points, int | float) or (points == 0 and not state.settings.zero_points):
        raise invalid(answers.POINTS)
    if points * weight + extra > 9999:
        raise invalid(answers.POINTS_MAX)


def _check_category(books: Books, user: int, section: int, associations: list[dict[str, Any]]) -> None:
    primary = [row for row in associations if row.get("isprimary", True)]
    if len(primary) != 1:
        raise invalid(answers.CATEGORY.format(value="none", section=section))
    for row in associations:
        category = books.categories.get(int(row.get("teachercategoryid") or 0))
        if category is None or category.teacher != user or not category.active or section in category.excluded:
            raise invalid(answers.CATEGORY.format(value=row.get("teachercategoryid"), section=section))


def check_replacement(state: PowerSchoolState, user: int, assignment: Assignment, body: dict[str, Any], update_scores: str | None) -> None:
    """Refuse a PUT that lacks a record, is locked, or changes the scoring of scored work without saying what becomes of the scores."""
    given = {int(row.get("assignmentsectionid") or 0): row for row in body["_assignmentsections"]}
    for entry in assignment.entries:
        if entry.id not in given:
            raise Refusal(412, answers.MISSING_RECORD.format(what="assignmentsection"))
        require_teacher(state.books, user, entry.section)
        _check_associations(entry, given[entry.id])
        if entry.locked:
            raise invalid(answers.LOCKED)
        check_entry(state, user, given[entry.id], entry.id)
        _check_scoring(entry, given[entry.id], update_scores)
    _check_same(list(given.values()))


def _check_associations(entry: Entry, body: dict[str, Any]) -> None:
    standing = {row["assignmentcategoryassocid"] for row in entry.categories}
    given = {row.get("assignmentcategoryassocid") for row in body.get("_assignmentcategoryassociations") or ()}
    if not standing <= given:
        raise Refusal(412, answers.MISSING_RECORD.format(what="assignmentcategoryassoc"))


def _check_scoring(entry: Entry, body: dict[str, Any], update_scores: str | None) -> None:
    changed = any(name in body and body[name] != entry.values[name] for name in ("scoretype", "scoreentrypoints", "weight", "totalpointvalue"))
    if changed and update_scores not in ("true", "false") and any(not is_blank(row) for row in entry.scores.values()):
        raise invalid(answers.UPDATE_SCORES)


def _check_same(entries: list[dict[str, Any]]) -> None:
    for field in sorted({name for row in entries for name in row} - _PER_SECTION):
        if any(row.get(field) != entries[0].get(field) for row in entries):
            raise invalid(answers.SAME.format(field=field))
