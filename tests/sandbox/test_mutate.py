"""A school day: deterministic, about one score in twenty changed, and time stamps that behave as Canvas's do (canvas-api.md §4.2)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from include.sandbox.canvas.state import CanvasState
from include.sandbox.classroom import Change
from include.sandbox.generate import Size, generate
from include.sandbox.journal import Journal
from include.sandbox.mutate import moves, school_day
from include.sandbox.world import TARGETS, District

WORLD = generate(size=Size(courses=5, sections=3, students=30, assignments=14))


@pytest.fixture
def canvas() -> CanvasState:
    return CanvasState(WORLD, Journal())


def live(canvas: CanvasState, day: int) -> list[Change]:
    canvas.set_clock(days=1)
    changes = school_day(canvas, 7, day)
    for change in changes:
        canvas.record(change)
    return changes


def submissions(canvas: CanvasState, changes: list[Change]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(row before, fields changed) of each submission that changed."""
    return [(canvas.courses[one["course"]].submissions[tuple(one["key"])], one["set"]) for one in changes if one["do"] == "submissions"]


@cache
def many_days(days: int = 12) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(row before, fields changed) of each submission that changed within these days."""
    canvas, found = CanvasState(WORLD, Journal()), []
    for day in range(1, days + 1):
        changes = school_day(canvas, 7, day)
        found += [(dict(before), fields) for before, fields in submissions(canvas, changes)]
        for change in changes:
            canvas.record(change)
        canvas.set_clock(days=1)
    return found


def test_a_day_only_tells_what_happens_and_does_nothing(canvas: CanvasState) -> None:
    before = canvas.snapshot()
    school_day(canvas, 7, 1)
    assert canvas.snapshot() == before


def test_same_state_seed_and_day_give_the_same_changes(canvas: CanvasState) -> None:
    assert school_day(canvas, 7, 1) == school_day(CanvasState(WORLD, Journal()), 7, 1)
    assert school_day(canvas, 7, 1) != school_day(canvas, 7, 2)
    assert school_day(canvas, 7, 1) != school_day(canvas, 8, 1)


def test_three_days_are_the_same_after_a_restart() -> None:
    journal = Journal()
    first = CanvasState(WORLD, journal)
    for day in (1, 2, 3):
        live(first, day)
    again = CanvasState(WORLD, journal)
    assert again.snapshot() == first.snapshot()
    assert school_day(again, 7, 4) == school_day(first, 7, 4)


def test_about_one_score_in_twenty_changes(canvas: CanvasState) -> None:
    scored = sum(row.get("score") is not None for one in canvas.courses.values() for row in one.submissions.values())
    changed = [fields for before, fields in submissions(canvas, school_day(canvas, 7, 1)) if before.get("score") is not None and fields.get("score")]
    assert 0.03 < len(changed) / scored < 0.09


def test_new_scores_are_stamped_now_and_changed_ones_too(canvas: CanvasState) -> None:
    scored = [fields for _, fields in submissions(canvas, school_day(canvas, 7, 1)) if fields.get("score") is not None]
    assert len(scored) > 50
    assert {str(fields["graded_at"])[:10] for fields in scored} == {"2026-11-13"}


def test_a9_a_cleared_score_leaves_graded_at_and_state_alone() -> None:
    cleared = [(before, fields) for before, fields in many_days() if "score" in fields and fields["score"] is None and not fields.get("excused")]
    assert cleared
    for before, fields in cleared:
        assert "graded_at" not in fields
        assert "workflow_state" not in fields
        assert before["graded_at"]


def test_f9_statuses_change_alone() -> None:
    told = many_days()
    assert any(fields.get("excused") and fields["graded_at"] for _, fields in told)
    for status in ("late", "missing"):
        assert any(fields.get("late_policy_status") == status and "score" not in fields and fields["graded_at"] for _, fields in told)


def test_resubmitting_keeps_the_old_score() -> None:
    again = [fields for before, fields in many_days() if before.get("score") is not None and fields.get("submitted_at")]
    assert again
    assert all("score" not in fields and fields.get("workflow_state", "submitted") == "submitted" for fields in again)


def test_a8_due_dates_move_by_a_day_on_local_clocks(canvas: CanvasState) -> None:
    moved = [one for one in school_day(canvas, 7, 1) if one["do"] == "assignments" and set(one["set"]) == {"due_at", "updated_at"}]
    assert moved
    for one in moved:
        before = str(canvas.courses[one["course"]].assignments[one["key"]]["due_at"])
        assert before < one["set"]["due_at"]


def test_new_assignments_reach_their_students(canvas: CanvasState) -> None:
    made = [one for one in live(canvas, 1) if one["do"] == "assignments" and "name" in one["set"]]
    assert made
    for one in made:
        course = canvas.courses[one["course"]]
        assert one["key"] not in {int(str(row["id"])) for row in course.world.assignments}
        assert any(key[0] == one["key"] for key in course.submissions)


def test_only_courses_in_session_live_a_day(canvas: CanvasState) -> None:
    quiet = {int(one.id) for one in WORLD.courses if one.workflow_state != "available"}
    assert quiet
    assert not quiet & {one["course"] for one in school_day(canvas, 7, 1)}


def test_r8_one_student_of_every_target_changes_class(canvas: CanvasState) -> None:
    changes = live(canvas, 1)
    told = moves(WORLD, changes)
    assert sorted(one.target for one in told) == sorted(TARGETS)
    for one in told:
        rows = [row for course in canvas.courses.values() for row in course.enrollments.values() if str(row["user_id"]) == one.student_id]
        states = {row["sis_section_id"]: row["enrollment_state"] for row in rows}
        assert states[one.from_sis_section] == "deleted"
        assert states[one.to_sis_section] == "active"
        assert one.sis_student_id == _sis_id(WORLD, one.student_id)


def _sis_id(world: District, student: str) -> str:
    return next(one.sis_id for one in world.students if one.id == student)
