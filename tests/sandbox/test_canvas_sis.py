"""The sandbox Canvas's SIS integration API (canvas-api.md §3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.bay_high import AMY, BIOLOGY, BY_HAND, DRAFT, ESSAY, LAB, P1, P2, QUIZ, SOLO
from tests.sandbox.canvas_caller import Caller, canvas

ACCOUNT = "/api/sis/accounts/1/assignments"
COURSE = f"/api/sis/courses/{BIOLOGY}/assignments"


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


def test_f3_an_account_lists_all_that_is_published_and_synced(bay: Caller) -> None:
    assert [(row["course_id"], row["id"]) for row in bay.get(ACCOUNT)] == [(BIOLOGY, key) for key in (QUIZ, LAB, ESSAY, SOLO)]
    assert bay.get(ACCOUNT) == bay.get(COURSE)
    assert [len(page) for page in bay.pages(ACCOUNT, per_page=3)] == [3, 1]


def test_a_row_holds_group_sections_and_override(bay: Caller) -> None:
    lab = bay.get(COURSE)[1]
    assert lab["assignment_group"] == {
        "id": 31,
        "name": "Homework",
        "sis_source_id": None,
        "integration_data": {"S-1": "CAT-7"},
        "group_weight": 20.0,
    }
    sections = {row["id"]: row for row in lab["sections"]}
    assert [(key, row["sis_id"]) for key, row in sections.items()] == [(P1, "S-1"), (P2, "S-2"), (BY_HAND, None)]
    assert sections[P2]["override"] == {"id": 41, "override_title": "P2", "due_at": "2026-11-10T04:59:59Z", "unlock_at": None, "lock_at": None}
    assert "override" not in sections[P1]
    assert (lab["include_in_final_grade"], "updated_at" in lab, "grading_type" in lab) == (True, False, False)


def test_a4_a_cross_listed_section_names_both_courses(bay: Caller) -> None:
    plain, moved, _ = bay.get(COURSE)[0]["sections"]
    assert ("xlist_course" in plain, plain["origin_course"]["id"]) == (False, BIOLOGY)
    assert (moved["origin_course"]["id"], moved["xlist_course"]["id"]) == (DRAFT, BIOLOGY)


def test_an_assignment_for_single_students_has_no_sections(bay: Caller) -> None:
    solo = bay.get(COURSE, include__="student_overrides")[3]
    assert solo["sections"] == []
    assert [row["students"] for row in solo["user_overrides"]] == [[{"user_id": AMY, "sis_user_id": "STU71"}]]


def test_terms_narrow_the_account_list(bay: Caller) -> None:
    assert bay.get(ACCOUNT, starts_before="2026-08-01") == []
    assert len(bay.get(ACCOUNT, ends_after="2027-01-01")) == 4
    assert bay.ask(ACCOUNT, params={"ends_after": "soon"}).status_code == 400


def test_both_400_codes(bay: Caller) -> None:
    unpublished = bay.ask(f"/api/sis/courses/{DRAFT}/assignments")
    assert (unpublished.status_code, unpublished.json()["code"]) == (400, "unpublished_course")
    bay.admin("settings", bulk_sis_grade_export=False)
    for path in (ACCOUNT, COURSE):
        answer = bay.ask(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_enabled")
    bay.admin("settings", bulk_sis_grade_export=True)
    assert bay.ask("/_sandbox/settings", "PUT", json={"bulk": True}).status_code == 400


def test_it_needs_the_right_to_see_grades(bay: Caller) -> None:
    assert bay.as_user("canvas-no-rights-token").ask(ACCOUNT).status_code == 403
