"""PUT /ws/xte/score: many scores at once, all or nothing, an upsert by assignment section and student (powerschool-xte.md §8)."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool import answers
from include.sandbox.powerschool.access import require_columns, require_gradebook, require_write
from include.sandbox.powerschool.altered import refuse
from include.sandbox.powerschool.answers import Refusal, bad, invalid
from include.sandbox.powerschool.books import Entry
from include.sandbox.powerschool.checks import require_teacher
from include.sandbox.powerschool.paging import number_param
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.serving import Json, count_rows

_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


async def put(state: PowerSchoolState, request: Request) -> Response:
    """200 naming the students, without ids of the scores."""
    user, rows = number_param(request, "users_dcid"), await _rows(request)
    count_rows(request, len(rows))
    number_param(request, "term_id")
    require_write(state)
    require_gradebook(state, "assignmentscore")
    if any("_assignmentscorecomment" in row for row in rows):
        require_columns(state, "assignmentscorecomment", ("commentvalue",))
    if state.settings.resubmit:
        state.settings.resubmit -= 1
        raise Refusal(412, answers.RESUBMIT)
    faults = [fault for row in rows if (fault := _fault(state, user, row))]
    if faults:
        raise Refusal(409, "Validation failed", faults)
    if rows:
        state.commit({"do": "score", "rows": rows})
    return Json({"assignment_scores": [{"studentsdcid": int(row["studentsdcid"])} for row in rows]})


async def _rows(request: Request) -> list[dict[str, Any]]:
    try:
        rows = json.loads(await request.body())["assignment_scores"]
        for row in rows:
            int(row["_assignmentsection"]["assignmentsectionid"]), int(row["studentsdcid"])
    except (ValueError, KeyError, TypeError) as error:
        raise bad("assignment_scores is required, each with its assignment section and student") from error
    return list(rows)


def _fault(state: PowerSchoolState, user: int, row: dict[str, Any]) -> dict[str, Any] | None:
    """What is wrong with this row, as an entry of `errors`; None if nothing. What is wrong with the whole request is raised."""
    entry = _entry(state, user, int(row["_assignmentsection"]["assignmentsectionid"]))
    student = int(row["studentsdcid"])
    for kind, number in (("student", student), ("section", entry.section), ("assignmentsection", entry.id)):
        refuse(state.settings, kind, number)
    entered = row.get("actualscoreentered")
    sentence = ""
    if student not in state.books.roster(entry.section) or (entry.students and student not in entry.students):
        sentence = answers.NOT_ASSIGNED.format(student=student, entry=entry.id)
    elif entered not in (None, "") and entry.values["scoretype"] == "POINTS" and not _NUMBER.match(str(entered)):
        sentence = answers.SCALE.format(value=entered)
    if not sentence:
        return None
    if state.settings.silent_refusals:
        return {"field": "AssignmentScore"}
    return {"field": sentence, **({"params": {"assignment_section_id": entry.id, "student_dcid": student}} if state.settings.name_params else {})}


def _entry(state: PowerSchoolState, user: int, number: int) -> Entry:
    if number in state.books.gone:
        raise Refusal(500, answers.GONE.format(entry=number))
    if number not in state.books.entries:
        raise Refusal(403, answers.TEACHES.format(section=number))
    entry = state.books.entries[number][1]
    require_teacher(state.books, user, entry.section)
    if state.books.sections[entry.section].term.locked:
        raise invalid(answers.TERM_LOCKED)
    if entry.locked:
        raise invalid(answers.LOCKED)
    return entry
