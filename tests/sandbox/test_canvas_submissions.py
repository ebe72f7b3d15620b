"""Reading people, work and submissions from the sandbox Canvas (canvas-api.md §2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.bay_high import (
    AMY,
    BEN,
    BIOLOGY,
    BY_HAND,
    CLEO,
    DRAFT,
    ESSAY,
    HIDDEN,
    LAB,
    LEFT,
    NO_SIS_ID,
    OLD,
    P1,
    P2,
    PAPER,
    QUIZ,
    SOLO,
    TESTER,
    bay_high,
)
from tests.sandbox.canvas_caller import Caller, canvas

COURSE = f"courses/{BIOLOGY}"
MANY = f"{COURSE}/students/submissions"


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


def users(rows: list[dict[str, Any]]) -> list[int]:
    return sorted({row["user_id"] for row in rows})


def one(rows: list[dict[str, Any]], assignment: int, user: int) -> dict[str, Any]:
    return next(row for row in rows if (row["assignment_id"], row["user_id"]) == (assignment, user))


def test_a4_sections_tell_where_a_cross_listed_one_comes_from(bay: Caller) -> None:
    rows = {row["id"]: row for row in bay.get(f"{COURSE}/sections")}
    assert {key: row["nonxlist_course_id"] for key, row in rows.items()} == {P1: None, P2: DRAFT, BY_HAND: None}
    assert {row["course_id"] for row in rows.values()} == {BIOLOGY}


def test_a23_enrollments_come_by_state_and_type(bay: Caller) -> None:
    assert users(bay.get(f"{COURSE}/enrollments")) == [12, AMY, BEN, NO_SIS_ID, TESTER, CLEO]
    students = bay.get(f"{COURSE}/enrollments", type__="StudentEnrollment")
    assert len(students) == 5
    assert [row["user"]["sortable_name"] for row in students] == ["Abbott, Amy", "Bell, Ben", "Cruz, Cleo", "Cruz, Cleo", "Diaz, Dan"]
    assert [row["user_id"] for row in bay.get(f"{COURSE}/enrollments", state__="deleted")] == [LEFT]
    assert {row["enrollment_state"] for row in students} == {"active"}
    assert {row["sis_section_id"] for row in students} == {"S-1", "S-2", None}


def test_groups_hold_their_assignments_and_never_deleted_ones(bay: Caller) -> None:
    homework, tests = bay.get(f"{COURSE}/assignment_groups", include__=["assignments", "overrides"])
    assert homework["integration_data"] == {"S-1": "CAT-7"}
    assert [row["id"] for row in homework["assignments"]] == [QUIZ, LAB, ESSAY, SOLO, HIDDEN]
    assert [row["id"] for row in tests["assignments"]] == [PAPER]
    assert OLD not in [row["id"] for row in bay.get(f"{COURSE}/assignments")]
    lab = homework["assignments"][1]
    assert lab["overrides"][0]["due_at"] == "2026-11-10T04:59:59Z"
    assert "lock_at" not in lab["overrides"][0]


def test_a2_assignments_can_be_asked_by_their_sync_switch(bay: Caller) -> None:
    assert PAPER not in [row["id"] for row in bay.get(f"{COURSE}/assignments", post_to_sis="true")]
    assert [row["id"] for row in bay.get(f"{COURSE}/assignments", post_to_sis="false")] == [PAPER]
    row = bay.get(f"{COURSE}/assignments/{QUIZ}")
    assert (row["published"], row["graded_submissions_exist"], row["has_submitted_submissions"]) == (True, True, True)


def test_r2_all_dates_tell_the_base_only_where_someone_has_it(bay: Caller) -> None:
    def dates(key: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = bay.get(f"{COURSE}/assignments/{key}", include__="all_dates")["all_dates"]
        return rows

    assert [row.get("set_type", "base") for row in dates(LAB)] == ["CourseSection", "base"]
    assert [row["set_type"] for row in dates(SOLO)] == ["ADHOC"]


def test_25_overrides_turn_all_dates_into_a_count() -> None:
    many = tuple({"id": 100 + n, "assignment_id": QUIZ, "title": "x", "student_ids": [AMY], "due_at": None} for n in range(25))
    with canvas(bay_high(overrides=many)) as bay:
        row = bay.get(f"{COURSE}/assignments/{QUIZ}", include__=["all_dates", "overrides"])
    assert (row.get("all_dates"), row["all_dates_count"], len(row["overrides"])) == (None, 25, 25)


def test_visibility_lists_those_who_are_given_the_assignment(bay: Caller) -> None:
    assert bay.get(f"{COURSE}/assignments/{SOLO}", include__="assignment_visibility")["assignment_visibility"] == [str(AMY)]


def test_everyone_who_is_given_an_assignment_has_a_row(bay: Caller) -> None:
    rows = bay.get(MANY, student_ids__="all", per_page=100)
    assert users([row for row in rows if row["assignment_id"] == QUIZ]) == [AMY, BEN, NO_SIS_ID, TESTER, CLEO]
    assert users([row for row in rows if row["assignment_id"] == SOLO]) == [AMY]
    assert {row["assignment_id"] for row in rows} == {QUIZ, LAB, PAPER, ESSAY, SOLO}
    blank = one(rows, QUIZ, BEN)
    assert (blank["score"], blank["excused"], blank["workflow_state"]) == (None, False, "unsubmitted")


def test_a16_an_admin_sees_hidden_scores(bay: Caller) -> None:
    row = one(bay.get(MANY, student_ids__="all", per_page=100), QUIZ, AMY)
    assert (row["posted_at"], row["score"], row["cached_due_date"]) == (None, 8.0, "2026-11-13T04:59:59Z")


def test_st5_the_due_date_of_a_section_counts_for_its_students(bay: Caller) -> None:
    rows = bay.get(MANY, student_ids__="all", per_page=100)
    assert one(rows, LAB, AMY)["cached_due_date"] == "2026-11-21T04:59:59Z"
    assert one(rows, LAB, BEN)["cached_due_date"] == "2026-11-10T04:59:59Z"
    assert one(rows, SOLO, AMY)["cached_due_date"] is None


def test_missing_follows_the_clock_and_the_kind_of_work(bay: Caller) -> None:
    def missing() -> dict[tuple[int, int], bool]:
        return {(row["assignment_id"], row["user_id"]): row["missing"] for row in bay.get(MANY, student_ids__="all", per_page=100)}

    before = missing()
    assert before[QUIZ, BEN]
    assert not before[QUIZ, AMY]
    assert not before[PAPER, BEN]
    assert not before[LAB, AMY]
    bay.admin("clock", now="2026-11-30T12:00:00Z")
    assert missing()[LAB, AMY]
    bay.admin("clock", now="2026-11-01T12:00:00Z")
    assert not any(missing().values())
    bay.admin("reset", "POST")


def test_f3_grouped_rows_hold_all_of_a_student(bay: Caller) -> None:
    rows = bay.get(MANY, student_ids__="all", grouped=1, per_page=100)
    assert [row["user_id"] for row in rows] == [AMY, BEN, NO_SIS_ID, TESTER, CLEO]
    amy = rows[0]
    assert (amy["section_id"], amy["sis_user_id"], len(amy["submissions"])) == (P1, "STU71", 5)
    flat = bay.get(MANY, student_ids__="all", per_page=100)
    assert sorted(each["id"] for row in rows for each in row["submissions"]) == [row["id"] for row in flat]


def test_grouped_is_switched_on_by_its_presence(bay: Caller) -> None:
    assert "submissions" in bay.get(MANY, student_ids__="all", grouped="false")[0]


def test_a_student_in_two_sections_is_doubled_only_across_pages(bay: Caller) -> None:
    def cleos(size: int) -> int:
        return sum(1 for page in bay.pages(MANY, **{"student_ids[]": "all"}, grouped="1", per_page=size) for row in page if row["user_id"] == CLEO)

    assert (cleos(100), cleos(1)) == (1, 2)


def test_post_to_sis_leaves_out_hand_made_students_and_unsynced_work(bay: Caller) -> None:
    rows = bay.get(MANY, student_ids__="all", post_to_sis="true", per_page=100)
    assert users(rows) == [AMY, BEN, CLEO]
    assert PAPER not in {row["assignment_id"] for row in rows}


def test_a_section_shows_its_own_students(bay: Caller) -> None:
    assert users(bay.get(f"sections/{P2}/students/submissions", student_ids__="all", per_page=100)) == [BEN, CLEO]


@pytest.mark.parametrize("bad", [HIDDEN, OLD, 999], ids=["unpublished", "deleted", "unknown"])
def test_one_wrong_assignment_id_fails_the_whole_call(bay: Caller, bad: int) -> None:
    answer = bay.ask(MANY, params={"student_ids[]": "all", "assignment_ids[]": [QUIZ, bad]})
    assert (answer.status_code, answer.json()) == (403, {"error": "invalid assignment ids requested"})


def test_students_are_at_most_a_hundred_and_of_this_course(bay: Caller) -> None:
    many = bay.ask(MANY, params={"student_ids[]": list(range(1, 102))})
    assert (many.status_code, many.json()) == (400, {"error": "too many students"})
    assert bay.ask(MANY, params={"student_ids[]": [AMY, 999]}).status_code == 403
    assert users(bay.get(MANY, student_ids__=[AMY, "sis_user_id:STU72"])) == [AMY, BEN]


def test_graded_since_is_strict_and_wants_a_full_time(bay: Caller) -> None:
    assert bay.get(MANY, student_ids__="all", graded_since="2026-11-12T21:00:00Z") == []
    assert users(bay.get(MANY, student_ids__="all", graded_since="2026-11-12T20:59:59Z")) == [AMY]
    assert users(bay.get(MANY, student_ids__="all", submitted_since="2026-11-12T10:00:00-05:00")) == [AMY]
    bare = bay.ask(MANY, params={"student_ids[]": "all", "graded_since": "2026-11-12"})
    assert bare.status_code == 400
    assert "Invalid datetime" in bare.json()["errors"]["graded_since"]


def test_fields_can_be_chosen_and_left_out(bay: Caller) -> None:
    rows = bay.get(MANY, student_ids__="all", response_fields__=["score", "user_id"])
    assert {tuple(sorted(row)) for row in rows} == {("score", "user_id")}
    rows = bay.get(MANY, student_ids__="all", exclude_response_fields__=["preview_url", "body"], include__="visibility")
    assert "preview_url" not in rows[0]
    assert rows[0]["assignment_visible"] is True


def test_order_by_graded_at_and_by_descending_id(bay: Caller) -> None:
    up = [row["id"] for row in bay.get(MANY, student_ids__="all", per_page=100)]
    assert [row["id"] for row in bay.get(MANY, student_ids__="all", order_direction="descending", per_page=100)] == up[::-1]
    assert bay.get(MANY, student_ids__="all", order="graded_at", per_page=100)[-1]["user_id"] == AMY


def test_periods_policies_settings_and_users_are_wrapped_as_canvas_does(bay: Caller) -> None:
    assert bay.get(f"{COURSE}/grading_periods")["grading_periods"] == []
    assert bay.get(f"{COURSE}/late_policy")["late_policy"]["late_submission_deduction_enabled"] is False
    assert "hide_final_grades" in bay.get(f"{COURSE}/settings")
    assert [row["id"] for row in bay.get(f"{COURSE}/search_users", enrollment_type__="student")] == [AMY, BEN, CLEO, NO_SIS_ID]


def test_r2_the_base_date_is_shown_only_to_those_who_ask_for_it() -> None:
    later = {"id": 43, "assignment_id": QUIZ, "title": "P1", "course_section_id": P1, "due_at": "2026-12-01T04:59:59Z"}
    with canvas(bay_high(overrides=(later,))) as bay:
        own = bay.get(f"{COURSE}/assignments/{QUIZ}")["due_at"]
        base = bay.get(f"{COURSE}/assignments/{QUIZ}", override_assignment_dates="false")["due_at"]
    assert (own, base) == ("2026-12-01T04:59:59Z", "2026-11-13T04:59:59Z")
