"""Canvas's SIS integration API: what may be passed back, for an account or a course (canvas-api.md §3.1, §3.2)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from include.sandbox.canvas.accounts import account, courses_below, within
from include.sandbox.canvas.assignments import overrides_of
from include.sandbox.canvas.call import Call
from include.sandbox.canvas.course import CourseStore, Row, is_published
from include.sandbox.canvas.errors import bad_request
from include.sandbox.canvas.paging import numbered
from include.sandbox.world import Section


def account_assignments(call: Call) -> list[Row]:
    """GET /api/sis/accounts/:id/assignments: published courses of the account and below, by course, then assignment."""
    top = account(call)["id"]
    _enabled(call)
    found = [course for course in courses_below(call, top) if course.world.workflow_state == "available" and within(call, course)]
    return _page(call, [(course, row) for course in found for row in course.synced()])


def course_assignments(call: Call) -> list[Row]:
    """GET /api/sis/courses/:id/assignments."""
    course = call.course()
    _enabled(call)
    if course.world.workflow_state != "available":
        raise bad_request({"code": "unpublished_course", "error": "Course must be published to sync assignments"})
    return _page(call, [(course, row) for row in course.synced()])


def _enabled(call: Call) -> None:
    if not call.state.settings["bulk_sis_grade_export"]:
        raise bad_request(
            {"code": "not_enabled", "error": "A SIS integration is not configured and the bulk SIS Grade Export feature is not enabled"}
        )


def _page(call: Call, found: list[tuple[CourseStore, Row]]) -> list[Row]:
    return [_row(call, course, row) for course, row in numbered(call, found)]


def _row(call: Call, course: CourseStore, stored: Row) -> Row:
    overrides = overrides_of(course, stored["id"])
    row: Row = {
        name: stored.get(name) for name in ("id", "name", "created_at", "due_at", "unlock_at", "lock_at", "points_possible", "submission_types")
    }
    row |= {
        "course_id": course.id,
        "integration_id": stored.get("integration_id"),
        "integration_data": stored.get("integration_data") or {},
        "include_in_final_grade": not stored.get("omit_from_final_grade") and stored.get("grading_type") != "not_graded",
        "assignment_group": _group(course, stored),
        "sections": _sections(call, course, stored, overrides),
    }
    if "student_overrides" in call.query.many("include"):
        row["user_overrides"] = [_students(call, each) for each in overrides if each.get("student_ids")]
    return row


def _group(course: CourseStore, stored: Row) -> Row:
    group = course.groups.get(stored["assignment_group_id"], {})
    return {name: group.get(name) for name in ("id", "name", "sis_source_id", "integration_data", "group_weight")}


def _sections(call: Call, course: CourseStore, stored: Row, overrides: list[Row]) -> list[Row]:
    by_section = {row["course_section_id"]: row for row in overrides if row.get("course_section_id") is not None}
    found = []
    for key, section in sorted(course.sections.items()):
        override = by_section.get(key)
        if override is None and stored.get("only_visible_to_overrides"):
            continue
        row: Row = {"id": key, "name": section.name, "sis_id": section.sis_id or None, "integration_id": None, **_courses(call, course, section)}
        if override is not None:
            row["override"] = {"id": override["id"], "override_title": override.get("title"), **_dates(override)}
        found.append(row)
    return found


def _courses(call: Call, course: CourseStore, section: Section) -> Row:
    host = {"id": course.id, "name": course.world.name, "sis_id": course.world.sis_id or None, "integration_id": None}
    if not section.cross_listed_from:
        return {"origin_course": host}
    origin = call.state.courses.get(int(section.cross_listed_from)) if section.cross_listed_from.isdigit() else None
    name, sis = (origin.world.name, origin.world.sis_id or None) if origin else (section.name, section.cross_listed_from)
    return {"origin_course": {"id": origin.id if origin else None, "name": name, "sis_id": sis, "integration_id": None}, "xlist_course": host}


def _students(call: Call, override: Row) -> Row:
    students = [{"user_id": user, "sis_user_id": call.state.user_name(user)[2]} for user in override["student_ids"]]
    return {"id": override["id"], "title": override.get("title"), **_dates(override), "students": students}


def _dates(override: Row) -> dict[str, Any]:
    return {name: override.get(name) for name in ("due_at", "unlock_at", "lock_at")}


def disable_post_to_sis(call: Call) -> Response:
    """PUT /api/sis/courses/:id/disable_post_to_sis: by bulk, so that no `updated_at` moves (§3.2)."""
    course = call.course()
    if call.body.one("grading_period_id") or call.query.one("grading_period_id"):
        raise bad_request({"code": "not_found", "error": "grading_period_id is not valid"})
    call.state.clock.tick()
    for key, row in course.live_assignments().items():
        if row.get("post_to_sis") and is_published(row):
            call.state.write("assignments", course.id, key, {"post_to_sis": False})
    return Response(status_code=204)
