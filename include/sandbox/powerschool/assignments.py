"""XTE section/assignment: list, one, create, full replace, delete (powerschool-xte.md §6, §7)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool import answers
from include.sandbox.powerschool.access import require_gradebook, require_write
from include.sandbox.powerschool.altered import altered, refuse
from include.sandbox.powerschool.answers import Refusal, bad, gone
from include.sandbox.powerschool.books import Assignment, Entry
from include.sandbox.powerschool.changes import is_blank
from include.sandbox.powerschool.checks import check_entry, check_replacement, require_teacher
from include.sandbox.powerschool.paging import number_param
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.serving import Json

_TABLES = ("assignment", "assignmentsection", "assignmentcategoryassoc")


async def listed(state: PowerSchoolState, request: Request) -> Response:
    """All assignments of some sections of one teacher: a plain array, never paged."""
    user = number_param(request, "users_dcid")
    require_gradebook(state, *_TABLES)
    wanted = [text.strip() for text in request.query_params.get("section_ids", "").split(",")]
    if not all(text.isdigit() for text in wanted):
        raise bad("section_ids is required: a comma list of numbers")
    found: dict[int, Assignment] = {}
    for section in map(int, wanted):
        require_teacher(state.books, user, section)
        refuse(state.settings, "section", section)
        found.update({assignment.id: assignment for assignment, _ in state.books.of_section(section)})
    return Json([_shown(state, found[number]) for number in sorted(found)])


async def one(state: PowerSchoolState, request: Request) -> Response:
    """One assignment with all its sections."""
    user, found = number_param(request, "users_dcid"), _assignment(state, request)
    require_gradebook(state, *_TABLES)
    for entry in found.entries:
        require_teacher(state.books, user, entry.section)
    return Json(_shown(state, found))


async def create(state: PowerSchoolState, request: Request) -> Response:
    """201 with an empty body; Location ends in the assignmentid."""
    user, body = number_param(request, "users_dcid"), await _body(request)
    require_write(state)
    require_gradebook(state, *_TABLES)
    for entry in body["_assignmentsections"]:
        refuse(state.settings, "section", entry["sectionsdcid"])
        check_entry(state, user, entry)
    maker = state.settings.plugin_identifier or state.settings.plugin_id
    made: Assignment = state.commit({"do": "create", "plugin": maker, "teacher": user, "body": body})
    headers = {"Location": f"{request.url.path.rstrip('/')}/{made.id}"}
    if state.settings.ids_header:
        headers["AssignmentSectionIds"] = json.dumps([entry.id for entry in made.entries])
    return Response(b"", 201, headers)


async def replace(state: PowerSchoolState, request: Request) -> Response:
    """Full replace: every section and category record of the assignment must be there."""
    user, assignment = number_param(request, "users_dcid"), _assignment(state, request)
    body = await _body(request)
    require_write(state)
    require_gradebook(state, *_TABLES)
    refuse(state.settings, "assignment", assignment.id)
    check_replacement(state, user, assignment, body, request.query_params.get("update_scores"))
    state.commit({"do": "replace", "id": assignment.id, "body": body})
    status = state.settings.update_status
    return Response(b"", 204) if status == 204 else Json(_shown(state, assignment), status)


async def delete(state: PowerSchoolState, request: Request) -> Response:
    """204; 412 where scores exist and `force` is not true."""
    user, assignment = number_param(request, "users_dcid"), _assignment(state, request)
    require_write(state)
    refuse(state.settings, "assignment", assignment.id)
    require_gradebook(state, *_TABLES)
    for entry in assignment.entries:
        require_teacher(state.books, user, entry.section)
        _require_open(state, entry)
    scored = any(not is_blank(row) for entry in assignment.entries for row in entry.scores.values())
    if scored and request.query_params.get("force") != "true":
        raise Refusal(412, answers.HAS_SCORES)
    state.commit({"do": "delete", "id": assignment.id})
    return Response(b"", 204)


async def unassign(state: PowerSchoolState, request: Request) -> Response:
    """DELETE assignment_section/students. Ids that do not exist are not reported."""
    body = json.loads(await request.body() or b"{}")
    require_write(state)
    require_gradebook(state, "assignmentsection", "assignmentscore")
    entries, students = [int(n) for n in body.get("section_ids", ())], [int(n) for n in body.get("student_ids", ())]
    for number in entries:
        if number in state.books.entries:
            _require_open(state, state.books.entries[number][1])
    force = request.query_params.get("force") == "true"
    state.commit({"do": "unassign", "entries": entries, "students": students, "force": force})
    return Response(b"", state.settings.unassign_status)


def _require_open(state: PowerSchoolState, entry: Entry) -> None:
    if state.books.sections[entry.section].term.locked:
        raise answers.invalid(answers.TERM_LOCKED)
    if entry.locked:
        raise answers.invalid(answers.LOCKED)


def _assignment(state: PowerSchoolState, request: Request) -> Assignment:
    found = state.books.assignments.get(request.path_params["id"])
    if found is None:
        raise gone()
    return found


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
        entries = body["_assignmentsections"]
    except (ValueError, KeyError, TypeError) as error:
        raise bad("Unable to create assignment: _assignmentsections is required") from error
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(one, dict) and str(one.get("sectionsdcid", "")).isdigit() for one in entries)
    ):
        raise bad("Unable to create assignment: each assignment section needs a sectionsdcid")
    return dict(body)


def _shown(state: PowerSchoolState, assignment: Assignment) -> dict[str, Any]:
    row = {
        "_name": "assignment",
        "_id": assignment.id,
        "assignmentid": assignment.id,
        **({"createdbyplugin": assignment.plugin} if assignment.plugin else {}),
        "hasstandards": False,
        "standardscoringmethod": "GradeScale",
        "_assignmentstandardassociations": [],
        "_assignmentsections": [altered(state.settings, "assignmentsection", entry.id, _entry_shown(entry)) for entry in assignment.entries],
    }
    return altered(state.settings, "assignment", assignment.id, row)


def _entry_shown(entry: Entry) -> dict[str, Any]:
    return {
        "_name": "assignmentsection",
        "_id": entry.id,
        "assignmentsectionid": entry.id,
        "sectionsdcid": entry.section,
        **entry.values,
        "islocked": entry.locked,
        "_assignmentstudentassociations": [{"_name": "assignmentstudentassociation", "studentsdcid": number} for number in sorted(entry.students)],
        "_assignmentcategoryassociations": [
            {"_name": "assignmentcategoryassoc", "_id": row["assignmentcategoryassocid"], **row} for row in entry.categories
        ],
    }
