"""Sections, enrollments and users, and what a course is set to (canvas-api.md §2.3 to §2.5)."""

from __future__ import annotations

from typing import Any

from include.sandbox.canvas.call import Call
from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.canvas.grading import recalculate
from include.sandbox.canvas.paging import bookmarked, numbered
from include.sandbox.canvas.submissions import user_id
from include.sandbox.world import Section

_STATES = ("active", "invited")
_ROLES = {"StudentEnrollment": 19, "TeacherEnrollment": 20, "StudentViewEnrollment": 19}


def section_row(call: Call, course: CourseStore, section: Section) -> Row:
    """A section as Canvas shows it. `cross_listed_from` is the Canvas or SIS id of the course that it comes from (§2.4)."""
    origin = section.cross_listed_from
    row: Row = {
        "id": int(section.id),
        "name": section.name,
        "course_id": course.id,
        "sis_course_id": course.world.sis_id or None,
        "sis_section_id": section.sis_id or None,
        "integration_id": None,
        "sis_import_id": 77 if section.sis_id else None,
        "nonxlist_course_id": int(origin) if origin.isdigit() else None,
        "start_at": None,
        "end_at": None,
        "restrict_enrollments_to_section_dates": False,
        "created_at": "2026-08-01T12:00:00Z",
    }
    if "total_students" in call.query.many("include"):
        row["total_students"] = sum(1 for each in course.student_enrollments() if each["course_section_id"] == row["id"])
    return row


def sections(call: Call) -> list[Row]:
    """GET /courses/:id/sections, by name."""
    course = call.course()
    found = sorted(course.sections.values(), key=lambda one: (one.name, int(one.id)))
    return [section_row(call, course, one) for one in numbered(call, found)]


def one_section(call: Call) -> Row:
    """GET /sections/:id."""
    course, section = call.section()
    return section_row(call, course, course.sections[section])


def course_enrollments(call: Call) -> list[Row]:
    """GET /courses/:id/enrollments."""
    course = call.course()
    return _enrollments(call, course, list(course.enrollments.values()))


def section_enrollments(call: Call) -> list[Row]:
    """GET /sections/:id/enrollments."""
    course, section = call.section()
    return _enrollments(call, course, [row for row in course.enrollments.values() if row["course_section_id"] == section])


def _enrollments(call: Call, course: CourseStore, rows: list[Row]) -> list[Row]:
    query = call.query
    states, kinds = query.many("state") or list(_STATES), query.many("type") or query.many("role")
    sections_, users = query.many("sis_section_id"), query.many("sis_user_id")
    shown = [enrollment_row(call, course, row) for row in rows if row.get("enrollment_state", "active") in states or "all" in states]
    shown = [row for row in shown if (not kinds or row["type"] in kinds) and (not sections_ or row["sis_section_id"] in sections_)]
    shown = [row for row in shown if not users or row["sis_user_id"] in users]
    if query.one("user_id"):
        wanted = user_id(call, query.one("user_id"))
        shown = [row for row in shown if row["user_id"] == wanted]
    return list(bookmarked(call, sorted(shown, key=_place), _place))


def _place(row: Row) -> list[Any]:
    return [row["type"], row["user"]["sortable_name"].casefold(), row["id"]]


def enrollment_row(call: Call, course: CourseStore, stored: Row) -> Row:
    """An enrollment as Canvas shows it."""
    section = course.sections.get(stored["course_section_id"])
    return {
        "role": stored["type"],
        "enrollment_state": "active",
        "sis_import_id": None,
        "role_id": _ROLES.get(stored["type"], 19),
        "start_at": None,
        "end_at": None,
        "grades": {"current_score": None, "final_score": None, "current_grade": None, "final_grade": None},
        **stored,
        "course_id": course.id,
        "sis_course_id": course.world.sis_id or None,
        "sis_section_id": (section.sis_id or None) if section else None,
        "sis_user_id": stored.get("sis_user_id", call.state.user_name(stored["user_id"])[2]),
        "user": user_row(call, stored),
    }


def user_row(call: Call, enrollment: Row) -> Row:
    """The person of an enrollment."""
    name, sortable, sis = call.state.user_name(enrollment["user_id"])
    return {
        "id": enrollment["user_id"],
        "name": name,
        "sortable_name": sortable,
        "sis_user_id": sis,
        "integration_id": None,
        **enrollment.get("user", {}),
    }


def search_users(call: Call) -> list[Row]:
    """GET /courses/:id/search_users (and /users)."""
    course, kinds, states = call.course(), call.query.many("enrollment_type"), call.query.many("enrollment_state") or list(_STATES)
    found: dict[int, Row] = {}
    for row in course.enrollments.values():
        kind = row["type"].removesuffix("Enrollment").lower().replace("studentview", "student_view")
        if (not kinds or kind in kinds) and row.get("enrollment_state", "active") in states:
            found.setdefault(row["user_id"], user_row(call, row))
    return list(numbered(call, sorted(found.values(), key=lambda row: (row["sortable_name"].casefold(), row["id"]))))


def grading_periods(call: Call) -> dict[str, Any]:
    """GET .../grading_periods: the sandbox has none, and says so in Canvas's JSON-API manner (§2.3)."""
    none: list[Row] = list(numbered(call, []))
    return {"grading_periods": none, "meta": {"pagination": {"page": 1, "per_page": 10, "count": 0, "next": None}}}


def late_policy(call: Call) -> dict[str, Any]:
    """GET (and PATCH, for tests) /courses/:id/late_policy. An edit moves scores but no `graded_at` (§4.2)."""
    course = call.course()
    if call.request.method == "PATCH":
        asked = call.body.child("late_policy")
        call.state.record({"do": "late_policy", "course": course.id, "set": {name: _typed(course.late_policy[name], asked[name]) for name in asked}})
        recalculate(call, course)
    return {"late_policy": {"id": course.id, "course_id": course.id, **course.late_policy}}


def _typed(old: object, new: object) -> object:
    if isinstance(old, bool):
        return str(new).lower() in ("true", "1")
    return float(str(new)) if isinstance(old, float) else str(new)


def settings(call: Call) -> Row:
    """GET /courses/:id/settings."""
    call.course()
    return {"allow_student_discussion_topics": True, "hide_final_grades": False, "grading_standard_enabled": False, "grading_standard_id": None}
