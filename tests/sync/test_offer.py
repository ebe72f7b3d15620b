"""What of a course can be chosen by hand, and why the rest cannot (D-9, D-10, A-19, A-20)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.reasons import CATALOGUE
from include.sync.offer import NOT_ASKED, natural, offered

WHEN = datetime(2026, 11, 13, 17, tzinfo=UTC)


def row(assignment: str, section: str | None = "S1", **changed: Any) -> dict[str, Any]:
    """A row of the artifact `assignments_sync` that stands in the SIS."""
    return {
        "canvas_assignment_id": assignment, "assignment_name": f"Quiz {assignment}",
        "canvas_section_id": section, "section_name": f"Period {section}",
        "due_date": "2026-09-18", "status": "unchanged", "reason_code": None, "message": None, **changed,
    }  # fmt: skip


def held(assignment: str, code: str, section: str | None = "S1") -> dict[str, Any]:
    return row(assignment, section, status="withheld", reason_code=code, message=f"because of {code}", due_date=None)


def test_d10_items_come_with_name_dates_and_last_sync_in_the_order_of_their_names() -> None:
    items = offered([row("10"), row("9"), row("9", "S2", due_date="2026-09-20")], {"9": WHEN})
    assert [(item.assignment_id, item.due, item.last_sync) for item in items] == [
        ("9", ("2026-09-18", "2026-09-20"), WHEN), ("10", ("2026-09-18",), None)
    ]  # fmt: skip
    assert all(item.choosable and not item.obstacles for item in items)


@pytest.mark.parametrize("code", ["GP-NAME-DUP", "GP-DUE-MISSING", "GP-NOT-SWITCHED-ON", "GP-NAME-TAKEN"])
def test_a20_what_a_rule_forbids_cannot_be_chosen(code: str) -> None:
    (item,) = offered([held("1", code), held("1", code, "S2")], {})
    assert not item.choosable
    assert [(one.code, one.message, one.sections) for one in item.obstacles] == [(code, f"because of {code}", ())]


@pytest.mark.parametrize("code", [*NOT_ASKED, "GP-NO-SCORES", "GP-SAFETY", "SIS-VALIDATION", "PS-409-LOCKED"])
def test_a19_what_may_have_passed_by_now_can_be_chosen(code: str) -> None:
    (item,) = offered([held("1", code)], {})
    assert (item.choosable, item.obstacles) == (True, ())
    assert item.waiting == (code == "GP-NO-SCORES")


def test_d9_one_section_that_is_held_back_is_named_and_holds_no_other() -> None:
    rows = [row("1", "S1"), held("1", "GP-DUE-MISSING", "S2")]
    (item,) = offered(rows, {})
    assert (item.choosable, item.obstacles[0].sections) == (True, ("Period S2",))
    assert [one.choosable for section in ("S1", "S2") for one in offered(rows, {}, section)] == [True, False]


def test_d9_a_reason_of_the_whole_course_holds_in_every_section() -> None:
    assert [item.choosable for item in offered([held("1", "GP-UNPUBLISHED", None)], {}, "S2")] == [False]


@given(st.lists(st.tuples(st.sampled_from("1234"), st.sampled_from(["S1", "S2"]), st.sampled_from([None, *CATALOGUE])), max_size=12))
def test_a19_every_assignment_is_offered_once_and_shut_ones_say_why(drawn: list[tuple[str, str, str | None]]) -> None:
    rows = [held(name, code, section) if code else row(name, section) for name, section, code in drawn]
    items = offered(rows, {})
    assert sorted(item.assignment_id for item in items) == sorted({name for name, _, _ in drawn})
    assert all(item.choosable or item.obstacles for item in items)


@given(st.text(max_size=30), st.text(max_size=30))
def test_names_can_always_be_ordered(one: str, other: str) -> None:
    assert sorted([one, other], key=natural) == sorted([other, one], key=natural) or natural(one) == natural(other)
