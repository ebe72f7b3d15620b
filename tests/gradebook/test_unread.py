"""I-7, invariant 6: what could not be read from Canvas is withheld and never taken for gone, also where a district clears and deletes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from include.gradebook.rules import SisRules
from include.gradebook.schemas import WITHHELD
from tests.classroom import Classroom, Night, accepted

RULES = SisRules(clear_blanks=True, delete_removed=True)


def night(place: Classroom, problem: dict[str, str], **frames: pd.DataFrame) -> Night:
    """A night on which this could not be read, and is missing from the frames."""
    canvas = place.canvas()
    told = WITHHELD.of([{"canvas_course_id": "1", "value": "due_at is 7", "limit": "a date", "stage": "extract", **problem}])
    changed = replace(canvas, problems=told, **{name: rows(getattr(canvas, name)) for name, rows in frames.items()})  # type: ignore[operator]
    place.canvas = lambda: changed  # type: ignore[method-assign]
    return place.night()


def without(column: str, value: str):  # type: ignore[no-untyped-def]
    return lambda rows: rows[rows[column] != value]


@pytest.mark.parametrize(
    ("problem", "frames"),
    [
        (
            {"kind": "assignment", "canvas_assignment_id": "100", "reason_code": "GP-UNREADABLE-ASSIGNMENT"},
            {"assignments": without("canvas_assignment_id", "100"), "submissions": without("canvas_assignment_id", "100")},
        ),
        (
            {"kind": "grade", "canvas_assignment_id": "100", "canvas_user_id": "u1", "reason_code": "GP-UNREADABLE-SCORE"},
            {"submissions": without("canvas_user_id", "u1")},
        ),
        (
            {"kind": "grade", "canvas_user_id": "u1", "reason_code": "GP-UNREADABLE-STUDENT"},
            {"enrollments": without("canvas_user_id", "u1")},
        ),
        (
            {"kind": "section", "canvas_section_id": "1", "reason_code": "GP-UNREADABLE-SECTION"},
            {"enrollments": without("canvas_section_id", "1")},
        ),
    ],
    ids=["assignment", "score", "student", "section"],
)  # fmt: skip
def test_i7_what_was_sent_before_stays(problem: dict[str, str], frames: dict[str, pd.DataFrame]) -> None:
    place = accepted(RULES)
    found = night(place, problem, **frames)
    assert found.writes() == 0
    codes = set(found.resolved.withheld["reason_code"])
    assert problem["reason_code"] in codes
    assert ("GP-NOT-READ" in codes) == (problem["reason_code"] == "GP-UNREADABLE-STUDENT"), "each score of such a student is counted"
    if problem["kind"] == "section":
        return  # a run asks the ledger for the kept sections alone, a classroom for all
    assert not set(found.notes()) & {"GP-REMOVED", "GP-BLANKED", "GP-STUDENT-LEFT", "GP-NOT-GIVEN"}


def test_invariant_6_without_the_problem_the_same_frames_would_delete() -> None:
    place = accepted(RULES)
    canvas = place.canvas()
    bare = replace(canvas, assignments=canvas.assignments.iloc[:0], submissions=canvas.submissions.iloc[:0])
    place.canvas = lambda: bare  # type: ignore[method-assign]
    assert place.night().writes() == 1


def test_r17_a_score_that_waits_for_a_checkpoint_stays_as_it_was_sent() -> None:
    place = accepted(RULES)
    place.score("100", "u1", {"score": 4.0, "open_parts": "Required replies"})
    found = place.night()
    assert found.writes() == 0
    assert found.why("grade") == ["GP-CHECKPOINT"]
    assert "Required replies" in found.told("GP-CHECKPOINT")


def test_i7_an_incomplete_course_says_why() -> None:
    place = accepted(RULES)
    place.course["complete"] = False
    found = night(place, {"kind": "course", "reason_code": "GP-UNREADABLE-COURSE", "value": "an enrollment: user_id is empty"})
    told = found.resolved.withheld
    values = told.loc[told["reason_code"] == "GP-COURSE-INCOMPLETE", "value"]
    assert len(values)
    assert values.eq("an enrollment: user_id is empty").all()
    assert found.writes() == 0
