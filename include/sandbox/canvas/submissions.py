"""Reading submissions: the multi-assignment endpoint in both forms, and those of one assignment (canvas-api.md §2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from include.sandbox.canvas.call import Call, number
from include.sandbox.canvas.clock import moment
from include.sandbox.canvas.course import CourseStore, Row, is_published
from include.sandbox.canvas.errors import CanvasError, bad_request, no_right, not_found
from include.sandbox.canvas.paging import bookmarked, numbered
from include.sandbox.canvas.params import truth
from include.sandbox.canvas.submission_rows import Key, View, submission, texts

_MOST_STUDENTS = 100
_ENDED = ("completed", "inactive")


class Raw(bytes):
    """A body that is JSON already."""


def of_course(call: Call) -> Raw:
    """GET /courses/:id/students/submissions."""
    return _many(call, call.course(), None)


def of_section(call: Call) -> Raw:
    """GET /sections/:id/students/submissions."""
    course, section = call.section()
    return _many(call, course, section)


def of_assignment(call: Call) -> Raw:
    """GET /courses/:id/assignments/:id/submissions."""
    course = call.course()
    one = call.assignment(course)["id"]
    keys = sorted((key for key in course.submissions if key[0] == one and stands(course, key)), key=lambda key: _id(course, key))
    page = bookmarked(call, keys, lambda key: _id(course, key))
    return _list(texts(call, course, page, View.of(call)))


def one_submission(call: Call) -> Row:
    """GET /courses/:id/assignments/:id/submissions/:user_id."""
    course = call.course()
    key = (call.assignment(course)["id"], user_id(call, call.request.path_params["user"]))
    if key not in course.submissions or not stands(course, key):
        raise not_found()
    return submission(call, course, key, View.of(call))


def user_id(call: Call, text: str) -> int:
    """A user by id or `sis_user_id:`."""
    if not text.startswith("sis_user_id:"):
        return number(text)
    wanted = text.removeprefix("sis_user_id:")
    found = next((key for key, one in call.state.students.items() if one.sis_id and one.sis_id == wanted), None)
    if found is None:
        raise not_found()
    return found


@dataclass(frozen=True)
class _Asked:
    """Which students (their enrollments) and which assignments a request is about."""

    enrollments: list[Row]
    assignments: frozenset[int]


def _many(call: Call, course: CourseStore, section: int | None) -> Raw:
    asked = _Asked(_enrollments(call, course, section), _assignments(call, course))
    wanted = _filter(call, course)
    view = View.of(call)
    if "grouped" in call.query:
        return _grouped(call, course, asked, wanted, view)
    users = {row["user_id"] for row in asked.enrollments}
    keys = [key for key in course.submissions if key[0] in asked.assignments and key[1] in users and wanted(key)]
    return _list(texts(call, course, _ordered(call, course, keys), view))


def _ordered(call: Call, course: CourseStore, keys: list[Key]) -> Sequence[Key]:
    down = call.query.one("order_direction") == "descending"

    def place(key: Key) -> Any:
        number_ = _id(course, key)
        return [str(course.submissions[key].get("graded_at") or ""), number_] if call.query.one("order") == "graded_at" else number_

    keys.sort(key=place, reverse=down)
    return numbered(call, keys, last=False) if down else bookmarked(call, keys, place)


def _grouped(call: Call, course: CourseStore, asked: _Asked, wanted: Callable[[Key], bool], view: View) -> Raw:
    rows: list[bytes] = []
    seen: set[int] = set()
    order = sorted(asked.enrollments, key=lambda row: (row["user_id"], row["id"]))
    assignments = sorted(asked.assignments)
    for row in numbered(call, order):
        user = row["user_id"]
        if user in seen:  # Canvas drops the second enrollment of a student only within a page
            continue
        seen.add(user)
        keys = [(one, user) for one in assignments if (one, user) in course.submissions and wanted((one, user))]
        rows.append(_student(call, row)[:-1] + b',"submissions":' + _list(texts(call, course, keys, view)) + b"}")
    return _list(rows)


def _list(rows: Iterable[bytes]) -> Raw:
    return Raw(b"[" + b",".join(rows) + b"]")


def _student(call: Call, row: Row) -> bytes:
    head: Row = {"user_id": row["user_id"], "section_id": row["course_section_id"]}
    if call.string_ids:
        head = {name: str(value) for name, value in head.items()}
    if call.rights.sis:
        head |= {"integration_id": None, "sis_user_id": row.get("sis_user_id", call.state.user_name(row["user_id"])[2])}
    return msgspec.json.encode(head)


def _enrollments(call: Call, course: CourseStore, section: int | None) -> list[Row]:
    rows = [row for row in course.student_enrollments() if section is None or row["course_section_id"] == section]
    given = call.query.many("student_ids")
    if given != ["all"]:
        if len(given) > _MOST_STUDENTS:
            raise bad_request({"error": "too many students"})
        users = {user_id(call, text) for text in given}
        if not users or users - {row["user_id"] for row in rows}:
            raise no_right()
        rows = [row for row in rows if row["user_id"] in users]
    state = call.query.one("enrollment_state")
    if state:
        rows = [row for row in rows if (row.get("enrollment_state") in _ENDED) == (state == "concluded")]
    return [row for row in rows if row.get("sis_import_id")] if _posting(call) else rows


def _assignments(call: Call, course: CourseStore) -> frozenset[int]:
    published = course.published()
    given = call.query.many("assignment_ids")
    if given:
        ids = {number(text) for text in given}
        if ids - set(published):
            raise CanvasError(403, {"error": "invalid assignment ids requested"})
        published = {key: row for key, row in published.items() if key in ids}
    return frozenset(key for key, row in published.items() if row.get("post_to_sis") or not _posting(call))


def _posting(call: Call) -> bool:
    return truth(call.query.one("post_to_sis"))


def _filter(call: Call, course: CourseStore) -> Callable[[Key], bool]:
    graded, submitted = call.query.moment("graded_since"), call.query.moment("submitted_since")
    state, period = call.query.one("workflow_state"), call.query.one("grading_period_id")

    def wanted(key: Key) -> bool:
        row = course.submissions[key]
        for since, name in ((graded, "graded_at"), (submitted, "submitted_at")):
            if since is not None and not (row.get(name) and moment(str(row[name])) > since):
                return False
        if state and row.get("workflow_state", "unsubmitted") != state:
            return False
        return (not period or str(row.get("grading_period_id")) == period) and stands(course, key)

    return wanted


def stands(course: CourseStore, key: Key) -> bool:
    """Whether the row exists in Canvas's eyes: published, and the student is given the assignment, or has only concluded enrollments."""
    if key[0] not in course.assignments or not is_published(course.assignments[key[0]]):
        return False
    return key[1] in course.due_dates(key[0]) or key[1] in course.concluded


def _id(course: CourseStore, key: Key) -> int:
    return int(course.submissions[key]["id"])
