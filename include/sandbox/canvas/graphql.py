"""Canvas's GraphQL as far as a course's outline goes: sections, people, groups, assignments, and submissions that changed (canvas-api.md §4.3).

Like Canvas it answers 200 with `errors` for a field that it has not, gives at most a hundred rows of a connection, shows SIS ids only to those
who may see them, and null for a course that it cannot find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from include.sandbox.canvas.assignments import DATES, assignment_row, overrides_of
from include.sandbox.canvas.call import Call
from include.sandbox.canvas.clock import moment
from include.sandbox.canvas.course import CourseStore, Row, is_published
from include.sandbox.canvas.graphql_text import Field, fields_of
from include.sandbox.canvas.people import enrollment_row, user_row
from include.sandbox.canvas.submission_rows import View, submission
from include.sandbox.canvas.submissions import Raw, stands

_MOST = 100
_MOST_ALIASES = 20  # Canvas refuses a document with more
_ENDED = ("deleted",)
_TOUCHED = ("submitted", "pending_review", "graded", "ungraded")
_SINCE = {"updatedSince": ("updated_at", "graded_at", "submitted_at"), "gradedSince": ("graded_at",), "submittedSince": ("submitted_at",)}
_VIEW = View(True, frozenset(), None, frozenset())
Get = Callable[[Call, Any, Mapping[str, Any]], Any]


class GraphQLError(Exception):
    """What a request is answered with instead of data."""


def graphql(call: Call) -> Raw:
    """POST /api/graphql."""
    query, variables = call.body.tree.get("query"), call.body.tree.get("variables") or {}
    told: Row
    try:
        if not call.state.settings["graphql"]:
            raise GraphQLError("GraphQL is switched off")
        fields = fields_of(str(query or ""), variables)
        if (aliases := _aliases(fields)) > _MOST_ALIASES:
            raise GraphQLError(f"Query has {aliases} aliases, more than {_MOST_ALIASES}")
        told = {"data": _answer(call, "Query", None, fields)}
    except (ValueError, GraphQLError) as error:
        told = {"errors": [{"message": str(error)}]}
    return Raw(msgspec.json.encode(told))


def _aliases(fields: Sequence[Field]) -> int:
    return sum((field.key != field.name) + _aliases(field.fields) for field in fields)


def _answer(call: Call, kind: str, thing: Any, fields: Sequence[Field]) -> Row:
    table, told = _TYPES[kind], {}
    for field in fields:
        if field.name not in table:
            raise GraphQLError(f"Field '{field.name}' doesn't exist on type '{kind}'")
        get, below = table[field.name]
        value = get(call, thing, field.arguments)
        if value is None or not below:
            told[field.key] = value
        elif isinstance(value, list):
            told[field.key] = _page(call, below, value, field)
        else:
            told[field.key] = _answer(call, below, value, field.fields)
    return told


def _page(call: Call, kind: str, rows: list[Any], field: Field) -> Row:
    """A connection's page; the cursor is the place of its last row."""
    start = int(field.arguments.get("after") or 0)
    end = min(start + min(int(field.arguments.get("first") or _MOST), _MOST), len(rows))
    told: Row = {}
    for part in field.fields:
        if part.name == "nodes":
            told[part.key] = [_answer(call, kind, row, part.fields) for row in rows[start:end]]
        elif part.name == "pageInfo":
            told[part.key] = {each.key: {"hasNextPage": end < len(rows), "endCursor": str(end)}[each.name] for each in part.fields}
        else:
            raise GraphQLError(f"Field '{part.name}' doesn't exist on type '{kind}Connection'")
    return told


def _course(call: Call, _: Any, asked: Mapping[str, Any]) -> CourseStore | None:
    text = str(asked.get("id"))
    found = call.state.courses.get(int(text)) if text.isdigit() else None
    return None if found is None or found.world.workflow_state == "deleted" else found


def _sections(_: Call, course: CourseStore, __: Mapping[str, Any]) -> list[Any]:
    return sorted(course.sections.values(), key=lambda one: (one.name, int(one.id)))


def _enrollments(call: Call, course: CourseStore, asked: Mapping[str, Any]) -> list[Any]:
    wanted = asked.get("filter") or {}
    rows = [enrollment_row(call, course, row) for row in course.enrollments.values()]
    kinds, states = wanted.get("types"), wanted.get("states")
    return [
        row
        for row in sorted(rows, key=lambda row: int(row["id"]))
        if (not kinds or row["type"] in kinds) and (row["enrollment_state"] in states if states else row["enrollment_state"] not in _ENDED)
    ]


def _groups(_: Call, course: CourseStore, __: Mapping[str, Any]) -> list[Any]:
    return [row for row in course.groups.values() if row.get("workflow_state") != "deleted"]


def _assignments(_: Call, course: CourseStore, asked: Mapping[str, Any]) -> list[Any]:
    """By default those of the running grading period alone, as Canvas does; the sandbox has no periods, so it shows none then."""
    if "gradingPeriodId" not in (asked.get("filter") or {}):
        return []
    return [(course, row) for _, row in sorted(course.live_assignments().items())]


def _submissions(call: Call, course: CourseStore, asked: Mapping[str, Any]) -> list[Any]:
    """Of published assignments; without `states` none that nobody touched, as in Canvas."""
    wanted = asked.get("filter") or {}
    states = wanted.get("states") or _TOUCHED
    if strange := sorted({*states} - {*_TOUCHED, "unsubmitted"}):
        raise GraphQLError(f"{strange[0]!r} is no SubmissionState")
    since = [(moment(wanted[name]), fields) for name, fields in _SINCE.items() if wanted.get(name)]
    return [
        (course, submission(call, course, key, _VIEW) | {"updated_at": _newest(course.submissions[key], _SINCE["updatedSince"])})
        for key in sorted(course.submissions)
        if stands(course, key)
        and course.submissions[key].get("workflow_state", "unsubmitted") in states
        and all((at := _newest(course.submissions[key], fields)) and moment(at) > limit for limit, fields in since)
    ]


def _newest(row: Mapping[str, Any], fields: Sequence[str]) -> str | None:
    return max((str(row[name]) for name in fields if row.get(name)), default=None)


def _date(name: str) -> Get:
    def get(call: Call, pair: tuple[CourseStore, Row], asked: Mapping[str, Any]) -> Any:
        course, row = pair
        return assignment_row(call, course, row).get(name) if asked.get("applyOverrides", True) else row.get(name)

    return get


def _of(name: str, empty: object = None) -> Get:
    return lambda _, pair, __: pair[1].get(name, empty)


def _key(name: str) -> Get:
    return lambda _, row, __: row.get(name)


def _overrides(_: Call, pair: tuple[CourseStore, Row], __: Mapping[str, Any]) -> list[Any]:
    return overrides_of(pair[0], pair[1]["id"])


def _sis(get: Get) -> Get:
    return lambda call, thing, asked: get(call, thing, asked) if call.rights.sis else None


_Table = dict[str, tuple[Get, str]]
_ASSIGNMENT: _Table = {
    "_id": (lambda _, pair, __: str(pair[1]["id"]), ""),
    "name": (_of("name"), ""),
    "description": (_of("description"), ""),
    "pointsPossible": (_of("points_possible"), ""),
    "gradingType": (_of("grading_type"), ""),
    "submissionTypes": (_of("submission_types"), ""),
    "createdAt": (_of("created_at"), ""),
    "published": (lambda _, pair, __: is_published(pair[1]), ""),
    "postToSis": (_of("post_to_sis"), ""),
    "omitFromFinalGrade": (_of("omit_from_final_grade"), ""),
    "onlyVisibleToOverrides": (_of("only_visible_to_overrides", False), ""),
    "visibleToEveryone": (lambda _, pair, __: not pair[1].get("only_visible_to_overrides"), ""),
    "assignmentGroup": (lambda _, pair, __: pair[0].groups.get(pair[1]["assignment_group_id"]), "AssignmentGroup"),
    "assignmentOverrides": (_overrides, "AssignmentOverride"),
    **{name: (_date(field), "") for name, field in zip(("dueAt", "unlockAt", "lockAt"), DATES, strict=True)},
}
_TYPES: dict[str, _Table] = {
    "Query": {"course": (_course, "Course")},
    "Course": {
        "_id": (lambda _, course, __: str(course.id), ""),
        "name": (lambda _, course, __: course.world.name, ""),
        "sectionsConnection": (_sections, "Section"),
        "enrollmentsConnection": (_enrollments, "Enrollment"),
        "assignmentGroupsConnection": (_groups, "AssignmentGroup"),
        "assignmentsConnection": (_assignments, "Assignment"),
        "submissionsConnection": (_submissions, "Submission"),
        "permissions": (lambda call, _, __: {"viewAllGrades": call.rights.grades, "manageGrades": call.rights.grades}, "CoursePermissions"),
    },
    "CoursePermissions": {name: (_key(name), "") for name in ("viewAllGrades", "manageGrades")},
    "Section": {
        "_id": (lambda _, one, __: str(one.id), ""),
        "name": (lambda _, one, __: one.name, ""),
        "sisId": (_sis(lambda _, one, __: one.sis_id or None), ""),
    },
    "Enrollment": {
        "_id": (lambda _, row, __: str(row["id"]), ""),
        "type": (_key("type"), ""),
        "state": (_key("enrollment_state"), ""),
        "section": (lambda _, row, __: {"id": row["course_section_id"]}, "SectionOfEnrollment"),
        "user": (lambda call, row, __: user_row(call, row), "User"),
    },
    "SectionOfEnrollment": {"_id": (lambda _, row, __: str(row["id"]), "")},
    "User": {
        "_id": (lambda _, row, __: str(row["id"]), ""),
        "name": (_key("name"), ""),
        "sortableName": (_key("sortable_name"), ""),
        "sisId": (_sis(_key("sis_user_id")), ""),
    },
    "AssignmentGroup": {"_id": (lambda _, row, __: str(row["id"]), ""), "name": (_key("name"), "")},
    "Assignment": _ASSIGNMENT,
    "Submission": {
        "assignmentId": (_of("assignment_id"), ""),
        "user": (lambda call, pair, __: {"id": pair[1]["user_id"], "sis_user_id": call.state.user_name(int(pair[1]["user_id"]))[2]}, "User"),
        "state": (_of("workflow_state"), ""),
        **{name: (_of(name), "") for name in ("score", "excused", "late", "missing")},
        **{name: (_of(field), "") for name, field in (("gradedAt", "graded_at"), ("postedAt", "posted_at"), ("updatedAt", "updated_at"))},
    },
    "AssignmentOverride": {"_id": (lambda _, row, __: str(row["id"]), ""), "title": (_key("title"), "")},
}
