"""What teachers do in the sandbox Canvas, and which time stamps that moves (canvas-api.md §2.9, §4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.serving import Journal
from tests.sandbox.bay_high import AMY, BEN, BIOLOGY, CLEO, ESSAY, HOMEWORK, LAB, P1, PAPER, QUIZ, SOLO, TESTS, bay_high
from tests.sandbox.canvas_caller import Caller, canvas

COURSE = f"courses/{BIOLOGY}"
SINCE = "2026-11-13T00:00:00Z"


@pytest.fixture(scope="module")
def running() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


@pytest.fixture
def bay(running: Caller) -> Caller:
    running.admin("reset", "POST")
    return running


def place(assignment: int = QUIZ, user: int = AMY) -> str:
    return f"{COURSE}/assignments/{assignment}/submissions/{user}"


def seen_by_time(bay: Caller) -> set[tuple[int, int]]:
    rows = bay.get(f"{COURSE}/students/submissions", student_ids__="all", graded_since=SINCE, per_page=100)
    return {(row["assignment_id"], row["user_id"]) for row in rows}


def test_a_score_sets_grade_state_and_time(bay: Caller) -> None:
    row = bay.put(place(), submission__posted_grade="9.25")
    assert (row["score"], row["entered_score"], row["grade"], row["workflow_state"]) == (9.25, 9.25, "9.25", "graded")
    assert row["graded_at"] == "2026-11-13T18:00:01Z"
    assert bay.get(place()) == {key: value for key, value in row.items() if key != "all_submissions"}
    assert seen_by_time(bay) == {(QUIZ, AMY)}


def test_the_same_score_again_moves_the_time_alone(bay: Caller) -> None:
    first, second = (bay.put(place(), submission__posted_grade="8") for _ in range(2))
    assert first["score"] == second["score"]
    assert second["graded_at"] > first["graded_at"]


def test_a9_clearing_a_score_leaves_graded_at_and_state(bay: Caller) -> None:
    row = bay.put(place(), submission__posted_grade="")
    assert (row["score"], row["grade"], row["excused"], row["workflow_state"]) == (None, None, False, "graded")
    assert row["graded_at"] == "2026-11-12T21:00:00Z"
    assert seen_by_time(bay) == set()


def test_r3_excusing_empties_the_score_and_moves_the_time(bay: Caller) -> None:
    row = bay.put(place(), submission__excuse="true")
    assert (row["score"], row["excused"], row["workflow_state"], row["missing"]) == (None, True, "graded", False)
    assert seen_by_time(bay) == {(QUIZ, AMY)}


def test_unexcusing_without_a_score_moves_no_time(bay: Caller) -> None:
    excused = bay.put(place(), submission__excuse="true")
    row = bay.put(place(), submission__excuse="false")
    assert (row["score"], row["excused"], row["graded_at"]) == (None, False, excused["graded_at"])


@pytest.mark.parametrize("status", ["late", "missing"])
def test_f9_a_status_set_by_hand_wins_and_moves_the_time(bay: Caller, status: str) -> None:
    row = bay.put(place(), submission__late_policy_status=status)
    assert (row["late"], row["missing"]) == (status == "late", status == "missing")
    assert (row["score"], row["late_policy_status"]) == (8.0, status)
    assert seen_by_time(bay) == {(QUIZ, AMY)}
    assert bay.put(place(), submission__late_policy_status="none")["missing"] is False
    wrong = bay.ask(place(), "PUT", data={"submission[late_policy_status]": "lost"})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("entered", "score"),
    [("80%", 8.0), ("A-", 9.3), ("complete", 10.0), ("incomplete", 0.0), ("0", 0.0), ("-1", -1.0), ("12.345678", 12.345678)],
)
def test_a15_grades_are_entered_in_many_forms(bay: Caller, entered: str, score: float) -> None:
    assert bay.put(place(), submission__posted_grade=entered)["score"] == pytest.approx(score, abs=1e-9)


def test_a_grade_that_is_none_is_refused_with_what_is_allowed(bay: Caller) -> None:
    answer = bay.ask(place(), "PUT", data={"submission[posted_grade]": "very good"})
    assert answer.status_code == 400
    assert "a percentage" in answer.json()["errors"]["posted_grade"]


def test_a_group_assignment_writes_all_members(bay: Caller) -> None:
    row = bay.put(place(ESSAY), submission__posted_grade="7")
    assert sorted((each["user_id"], each["score"]) for each in row["all_submissions"]) == [(AMY, 7.0), (BEN, 7.0)]
    assert bay.get(place(ESSAY, BEN))["score"] == 7.0
    assert bay.get(place(ESSAY, CLEO))["score"] is None


def test_who_is_not_given_an_assignment_cannot_be_graded(bay: Caller) -> None:
    assert bay.ask(place(SOLO, BEN), "PUT", data={"submission[posted_grade]": "1"}).status_code == 404


def test_a_late_policy_deducts_without_moving_the_time(bay: Caller) -> None:
    bay.put(f"{COURSE}/assignments/{QUIZ}", assignment__due_at="2026-11-11T04:59:59Z")
    assert bay.get(place())["late"] is True
    bay.ask(f"{COURSE}/late_policy", "PATCH", json={"late_policy": {"late_submission_deduction_enabled": True, "late_submission_deduction": 10}})
    row = bay.get(place())
    assert (row["entered_score"], row["score"], row["points_deducted"], row["graded_at"]) == (8.0, 6.0, 2.0, "2026-11-12T21:00:00Z")
    bay.put(f"{COURSE}/assignments/{QUIZ}", assignment__due_at="2026-11-13T04:59:59Z")
    row = bay.get(place())
    assert (row["score"], row["points_deducted"], row["graded_at"]) == (8.0, None, "2026-11-12T21:00:00Z")


def test_a8_editing_an_assignment_moves_updated_at(bay: Caller) -> None:
    path = f"{COURSE}/assignments/{QUIZ}"
    before = bay.get(path)
    row = bay.put(path, assignment__name="Cell quiz 2", assignment__points_possible="12.5", assignment__assignment_group_id=TESTS)
    assert (row["name"], row["points_possible"], row["assignment_group_id"]) == ("Cell quiz 2", 12.5, TESTS)
    assert row["updated_at"] > before["updated_at"]
    assert bay.put(path, assignment__due_at="")["due_at"] is None
    assert bay.put(path, assignment__due_at="2026-11-20T23:59:59-05:00")["due_at"] == "2026-11-21T04:59:59Z"


@pytest.mark.parametrize(("field", "value"), [("due_at", "tomorrow"), ("name", "x" * 256), ("integration_data", "[]"), ("points_possible", "many")])
def test_a_wrong_field_is_a_400(bay: Caller, field: str, value: str) -> None:
    answer = bay.ask(f"{COURSE}/assignments/{QUIZ}", "PUT", data={f"assignment[{field}]": value})
    assert answer.status_code == 400
    assert bay.get(f"{COURSE}/assignments/{QUIZ}")["name"] == "Cell quiz"


def test_a10_unpublished_and_deleted_assignments_lose_their_rows(bay: Caller) -> None:
    bay.put(f"{COURSE}/assignments/{QUIZ}", assignment__published="false")
    assert bay.ask(place()).status_code == 404
    assert bay.ask(f"{COURSE}/assignments/{PAPER}", "DELETE").json()["workflow_state"] == "deleted"
    assert bay.ask(f"{COURSE}/assignments/{PAPER}").status_code == 404
    bay.put(f"{COURSE}/assignments/{QUIZ}", assignment__published="true")
    assert bay.get(place())["score"] == 8.0


def test_a_new_assignment_is_given_to_everyone(bay: Caller) -> None:
    answer = bay.ask(f"{COURSE}/assignments", "POST", data={"assignment[name]": "New", "assignment[published]": "1", "assignment[post_to_sis]": "1"})
    key = answer.json()["id"]
    assert (answer.json()["post_to_sis"], answer.json()["assignment_group_id"]) == (True, HOMEWORK)
    assert bay.put(place(key), submission__posted_grade="5")["score"] == 5.0


def test_a_group_can_be_renamed_and_tagged(bay: Caller) -> None:
    path = f"{COURSE}/assignment_groups/{HOMEWORK}"
    assert bay.ask(path, "PUT", data={"integration_data": "text"}).status_code == 400
    row = bay.ask(path, "PUT", data={"name": "Home", "integration_data[S-1]": "CAT-9"}).json()
    assert (row["name"], row["integration_data"]) == ("Home", {"S-1": "CAT-9"})


def test_st5_overrides_can_be_made_changed_and_taken_away(bay: Caller) -> None:
    path = f"{COURSE}/assignments/{QUIZ}/overrides"
    made = bay.ask(path, "POST", data={"assignment_override[course_section_id]": P1, "assignment_override[due_at]": "2026-12-01T04:59:59Z"}).json()
    assert bay.get(place())["cached_due_date"] == "2026-12-01T04:59:59Z"
    changed = bay.ask(f"{path}/{made['id']}", "PUT", data={"assignment_override[title]": "P1"}).json()
    assert "due_at" not in changed
    assert bay.get(place())["cached_due_date"] == "2026-11-13T04:59:59Z"
    assert [row["id"] for row in bay.get(path)] == [made["id"]]
    bay.ask(f"{path}/{made['id']}", "DELETE")
    assert bay.get(path) == []
    assert bay.ask(path, "POST", data={"assignment_override[title]": "no one"}).status_code == 400


def test_disable_post_to_sis_moves_no_updated_at(bay: Caller) -> None:
    before = bay.get(f"{COURSE}/assignments/{QUIZ}")
    answer = bay.ask(f"/api/sis/courses/{BIOLOGY}/disable_post_to_sis", "PUT")
    assert (answer.status_code, answer.content) == (204, b"")
    after = bay.get(f"{COURSE}/assignments/{QUIZ}")
    assert (after["post_to_sis"], after["updated_at"]) == (False, before["updated_at"])


def test_changes_can_be_ordered_as_they_are_journalled(bay: Caller) -> None:
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[QUIZ, BEN], set={"score": 3.0, "workflow_state": "submitted"})
    assert bay.get(place(QUIZ, BEN))["score"] == 3.0
    answer = bay.ask("/_sandbox/change", "POST", json={"do": "paint", "course": BIOLOGY, "key": 1, "set": {}})
    assert (answer.status_code, "allowed: submissions" in answer.json()["error"]) == (400, True)


def lived(bay: Caller) -> None:
    """Some life: new things with new ids, grades, an override, a day's time."""
    bay.ask(f"{COURSE}/assignments", "POST", data={"assignment[name]": "New", "assignment[published]": "1"})
    bay.ask(f"{COURSE}/assignments/{LAB}/overrides", "POST", data={"assignment_override[student_ids][]": AMY})
    bay.put(place(QUIZ, BEN), submission__posted_grade="4")
    bay.admin("clock", days=1)
    bay.ask(f"{COURSE}/assignments", "POST", data={"assignment[name]": "Newer", "assignment[published]": "1"})
    bay.ask(place(), "PUT", data={"submission[posted_grade]": ""})


def everything(bay: Caller) -> Any:
    return (
        bay.ask("/_sandbox/state").json(),
        bay.ask("/_sandbox/clock").json(),
        bay.get(f"{COURSE}/students/submissions", student_ids__="all", per_page=100),
    )


def test_state_survives_a_restart_to_the_last_id(tmp_path: Path) -> None:
    with canvas(journal=Journal(tmp_path / "canvas.jsonl")) as bay:
        lived(bay)
        before = everything(bay)
    with canvas(journal=Journal(tmp_path / "canvas.jsonl")) as again:
        assert everything(again) == before
        again.admin("reset", "POST")
        assert again.get(place())["score"] == 8.0
        assert (tmp_path / "canvas.jsonl").exists() is False


def test_the_generated_world_is_never_changed() -> None:
    district = bay_high()
    with canvas(district) as bay:
        lived(bay)
    assert district == bay_high()
