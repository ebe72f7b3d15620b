"""Submissions as Canvas shows them: what is stored, plus what it works out when it is asked (canvas-api.md §2.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from include.sandbox.canvas.call import Call
from include.sandbox.canvas.clock import moment
from include.sandbox.canvas.comments import comments_of
from include.sandbox.canvas.course import CourseStore, Row

Key = tuple[int, int]

BLANK: Mapping[str, Any] = {
    "score": None,
    "entered_score": None,
    "grade": None,
    "entered_grade": None,
    "points_deducted": None,
    "workflow_state": "unsubmitted",
    "excused": False,
    "late_policy_status": None,
    "custom_grade_status_id": None,
    "grade_matches_current_submission": True,
    "submitted_at": None,
    "graded_at": None,
    "posted_at": None,
    "grading_period_id": None,
    "grader_id": None,
    "attempt": None,
    "submission_type": None,
    "body": None,
    "url": None,
    "redo_request": False,
    "extra_attempts": None,
}
_IDS = ("id", "assignment_id", "user_id", "grader_id", "grading_period_id", "custom_grade_status_id")
_DIGITAL = frozenset({"online_upload", "online_text_entry", "online_url", "online_quiz", "discussion_topic", "media_recording", "student_annotation"})
_QUIZ_GRACE_SECONDS = 60
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class View:
    """How a caller wants submissions: ids as text, extras, and which fields (None: all)."""

    string_ids: bool
    include: frozenset[str]
    only: frozenset[str] | None
    without: frozenset[str]

    @classmethod
    def of(cls, call: Call) -> View:
        """The view that a request asks for."""
        only = frozenset(call.query.many("response_fields")) or None
        include = frozenset(call.query.many("include")) & {
            "visibility",
            "submission_comments",
            "submission_history",
            "user",
            "assignment",
            "group",
            "sub_assignment_submissions",
        }
        return cls(call.string_ids, include, only, frozenset(call.query.many("exclude_response_fields")))


def stored(course: CourseStore, key: Key) -> Row:
    """All stored fields of a submission, also those that no one has set yet."""
    return {**BLANK, **course.submissions[key]}


def status(row: Row, assignment: Row, due_text: str | None, now: str) -> Row:
    """`late`, `missing` and `seconds_late`, which Canvas does not store (§2.9)."""
    manual = row.get("late_policy_status")
    nothing = {"late": False, "missing": False, "seconds_late": 0}
    if row.get("excused") or row.get("custom_grade_status_id"):
        return nothing
    if manual:
        seconds = int(row.get("seconds_late_override") or 0) if manual == "late" else 0
        return {"late": manual == "late", "missing": manual == "missing", "seconds_late": seconds}
    if due_text is None:
        return nothing
    submitted, kinds = row.get("submitted_at"), assignment.get("submission_types") or ()
    if submitted:
        if submitted < due_text:  # both as Canvas writes them, so that their order is that of the texts
            return nothing
        grace = _QUIZ_GRACE_SECONDS if "online_quiz" in kinds or assignment.get("is_quiz_lti_assignment") else 0
        over = (moment(submitted) - moment(due_text)).total_seconds() - grace
        return {"late": over >= 0, "missing": False, "seconds_late": max(0, int(over))}
    return {**nothing, "missing": due_text < now and not _DIGITAL.isdisjoint(kinds) and row.get("grader_id") is None}


def submission(call: Call, course: CourseStore, key: Key, view: View) -> Row:
    """One submission as Canvas shows it."""
    assignment_id, user_id = key
    due = course.due_dates(assignment_id).get(user_id)
    row = {**stored(course, key), "assignment_id": assignment_id, "user_id": user_id, "cached_due_date": due}
    row.update(status(row, course.assignments[assignment_id], due, call.state.clock.stamp()))
    parts = row.pop("parts", None)
    row |= aggregated(parts) if parts else {}
    row.pop("seconds_late_override", None)
    row.pop("updated_at", None)  # REST does not show it (§4.3)
    if "submission_comments" not in view.include:
        row.pop("submission_comments", None)
    row["preview_url"] = f"/courses/{course.id}/assignments/{assignment_id}/submissions/{user_id}?preview=1"
    if view.include:
        row = _extras(call, course, row, view)
    if view.only is not None:
        row = {name: value for name, value in row.items() if name in view.only}
    for name in view.without:
        row.pop(name, None)
    if "sub_assignment_submissions" in view.include:  # beside the fields that were asked for, as in Canvas
        row |= {"has_sub_assignment_submissions": bool(parts), "sub_assignment_submissions": parts or []}
    if view.string_ids:
        row.update({name: str(row[name]) for name in _IDS if row.get(name) is not None})
    return row


def aggregated(parts: Sequence[Mapping[str, Any]]) -> Row:
    """What Canvas makes of a discussion's checkpoints: the sum of those graded so far, and excused as soon as one of them is."""
    scores = [part["score"] for part in parts if part.get("score") is not None]
    return {"score": sum(scores) if scores else None, "excused": any(part.get("excused") for part in parts)}


def _as_text(comment: Row) -> Row:
    return {**comment, **{name: str(comment[name]) for name in ("id", "author_id") if comment.get(name) is not None}}


def _extras(call: Call, course: CourseStore, row: Row, view: View) -> Row:
    if "visibility" in view.include:
        row["assignment_visible"] = row["user_id"] in course.due_dates(row["assignment_id"])
    if "submission_comments" in view.include:
        row["submission_comments"] = [_as_text(one) if view.string_ids else one for one in comments_of(course, row)]
    if "submission_history" in view.include:
        row["submission_history"] = [dict(row)]
    if "user" in view.include:
        name, sortable, _ = call.state.user_name(row["user_id"])
        row["user"] = {"id": _id(view, "id", row["user_id"]), "name": name, "sortable_name": sortable}
    if "assignment" in view.include:
        row["assignment"] = {"id": _id(view, "id", row["assignment_id"]), "name": course.assignments[row["assignment_id"]]["name"]}
    if "group" in view.include:
        row["group"] = {"id": None, "name": None}
    return row


def _id(view: View, name: str, value: Any) -> Any:
    wanted = view.string_ids and (name == "id" or name.endswith("_id")) and isinstance(value, int)
    return str(value) if wanted else value


def texts(call: Call, course: CourseStore, keys: Iterable[Key], view: View) -> list[bytes]:
    """Submissions as JSON texts; those that were written out before in the same view are taken as they are."""
    call.state.used(course)
    ready = course.fragments(view, call.state.clock.stamp()[:16])
    found: list[bytes] = []
    for key in keys:
        text = ready.get(key)
        if text is None:
            text = ready[key] = _encode(submission(call, course, key, view))
        found.append(text)
    return found
