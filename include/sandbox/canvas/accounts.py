"""Accounts, terms, courses and the token's own user (canvas-api.md §2.1, §2.2)."""

from __future__ import annotations

from typing import Any

from include.sandbox.canvas.call import Call, number
from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.canvas.errors import bad_request, not_found
from include.sandbox.canvas.paging import numbered
from include.sandbox.canvas.params import truth
from include.sandbox.world import Term

ROOT = 1
_SHORTEST_SEARCH = 3
# The JSON's workflow_state, by the words of the `state[]` filter.
_STATES = {"created": "unpublished", "claimed": "unpublished", "available": "available", "completed": "completed", "deleted": "deleted"}


def rows(call: Call) -> dict[int, Row]:
    """All accounts by id: the root, one for each target, and below it one for each school."""
    zone = call.state.district.time_zone
    found: dict[int, Row] = {ROOT: _account(ROOT, "Sandbox District", None, zone)}
    for target, account in call.state.district.accounts.items():
        found.setdefault(int(account), _account(int(account), target.replace("_", " ").title(), ROOT, zone))
    for school in call.state.district.schools:
        parent = int(call.state.district.accounts[school.target])
        found.setdefault(int(school.id), _account(int(school.id), school.name, parent, zone))
    return found


def _account(number_: int, name: str, parent: int | None, zone: str) -> Row:
    root = None if number_ == ROOT else ROOT
    return {"id": number_, "name": name, "workflow_state": "active", "parent_account_id": parent, "root_account_id": root,
            "default_time_zone": zone, "sis_account_id": f"A{number_}", "integration_id": None}  # fmt: skip


def account(call: Call) -> Row:
    """GET /accounts/:id; `self` is the root, `sis_account_id:` works."""
    text, found = call.request.path_params["account"], rows(call)
    if text.startswith("sis_account_id:"):
        one = next((row for row in found.values() if row["sis_account_id"] == text.removeprefix("sis_account_id:")), None)
    else:
        one = found.get(ROOT if text == "self" else number(text))
    if one is None:
        raise not_found()
    return one


def accounts(call: Call) -> list[Row]:
    """GET /accounts: those where the token's user is an admin, which is the root alone."""
    return list(numbered(call, [rows(call)[ROOT]])) if call.rights.grades else []


def sub_accounts(call: Call) -> list[Row]:
    """GET /accounts/:id/sub_accounts, with `recursive`."""
    parent, found = account(call)["id"], rows(call)
    wanted = (
        _below(found, parent) - {parent}
        if truth(call.query.one("recursive"))
        else {key for key, row in found.items() if row["parent_account_id"] == parent}
    )
    return list(numbered(call, [found[key] for key in sorted(wanted)]))


def _below(found: dict[int, Row], top: int) -> set[int]:
    below = {top}
    while True:
        more = {key for key, row in found.items() if row["parent_account_id"] in below} - below
        if not more:
            return below
        below |= more


def terms(call: Call) -> dict[str, Any]:
    """GET /accounts/:root/terms."""
    if account(call)["id"] != ROOT:
        raise bad_request({"message": "Terms only belong to root_accounts."})
    return {"enrollment_terms": [term(one) for one in numbered(call, list(call.state.terms.values()))]}


def term(one: Term) -> Row:
    """A term as Canvas shows it."""
    return {"id": int(one.id), "name": one.name, "sis_term_id": f"T{one.id}", "start_at": f"{one.start}T04:00:00Z",
            "end_at": f"{one.end}T04:59:59Z", "workflow_state": "active", "grading_period_group_id": None}  # fmt: skip


def courses(call: Call) -> list[Row]:
    """GET /accounts/:id/courses: those of the account and of all below it, by id."""
    found = [one for one in courses_below(call, account(call)["id"]) if _wanted(call, one)]
    return [course_row(call, one) for one in numbered(call, found, last=False)]


def courses_below(call: Call, account_id: int) -> list[CourseStore]:
    """All courses of an account and of those below it, by id."""
    below = _below(rows(call), account_id)
    return [one for _, one in sorted(call.state.courses.items()) if int(one.world.school_id) in below]


def _wanted(call: Call, course: CourseStore) -> bool:
    query, state = call.query, course.world.workflow_state
    states = {_STATES.get(word, word) for word in query.many("state")}
    if (states and "all" not in states and state not in states) or (not states and state == "deleted"):
        return False
    if "published" in query and query.flag("published") != (state == "available"):
        return False
    if "completed" in query and query.flag("completed") != (state == "completed"):
        return False
    if query.flag("with_enrollments") and not course.enrollments:
        return False
    wanted_term = query.one("enrollment_term_id").removeprefix("sis_term_id:T")
    if (wanted_term and wanted_term != course.world.term_id) or not within(call, course):
        return False
    schools = query.many("by_subaccounts")
    if schools and course.world.school_id not in schools:
        return False
    words = query.one("search_term").lower()
    if words and len(words) < _SHORTEST_SEARCH:
        raise bad_request({"errors": [{"message": f"search_term of {_SHORTEST_SEARCH} or more characters is required"}]})
    return not words or any(words in text.lower() for text in (course.world.name, course.world.id, course.world.sis_id))


def within(call: Call, course: CourseStore) -> bool:
    """Whether a course lies within `starts_before` and `ends_after`, by its term's dates."""
    dates = call.state.terms[course.world.term_id]
    before, after = call.query.day("starts_before"), call.query.day("ends_after")
    return (not before or str(dates.start) < before) and (not after or str(dates.end) > after)


def one_course(call: Call) -> Row:
    """GET /courses/:id, also `sis_course_id:`."""
    return course_row(call, call.course())


def course_row(call: Call, course: CourseStore) -> Row:
    """A course as Canvas shows it."""
    one, include = course.world, call.query.many("include")
    row: Row = {
        "id": course.id,
        "name": one.name,
        "course_code": one.name[:12],
        "account_id": int(one.school_id),
        "root_account_id": ROOT,
        "enrollment_term_id": int(one.term_id),
        "workflow_state": one.workflow_state,
        "sis_course_id": one.sis_id or None,
        "integration_id": None,
        "sis_import_id": 77 if one.sis_id else None,
        "time_zone": one.time_zone,
        "start_at": None,
        "end_at": None,
        "created_at": "2026-08-01T12:00:00Z",
        "grade_passback_setting": one.nightly_setting or None,
        "apply_assignment_group_weights": any(group.get("group_weight") for group in course.groups.values()),
        "default_view": "modules",
        "uuid": f"uuid-{course.id}",
        "restrict_enrollments_to_course_dates": False,
        "blueprint": False,
    }
    if "term" in include:
        row["term"] = term(call.state.terms[one.term_id])
    if "total_students" in include:
        listed = [
            each
            for each in course.student_enrollments()
            if each["type"] == "StudentEnrollment" and each.get("enrollment_state") in ("active", "invited")
        ]
        row["total_students"] = len({each["user_id"] for each in listed})
    if "concluded" in include:
        row["concluded"] = one.workflow_state == "completed" or call.state.terms[one.term_id].end < call.state.clock.now.date()
    if "account_name" in include:
        row["account_name"] = rows(call)[int(one.school_id)]["name"]
    return row


def myself(_: Call) -> Row:
    """GET /users/self: the service user of the token."""
    return {"id": ROOT, "name": "Grade Sync Service", "sortable_name": "Service, Grade Sync", "short_name": "Grade Sync", "sis_user_id": None}
