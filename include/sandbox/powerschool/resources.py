"""The /ws/v1 roster reads that a passback plugin uses. A collection with a single member is an object, not an array (powerschool-xte.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool.altered import altered, refuse
from include.sandbox.powerschool.answers import gone
from include.sandbox.powerschool.books import Books, Enrolment, Section, Term
from include.sandbox.powerschool.paging import Query, Row, page_of
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.serving import Json


async def metadata(state: PowerSchoolState, _: Request) -> Response:
    """GET /ws/v1/metadata."""
    kinds = ("student", "section", "section_enrollment", "staff", "school", "course", "term")
    sizes = {f"{kind}_max_page_size": state.settings.page_size for kind in kinds}
    told = {
        "plugin_id": int(state.settings.plugin_id),
        "powerschool_version": "24.5.0.0",
        "district_timezone": state.district.time_zone,
        "schema_table_query_max_page_size": state.settings.page_size,
    }
    return Json({"metadata": altered(state.settings, "metadata", "", told | sizes)})


async def section(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/section/{id}, with `expansions=term`."""
    found = state.books.sections.get(request.path_params["id"])
    if found is None:
        raise gone()
    refuse(state.settings, "section", found.dcid)
    row = altered(state.settings, "section", found.dcid, _section(state.books, found))
    if "term" in request.query_params.get("expansions", "").split(","):
        row["term"] = altered(state.settings, "term", found.term.dcid, _term(state.books, found.term))
    return Json({"section": row})


async def staff(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/staff/{id}."""
    return _one(state, "staff", request, _all_staff(state.books))


async def term(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/term/{id}."""
    return _one(state, "term", request, (_term(state.books, one) for one in state.books.terms))


async def student(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/student/{id}."""
    return _one(state, "student", request, map(_student, state.books.students.items()))


async def district(state: PowerSchoolState, _: Request) -> Response:
    """GET /ws/v1/district."""
    return Json({"district": {"uuid": f"d0{state.district.seed:06x}-0000-4000-8000-000000000000", "name": "Sandbox District"}})


async def schools(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/district/school."""
    rows = [{"id": one.dcid, "name": one.name, "school_number": one.number} for one in state.books.schools.values()]
    return _page(state, request, "schools", "school", rows)


async def students(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/district/student."""
    return _page(state, request, "students", "student", [_student(one) for one in state.books.students.items()])


async def enrolments(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/section/{id}/section_enrollment: all that ever were, with `dropped`."""
    number = request.path_params["id"]
    if number not in state.books.sections:
        raise gone()
    refuse(state.settings, "section", number)
    rows = [altered(state.settings, "section_enrollment", one.dcid, _enrolment(one)) for one in state.books.enrolments[number]]
    return _page(state, request, "section_enrollments", "section_enrollment", rows)


async def of_school(state: PowerSchoolState, request: Request) -> Response:
    """GET /ws/v1/school/{id}/section, /staff and /term."""
    number, kind = request.path_params["id"], request.path_params["kind"]
    school = next((one for one in state.books.schools.values() if one.dcid == number), None)
    if school is None or kind not in _OF_SCHOOL:
        raise gone()
    plural, rows = _OF_SCHOOL[kind]
    return _page(state, request, plural, kind, rows(state.books, school.number))


def _section(books: Books, one: Section) -> dict[str, Any]:
    return {
        "id": one.dcid,
        "school_id": books.schools[one.term.school].dcid,
        "course_id": one.dcid + 600_000,
        "staff_id": books.staff[one.teachers[0], one.term.school] + 1000,
        "term_id": one.term.dcid,
        "section_number": str(one.dcid % 100),
        "expression": "1(A)",
    }


def _term(books: Books, one: Term) -> dict[str, Any]:
    """ID, school, and year come as text here (/ws/v1/term/{id} of the reference)."""
    return {
        "id": str(one.dcid),
        "school_id": str(books.schools[one.school].dcid),
        "name": one.name,
        "start_year": str(one.yearid + 1990),
        "portion": 1 if one.id % 100 == 0 else 2,
        "start_date": str(one.start),
        "end_date": str(one.end),
        "abbreviation": one.name[:6],
    }


def _student(one: tuple[int, int]) -> dict[str, Any]:
    return {"id": one[0], "local_id": one[1] + 400_000, "school_enrollment": {"enroll_status": "A"}}


def _enrolment(one: Enrolment) -> dict[str, Any]:
    told = {"id": one.dcid, "section_id": one.section.dcid, "student_id": one.student}
    return told | {"entry_date": str(one.start), "exit_date": str(one.end), "dropped": one.dropped}


def _all_staff(books: Books) -> list[dict[str, Any]]:
    return [
        {
            "id": number + 1000,
            "users_dcid": user,
            "local_id": number,
            "emails": {"work_email": books.users[user]},
            "school_id": books.schools[school].dcid,
        }
        for (user, school), number in books.staff.items()
    ]


_OF_SCHOOL: Mapping[str, tuple[str, Callable[[Books, int], list[dict[str, Any]]]]] = {
    "section": ("sections", lambda books, school: [_section(books, one) for one in books.sections.values() if one.term.school == school]),
    "staff": ("staffs", lambda books, school: [one for one in _all_staff(books) if one["school_id"] == books.schools[school].dcid]),
    "term": ("terms", lambda books, school: [_term(books, one) for one in books.terms if one.school == school]),
}


def _one(state: PowerSchoolState, name: str, request: Request, rows: Iterable[Row]) -> Response:
    for row in rows:
        if str(row["id"]) == str(request.path_params["id"]):
            return Json({name: altered(state.settings, name, row["id"], row)})
    raise gone()


def _page(state: PowerSchoolState, request: Request, plural: str, singular: str, rows: list[dict[str, Any]]) -> Response:
    query = request.query_params.get("q", "")
    if query and rows:
        asked = Query(query, rows[0])
        rows = [row for row in rows if asked.holds(row)]
    page = page_of(request, rows, state.settings.page_size)
    return Json({plural: {singular: page[0] if len(page) == 1 else page} if page else {}})
