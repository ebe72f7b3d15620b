"""What a teacher does to assignments, groups and overrides (canvas-api.md §2.6 to §2.8)."""

from __future__ import annotations

import json
import re
from typing import Any

from include.sandbox.canvas.assignments import DATES, assignment_row, group_row
from include.sandbox.canvas.call import Call
from include.sandbox.canvas.clock import moment, written
from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.canvas.errors import invalid_field, not_found
from include.sandbox.canvas.grading import recalculate
from include.sandbox.canvas.params import truth

_TEXTS = ("name", "description", "grading_type", "integration_id", "sis_assignment_id")
_FLAGS = ("post_to_sis", "omit_from_final_grade", "only_visible_to_overrides", "grade_group_students_individually", "hide_in_gradebook")
_NUMBERS = ("assignment_group_id", "position", "group_category_id", "grader_count")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+ -]\d\d:?\d\d)?)?")
_TARGETS = ("course_section_id", "group_id", "course_id", "noop_id", "context_module_id")


def edit_assignment(call: Call) -> Row:
    """PUT /courses/:id/assignments/:id. A moved due date recalculates late scores (§4.2)."""
    course = call.course()
    old = call.assignment(course)
    fields = _assignment_fields(call.body.child("assignment"))
    _save(call, course, old["id"], {**fields, "updated_at": call.state.clock.tick()})
    if "due_at" in fields:
        recalculate(call, course, old["id"])
    return assignment_row(call, course, course.assignments[old["id"]])


def new_assignment(call: Call) -> Row:
    """POST /courses/:id/assignments."""
    course, stamp, key = call.course(), call.state.clock.tick(), call.state.new_id()
    asked = _assignment_fields(call.body.child("assignment"))
    if not asked.get("name"):
        raise invalid_field("name", "blank")
    fresh: Row = {"id": key, "course_id": course.id, "description": None, "points_possible": 0.0, "grading_type": "points", "due_at": None,
                  "submission_types": ["none"], "assignment_group_id": min(course.groups, default=None), "position": len(course.assignments) + 1,
                  "post_to_sis": False, "published": False, "workflow_state": "unpublished", "omit_from_final_grade": False,
                  "only_visible_to_overrides": False, "integration_id": None, "integration_data": {}, "sis_assignment_id": None}  # fmt: skip
    _save(call, course, key, {**fresh, **asked, "created_at": stamp, "updated_at": stamp})
    return assignment_row(call, course, course.assignments[key])


def delete_assignment(call: Call) -> Row:
    """DELETE /courses/:id/assignments/:id."""
    course = call.course()
    row = assignment_row(call, course, call.assignment(course))
    _save(call, course, row["id"], {"workflow_state": "deleted", "published": False, "updated_at": call.state.clock.tick()})
    return {**row, "workflow_state": "deleted"}


def _save(call: Call, course: CourseStore, key: int, fields: Row) -> None:
    call.state.write("assignments", course.id, key, fields)


def _assignment_fields(asked: dict[str, Any]) -> Row:
    fields: Row = {name: str(asked[name]) for name in _TEXTS if name in asked}
    fields |= {name: truth(asked[name]) for name in _FLAGS if name in asked}
    fields |= {name: int(asked[name]) for name in _NUMBERS if asked.get(name) not in (None, "")}
    fields |= _dates(asked)
    if len(fields.get("name", "")) > 255:
        raise invalid_field("name", "is too long (maximum is 255 characters)")
    if "points_possible" in asked:
        fields["points_possible"] = None if asked["points_possible"] in ("", None) else float(asked["points_possible"])
    if "submission_types" in asked:
        kinds = asked["submission_types"]
        fields["submission_types"] = list(kinds) if isinstance(kinds, list) else [str(kinds)]
    if "published" in asked:
        fields["published"] = truth(asked["published"])
        fields["workflow_state"] = "published" if fields["published"] else "unpublished"
    if "integration_data" in asked:
        fields["integration_data"] = _data(asked["integration_data"])
    return fields


def _dates(asked: dict[str, Any]) -> Row:
    fields: Row = {}
    for name in DATES:
        if name not in asked:
            continue
        text = str(asked[name] or "").strip()
        if text and not _DATE.fullmatch(text):
            raise invalid_field(name, f"Invalid datetime for {name}")
        fields[name] = written(moment(text.replace(" ", "+") if text.count(":") > 2 else text)) if text else None
    return fields


def _data(value: object) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    if not isinstance(found, dict):
        raise invalid_field("integration_data", "must be a JSON object")
    return found


def edit_group(call: Call) -> Row:
    """PUT /courses/:id/assignment_groups/:id. Its fields come without a wrapping name."""
    course, key = call.course(), call.number("group")
    if key not in course.groups:
        raise not_found()
    asked = call.body.tree
    fields: Row = {name: str(asked[name]) for name in ("name", "sis_source_id") if name in asked}
    fields |= {name: float(asked[name]) for name in ("group_weight",) if name in asked}
    fields |= {"position": int(asked["position"])} if "position" in asked else {}
    fields |= {"integration_data": _data(asked["integration_data"])} if "integration_data" in asked else {}
    call.state.clock.tick()
    call.state.write("groups", course.id, key, fields)
    return group_row(course.groups[key])


def new_group(call: Call) -> Row:
    """POST /courses/:id/assignment_groups."""
    course, key = call.course(), call.state.new_id()
    call.state.clock.tick()
    call.state.write(
        "groups", course.id, key, {"name": call.body.one("name", "Assignments"), "position": len(course.groups) + 1, "group_weight": 0.0}
    )
    return group_row(course.groups[key])


def new_override(call: Call) -> Row:
    """POST /courses/:id/assignments/:id/overrides."""
    course = call.course()
    assignment, key = call.assignment(course), call.state.new_id()
    return _put_override(call, course, key, {"assignment_id": assignment["id"], "title": "override", "unassign_item": False})


def edit_override(call: Call) -> Row:
    """PUT /courses/:id/assignments/:id/overrides/:id. Canvas replaces all dates: one that is not sent is overridden no more."""
    course = call.course()
    old = _override(call, course)
    target = {name: value for name, value in old.items() if name not in DATES}
    call.state.write("overrides", course.id, old["id"], None)
    return _put_override(call, course, old["id"], target)


def delete_override(call: Call) -> Row:
    """DELETE /courses/:id/assignments/:id/overrides/:id."""
    course = call.course()
    old = _override(call, course)
    call.state.clock.tick()
    call.state.write("overrides", course.id, old["id"], None)
    _touch(call, course, old["assignment_id"])
    recalculate(call, course, old["assignment_id"])
    return old


def _touch(call: Call, course: CourseStore, assignment_id: int) -> None:
    """The assignment of an override counts as edited with it."""
    call.state.write("assignments", course.id, assignment_id, {"updated_at": call.state.clock.stamp()})


def _override(call: Call, course: CourseStore) -> Row:
    found = course.overrides.get(call.number("override"))
    if found is None or found.get("assignment_id") != call.assignment(course)["id"]:
        raise not_found()
    return found


def _put_override(call: Call, course: CourseStore, key: int, base: Row) -> Row:
    asked = call.body.child("assignment_override")
    fields: Row = {**base, **_dates(asked), **{name: int(asked[name]) for name in _TARGETS if name in asked}}
    if "student_ids" in asked:
        fields["student_ids"] = [int(each) for each in asked["student_ids"]]
    fields |= {"title": str(asked["title"])} if "title" in asked else {}
    fields |= {"unassign_item": truth(asked["unassign_item"])} if "unassign_item" in asked else {}
    if not any(name in fields for name in (*_TARGETS, "student_ids")):
        raise invalid_field("assignment_override", "one of student_ids, group_id, course_section_id, course_id or noop_id is required")
    call.state.clock.tick()
    call.state.write("overrides", course.id, key, fields)
    _touch(call, course, fields["assignment_id"])
    recalculate(call, course, fields["assignment_id"])
    return course.overrides[key]
