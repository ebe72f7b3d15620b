"""What can happen to one Canvas submission row, and what Canvas writes into it then (canvas-api.md §2.9, §4.2).

Used for the generated gradebook and for the school days that follow, so both obey the same table of time stamps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.sandbox.coursework import Row
from include.sandbox.school_year import moment, text

_LETTERS = ((0.93, "A"), (0.9, "A-"), (0.87, "B+"), (0.83, "B"), (0.8, "B-"), (0.77, "C+"), (0.73, "C"), (0.7, "C-"), (0.6, "D"))
_TEACHER = 12
UNSUBMITTED: Row = {
    "score": None,
    "entered_score": None,
    "grade": None,
    "entered_grade": None,
    "points_deducted": None,
    "workflow_state": "unsubmitted",
    "excused": False,
    "late": False,
    "missing": False,
    "late_policy_status": None,
    "seconds_late": 0,
    "custom_grade_status_id": None,
    "grade_matches_current_submission": True,
    "submitted_at": None,
    "graded_at": None,
    "posted_at": None,
    "grading_period_id": None,
    "grader_id": None,
    "attempt": None,
    "submission_type": None,
}


@dataclass(frozen=True)
class Desk:
    """One submission about to be made: for what, whose, due when, what the time is, and how able the student is (0 to 1)."""

    assignment: Mapping[str, object]
    user_id: int
    due: datetime | None
    now: datetime
    ability: float

    @property
    def points(self) -> float:
        """Points possible; 10 where Canvas has none, for a teacher still types numbers then."""
        return number(self.assignment["points_possible"], 10.0)

    def when(self, wished: datetime) -> datetime:
        """That moment, but in the past."""
        return min(wished, self.now - timedelta(minutes=5))


def number(value: object, default: float = 0.0) -> float:
    """A JSON number as float, `default` for null."""
    return float(value) if isinstance(value, int | float) else default


def hand_in(row: Row, at: datetime, assignment: Mapping[str, object], late: bool = False) -> None:
    """The student hands something in. A score that stands stays, but is no longer of this attempt."""
    forms = assignment["submission_types"]
    row["grade_matches_current_submission"] = row["score"] is None
    row["workflow_state"] = "submitted"
    row["submitted_at"] = text(at)
    row["attempt"] = int(number(row["attempt"])) + 1
    row["submission_type"] = forms[0] if isinstance(forms, list) and forms else None
    row["missing"] = False
    due = row.get("cached_due_date")
    if due and (late or at >= moment(str(due))):
        row["late"] = True
        row["seconds_late"] = max(1, int((at - moment(str(due))).total_seconds()))


def enter(row: Row, score: float, at: datetime, assignment: Mapping[str, object], deduct: float = 0.0) -> None:
    """A teacher enters a score; Canvas takes `deduct` off it by the late policy."""
    kept = max(0.0, score - deduct) if deduct else score
    row.update(
        score=kept,
        entered_score=score,
        grade=grade_text(kept, assignment),
        entered_grade=grade_text(score, assignment),
        points_deducted=deduct if row["late"] else None,
        workflow_state="graded",
        excused=False,
        grade_matches_current_submission=True,
        graded_at=text(at),
        posted_at=None if assignment["post_manually"] else text(at),
        grader_id=_TEACHER,
    )


def excuse(row: Row, at: datetime) -> None:
    """Excused: no score, graded now, neither late nor missing."""
    row.update(score=None, entered_score=None, grade="EX", entered_grade="EX", points_deducted=None, workflow_state="graded", excused=True)
    row.update(late=False, missing=False, graded_at=text(at), posted_at=text(at), grader_id=_TEACHER)


def clear(row: Row) -> None:
    """The score is deleted: Canvas leaves state and graded_at as they were, so nothing that looks at times sees it."""
    row.update(score=None, entered_score=None, grade=None, entered_grade=None, points_deducted=None)


def flag(row: Row, status: str, at: datetime) -> None:
    """A teacher sets a status by hand: late, missing or none. Canvas stamps graded_at even though no score changed."""
    row.update(late_policy_status=status, late=status == "late", missing=status == "missing", graded_at=text(at), grader_id=_TEACHER)


def is_missing(row: Mapping[str, object], digital: bool, past_due: bool) -> bool:
    """Whether Canvas shows the row as missing: a person said so, or time passed and nothing came."""
    if row["excused"] or row["late_policy_status"]:
        return row["late_policy_status"] == "missing" and not row["excused"]
    return digital and past_due and not row["submitted_at"] and not row["grader_id"]


def grade_text(score: float, assignment: Mapping[str, object]) -> str:
    """What Canvas shows for a score under the assignment's grading type."""
    kind = assignment["grading_type"]
    points = number(assignment["points_possible"])
    share = score / points if points else 0.0
    if kind == "percent":
        return f"{share * 100:g}%"
    if kind == "pass_fail":
        return "complete" if score > 0 else "incomplete"
    if kind in ("letter_grade", "gpa_scale"):
        return next((letter for least, letter in _LETTERS if share >= least), "F")
    return f"{score:g}"
