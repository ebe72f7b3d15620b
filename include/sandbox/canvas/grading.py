"""Grading: PUT of one submission, with what it does to score, state and time stamps (canvas-api.md §2.9, §4.2)."""

from __future__ import annotations

from typing import Any

from include.sandbox.canvas.call import Call
from include.sandbox.canvas.clock import moment
from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.canvas.errors import bad_request, not_found
from include.sandbox.canvas.params import truth
from include.sandbox.canvas.submission_rows import Key, View, status, stored, submission
from include.sandbox.canvas.submissions import user_id

_LETTERS = {"A": 100, "A-": 93, "B+": 89, "B": 86, "B-": 83, "C+": 79, "C": 76, "C-": 73, "D+": 69, "D": 66, "D-": 63, "F": 0}
_LOWEST = {"A": 94, "A-": 90, "B+": 87, "B": 84, "B-": 80, "C+": 77, "C": 74, "C-": 70, "D+": 67, "D": 64, "D-": 61}
_STATUSES = ("late", "missing", "extended", "none")
_GRADER = 1


def grade(call: Call) -> Row:
    """PUT /courses/:id/assignments/:id/submissions/:user_id. A group assignment writes all members unless graded one by one."""
    course = call.course()
    assignment = call.assignment(course)
    key = (int(assignment["id"]), user_id(call, call.request.path_params["user"]))
    if key not in course.submissions or key[1] not in course.due_dates(key[0]):
        raise not_found()
    asked = call.body.child("submission")
    stamp = call.state.clock.tick()
    keys = [(key[0], user) for user in _together(course, assignment, key[1])]
    for one in keys:
        call.state.write("submissions", course.id, list(one), _fields(call, course, one, asked, stamp))
    view = View.of(call)
    return {**submission(call, course, key, view), "all_submissions": [submission(call, course, one, view) for one in keys]}


def _together(course: CourseStore, assignment: Row, user: int) -> list[int]:
    if not assignment.get("group_category_id") or assignment.get("grade_group_students_individually"):
        return [user]
    given = course.due_dates(int(assignment["id"]))
    group = next((members for members in course.world.group_members.values() if user in members), (user,))
    return [one for one in group if one in given]


def _fields(call: Call, course: CourseStore, key: Key, asked: dict[str, Any], stamp: str) -> Row:
    """What changes in one submission."""
    row, assignment = stored(course, key), course.assignments[key[0]]
    changed: Row = {}
    if "excuse" in asked and truth(asked["excuse"]):
        return {**_cleared(), "excused": True, "workflow_state": "graded", "late_policy_status": None, **_graded(stamp, row)}
    if "excuse" in asked and row["excused"]:
        changed["excused"] = False  # graded_at stays: invisible to graded_since
    if "late_policy_status" in asked:
        changed |= {"late_policy_status": _status(asked["late_policy_status"]), "graded_at": stamp, "excused": False}
    for name in ("custom_grade_status_id", "seconds_late_override"):
        if name in asked:
            changed[name] = int(asked[name]) if asked[name] not in ("", None) else None
    if "posted_grade" in asked and asked["posted_grade"] in ("", None):
        changed |= {**_cleared(), "excused": False}  # graded_at and the state stay (§4.2)
    elif "posted_grade" in asked:
        entered = points(str(asked["posted_grade"]), assignment)
        changed |= {
            "entered_score": entered,
            "workflow_state": "graded",
            "excused": False,
            "grade_matches_current_submission": True,
            **_graded(stamp, row),
        }
    return {**changed, **deducted(call, course, key, {**row, **changed})}


def _cleared() -> Row:
    return {"score": None, "entered_score": None, "grade": None, "entered_grade": None, "points_deducted": None}


def _graded(stamp: str, row: Row) -> Row:
    return {"graded_at": stamp, "grader_id": _GRADER, "posted_at": row["posted_at"] or stamp}


def _status(value: object) -> str | None:
    if value in ("", None):
        return None
    if value not in _STATUSES:
        raise bad_request({"errors": {"late_policy_status": f"{value!r} is not one of {', '.join(_STATUSES)}"}})
    return str(value)


def points(text: str, assignment: Row) -> float:
    """The points that an entered grade stands for: `8`, `80%`, `A-`, `complete`, `incomplete`."""
    possible = float(assignment.get("points_possible") or 0)
    word = text.strip()
    if word.lower() in ("complete", "pass"):
        return possible
    if word.lower() in ("incomplete", "fail"):
        return 0.0
    if word.upper() in _LETTERS:
        return possible * _LETTERS[word.upper()] / 100
    try:
        return possible * float(word[:-1]) / 100 if word.endswith("%") else float(word)
    except ValueError as error:
        raise bad_request(
            {"errors": {"posted_grade": f"{word!r} is no grade; allowed: a number, a percentage, a letter, complete, incomplete"}}
        ) from error


def deducted(call: Call, course: CourseStore, key: Key, row: Row) -> Row:
    """Score and grade after the course's late policy, as they follow from the entered score; nothing where there is none."""
    entered = row["entered_score"]
    if entered is None:
        return {}
    possible = float(course.assignments[key[0]].get("points_possible") or 0)
    late = status(row, course.assignments[key[0]], course.due_dates(key[0]).get(key[1]), call.state.clock.stamp())
    off = min(float(entered), _deduction(course.late_policy, late, possible)) if float(entered) > 0 else 0.0
    score = round(float(entered) - off, 10)
    grading_type = str(course.assignments[key[0]].get("grading_type", "points"))
    told = {"score": score, "grade": shown_grade(score, possible, grading_type), "entered_grade": shown_grade(float(entered), possible, grading_type)}
    return {**told, "points_deducted": off if off else None}


def _deduction(policy: Row, late: Row, possible: float) -> float:
    if not policy["late_submission_deduction_enabled"] or not late["late"]:
        return 0.0
    unit = 3600 if policy["late_submission_interval"] == "hour" else 86400
    steps = -(-int(late["seconds_late"]) // unit) or 1
    return min(possible, possible * float(policy["late_submission_deduction"]) / 100 * steps)


def shown_grade(score: float, possible: float, grading_type: str) -> str:
    """The text that Canvas shows for a score."""
    if grading_type == "pass_fail":
        return "complete" if score > 0 else "incomplete"
    share = 100 * score / possible if possible else 0.0
    if grading_type in ("letter_grade", "gpa_scale"):
        return next((letter for letter, least in _LOWEST.items() if share >= least), "F")
    return f"{share:g}%" if grading_type == "percent" else f"{score:g}"


def recalculate(call: Call, course: CourseStore, assignment_id: int | None = None) -> None:
    """Apply the late policy anew after it, or a due date, changed: scores move, `graded_at` does not (§4.2)."""
    for key in [key for key in course.submissions if assignment_id in (None, key[0])]:
        row = stored(course, key)
        if row["entered_score"] is None or row["submitted_at"] is None or moment(row["submitted_at"]) > call.state.clock.now:
            continue
        told = deducted(call, course, key, row)
        if told.get("score") != row["score"] and course.late_policy["late_submission_deduction_enabled"]:
            call.state.write("submissions", course.id, list(key), told)
