"""Schema tables: `GET /ws/schema/table/{name}?projection=…&q=…`, pages of rows whose values are all text (powerschool-xte.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool.access import require_columns
from include.sandbox.powerschool.altered import altered
from include.sandbox.powerschool.answers import bad, gone
from include.sandbox.powerschool.books import Books, Category, Entry, Term
from include.sandbox.powerschool.paging import Query, Row, page_of
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.serving import Json

_AUDIT = {"whocreated": "sandbox", "whencreated": "2026-08-24", "whomodified": "sandbox", "whenmodified": "2026-08-24"}
_SCORE = (
    "actualscoreentered",
    "actualscorekind",
    "scoretype",
    "scorepoints",
    "islate",
    "ismissing",
    "isexempt",
    "iscollected",
    "isabsent",
    "isincomplete",
)


async def table(state: PowerSchoolState, request: Request) -> Response:
    """One page of a table."""
    name = request.path_params["name"].lower()
    if name not in _TABLES:
        raise gone()
    columns, rows = _TABLES[name]
    wanted = [column.strip().lower() for column in request.query_params.get("projection", "").split(",") if column.strip()]
    if not wanted and request.path_params.get("row") != "count":
        raise bad("projection is required")
    columns = tuple(column for column in columns if f"{name}.{column}" not in state.settings.lacking_columns)
    unknown = [column for column in wanted if column != "*" and column not in columns]
    if unknown:
        raise bad(f"invalid column: {name}.{unknown[0]}")
    wanted = list(columns) if "*" in wanted else wanted
    require_columns(state, name, wanted)
    query = Query(request.query_params.get("q", ""), columns)
    found = _sorted([row for row in rows(state.books, query) if query.holds(row)], request)
    asked, key = request.path_params.get("row"), _TABLES[name][0][0]
    if asked == "count":
        return Json({"count": len(found)})
    if asked is not None:
        one = next((row for row in found if str(row[key]) == asked), None)
        if one is None:
            raise gone()
        return Json(_record(state, name, one, wanted))
    page = page_of(request, found, state.settings.page_size)
    return Json({"name": name, "record": [_record(state, name, row, wanted) for row in page], "@extensions": ""})


def _sorted(rows: list[Row], request: Request) -> list[Row]:
    """In the order of the column that `sort` names."""
    column = request.query_params.get("sort", "").lower()
    if not column or not rows or column not in rows[0]:
        return rows
    return sorted(rows, key=lambda row: row[column], reverse=request.query_params.get("sortdescending") == "true")


def _record(state: PowerSchoolState, name: str, row: Row, wanted: list[str]) -> dict[str, object]:
    number = row[_TABLES[name][0][0]]
    cells = altered(state.settings, name, number, {column: _text(row[column]) for column in wanted if row[column] is not None})
    return {"id": number, "name": name, "tables": {name: cells}}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sections(books: Books, _query: Query) -> Iterable[Row]:
    for one in books.sections.values():
        yield {"dcid": one.dcid, "id": one.id, "termid": one.term.id, "schoolid": one.term.school}


def _students(books: Books, _query: Query) -> Iterable[Row]:
    return ({"dcid": dcid, "id": number, "student_number": number + 400_000} for dcid, number in books.students.items())


def _cc(books: Books, query: Query) -> Iterable[Row]:
    for section in books.sections.values():
        if not query.could("sectionid", section.id) and not query.could("sectionid", -section.id):
            continue
        for one in books.enrolments[section.dcid]:
            yield {"dcid": one.dcid, "sectionid": -section.id if one.dropped else section.id, "studentid": books.students[one.student]}


def _section_teachers(books: Books, _query: Query) -> Iterable[Row]:
    number = 0
    for section in books.sections.values():
        for user in sorted(section.teachers):
            number += 1
            yield {"id": number, "sectionid": section.id, "teacherid": books.staff[user, section.term.school]}


def _staff(books: Books, _query: Query) -> Iterable[Row]:
    return ({"dcid": number + 1000, "id": number, "users_dcid": user, "schoolid": school} for (user, school), number in books.staff.items())


def _users(books: Books, _query: Query) -> Iterable[Row]:
    return ({"dcid": user, "email_addr": email} for user, email in books.users.items())


def _terms(books: Books, _query: Query) -> Iterable[Row]:
    return (_term(one) for one in books.terms)


def _term(one: Term) -> Row:
    return {"dcid": one.dcid, "id": one.id, "yearid": one.yearid, "schoolid": one.school, "firstday": str(one.start), "lastday": str(one.end)}


def _categories(books: Books, _query: Query) -> Iterable[Row]:
    return (_category(one) for one in books.categories.values())


def _category(one: Category) -> Row:
    return {
        "teachercategoryid": one.id,
        "usersdcid": one.teacher,
        "name": one.name,
        "isactive": one.active,
        "districtteachercategoryid": one.district,
    }


def _assignments(books: Books, _query: Query) -> Iterable[Row]:
    return ({"assignmentid": one.id, "createdbyplugin": one.plugin, **_AUDIT} for one in books.assignments.values())


def _entries(books: Books, _query: Query) -> Iterable[Row]:
    for assignment, one in books.entries.values():
        yield _entry(assignment.id, one)


def _entry(assignment: int, one: Entry) -> Row:
    return {
        "assignmentsectionid": one.id,
        "assignmentid": assignment,
        "sectionsdcid": one.section,
        **{name: one.values[name] for name in ("name", "description", "duedate", "scoretype", "totalpointvalue")},
        **_AUDIT,
    }


def _scores(books: Books, query: Query) -> Iterable[Row]:
    for _, entry in books.entries.values():
        for student, row in entry.scores.items() if query.could("assignmentsectionid", entry.id) else ():
            score = {name: row[name] for name in _SCORE}
            yield {"assignmentscoreid": row["assignmentscoreid"], "assignmentsectionid": entry.id, "studentsdcid": student, **score, **_AUDIT}


def _none(_: Books, _query: Query) -> Iterable[Row]:
    return ()


_AUDITS = tuple(_AUDIT)
_TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[Books, Query], Iterable[Row]]]] = {
    "sections": (("dcid", "id", "termid", "schoolid"), _sections),
    "students": (("dcid", "id", "student_number"), _students),
    "cc": (("dcid", "sectionid", "studentid"), _cc),
    "sectionteacher": (("id", "sectionid", "teacherid"), _section_teachers),
    "schoolstaff": (("dcid", "id", "users_dcid", "schoolid"), _staff),
    "users": (("dcid", "email_addr"), _users),
    "terms": (("dcid", "id", "yearid", "schoolid", "firstday", "lastday"), _terms),
    "teachercategory": (("teachercategoryid", "usersdcid", "name", "isactive", "districtteachercategoryid"), _categories),
    "districtteachercategory": (("districtteachercategoryid", "name"), _none),
    "assignment": (("assignmentid", "createdbyplugin", *_AUDITS), _assignments),
    "assignmentsection": (
        ("assignmentsectionid", "assignmentid", "sectionsdcid", "name", "description", "duedate", "scoretype", "totalpointvalue", *_AUDITS),
        _entries,
    ),
    "assignmentcategoryassoc": (("assignmentcategoryassocid", "teachercategoryid", "isprimary", *_AUDITS), _none),
    "assignmentscore": (("assignmentscoreid", "assignmentsectionid", "studentsdcid", *_SCORE, *_AUDITS), _scores),
    "assignmentscorecomment": (("assignmentscorecommentid", "commentvalue", *_AUDITS), _none),
}
