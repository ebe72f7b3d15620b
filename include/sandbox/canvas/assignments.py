"""Reading assignment groups, assignments and overrides (canvas-api.md §2.6 to §2.8)."""

from __future__ import annotations

from typing import Any

from include.sandbox.canvas.call import Call, number
from include.sandbox.canvas.course import CourseStore, Row, is_published
from include.sandbox.canvas.errors import bad_request
from include.sandbox.canvas.paging import numbered

_MOST_DATES = 25  # from here on `all_dates_count` stands for the list (DTE)
DATES = ("due_at", "unlock_at", "lock_at")
_SETS = (("student_ids", "ADHOC"), ("course_section_id", "CourseSection"), ("group_id", "Group"), ("course_id", "Course"), ("noop_id", "Noop"))


def groups(call: Call) -> list[Row]:
    """GET /courses/:id/assignment_groups. One answer holds a group's assignments, unpaged."""
    course, include = call.course(), call.query.many("include")
    found = sorted(course.groups.values(), key=lambda row: (row.get("position", 0), row["id"]))
    rows = [group_row(row) for row in numbered(call, found) if row.get("workflow_state") != "deleted"]
    if "assignments" in include:
        inside = sorted(course.live_assignments().values(), key=_position)
        for row in rows:
            row["assignments"] = [assignment_row(call, course, each) for each in inside if each["assignment_group_id"] == row["id"]]
    return rows


def group_row(row: Row) -> Row:
    """A group as Canvas shows it."""
    defaults: Row = {"position": 1, "group_weight": 0.0, "sis_source_id": None, "integration_data": {}, "rules": {}}
    return {**defaults, **{name: value for name, value in row.items() if name not in ("workflow_state", "assignments")}}


def assignments(call: Call) -> list[Row]:
    """GET /courses/:id/assignments."""
    course, query = call.course(), call.query
    found = list(course.live_assignments().values())
    if query.many("assignment_ids"):
        wanted = {number(text) for text in query.many("assignment_ids")}
        if wanted - {row["id"] for row in found}:
            raise bad_request({"message": f"Invalid assignment_ids: {','.join(map(str, sorted(wanted - {row['id'] for row in found})))}"})
        found = [row for row in found if row["id"] in wanted]
    if "post_to_sis" in query:
        found = [row for row in found if bool(row.get("post_to_sis")) == query.flag("post_to_sis")]
    if query.one("search_term"):
        found = [row for row in found if query.one("search_term").lower() in row["name"].lower()]
    orders: dict[str, Any] = {"name": lambda row: (row["name"].casefold(), row["id"]), "due_at": lambda row: (row.get("due_at") or "9", row["id"])}
    found.sort(key=orders.get(query.one("order_by"), _position))
    return [assignment_row(call, course, row) for row in numbered(call, found)]


def one_assignment(call: Call) -> Row:
    """GET /courses/:id/assignments/:id."""
    course = call.course()
    return assignment_row(call, course, call.assignment(course))


def _position(row: Row) -> tuple[int, int, int]:
    return (int(row["assignment_group_id"]), int(row.get("position") or 0), int(row["id"]))


def assignment_row(call: Call, course: CourseStore, stored: Row) -> Row:
    """An assignment as Canvas shows it."""
    include, key, due = call.query.many("include"), stored["id"], course.due_dates(stored["id"])
    overrides = overrides_of(course, key)
    published = is_published(stored)
    given = [course.submissions.get((key, user), {}) for user in due] if published else []
    row: Row = {
        "description": None,
        "unlock_at": None,
        "lock_at": None,
        "course_id": course.id,
        "html_url": f"/courses/{course.id}/assignments/{key}",
        "due_date_required": False,
        "max_name_length": 255,
        **{name: value for name, value in stored.items() if name not in ("student_ids", "checkpoints")},
        "published": published,
        "workflow_state": stored.get("workflow_state") or ("published" if published else "unpublished"),
        "has_overrides": bool(overrides),
        "visible_to_everyone": not stored.get("only_visible_to_overrides") and not _by_module(overrides),
        "needs_grading_count": sum(1 for each in given if each.get("submitted_at") and not each.get("graded_at")),
        "peer_reviews": False,
        "grading_standard_id": None,
        "has_submitted_submissions": any(each.get("submitted_at") for each in given),
        "graded_submissions_exist": any(each.get("workflow_state") == "graded" for each in given),
    }
    if call.query.flag("override_assignment_dates", True):
        row["due_at"] = _own_view(stored, overrides)
    if "overrides" in include:
        row["overrides"] = [each for each in overrides if each.get("context_module_id") is None]  # a module's are counted and not listed
    if not call.rights.manage:
        for name in ("has_overrides", "overrides", "needs_grading_count"):
            row.pop(name, None)
    if "checkpoints" in include:
        row |= {"has_sub_assignments": bool(stored.get("checkpoints")), "checkpoints": stored.get("checkpoints", [])}
    if "all_dates" in include:
        row |= _all_dates(course, stored, overrides)
    if "assignment_visibility" in include:
        row["assignment_visibility"] = [str(user) for user in sorted(due)]
    for name in call.query.many("exclude_response_fields"):
        row.pop(name, None)
    return row


def _own_view(stored: Row, overrides: list[Row]) -> str | None:
    """The due date that an admin is shown unless he asks for the base date: the latest of all, none being the latest (§2.7)."""
    base = [stored.get("due_at")] if not stored.get("only_visible_to_overrides") or not overrides else []
    dates = base + [row["due_at"] for row in overrides if "due_at" in row and not row.get("unassign_item")]
    return None if None in dates else max((str(date) for date in dates), default=stored.get("due_at"))


def _by_module(overrides: list[Row]) -> bool:
    """Whether a module says who is given the assignment, which is then not everyone."""
    return any(row.get("context_module_id") is not None for row in overrides)


def overrides_of(course: CourseStore, assignment_id: int) -> list[Row]:
    """The overrides of an assignment, its modules' included."""
    return [row for row in course.overrides.values() if row.get("assignment_id") == assignment_id]


def _all_dates(course: CourseStore, stored: Row, overrides: list[Row]) -> Row:
    active = [row for row in overrides if not row.get("unassign_item")]
    if len(active) >= _MOST_DATES:
        return {"all_dates_count": len(active)}
    dates = [{"id": row["id"], "title": row.get("title"), **{name: row.get(name, stored.get(name)) for name in DATES}, **_set(row)} for row in active]
    named = {row.get("course_section_id") for row in active}
    if not stored.get("only_visible_to_overrides") and not (course.sections and set(course.sections) <= named):
        title = {"title": "Everyone else"} if dates else {}
        dates.append({"base": True, **title, **{name: stored.get(name) for name in DATES}})
    return {"all_dates": dates}


def _set(row: Row) -> Row:
    for name, kind in _SETS:
        if row.get(name) is not None:
            return {"set_type": kind, "set_id": row["id"] if kind == "ADHOC" else row[name]}
    return {}


def overrides(call: Call) -> list[Row]:
    """GET /courses/:id/assignments/:id/overrides."""
    course = call.course()
    return list(numbered(call, overrides_of(course, call.assignment(course)["id"])))
