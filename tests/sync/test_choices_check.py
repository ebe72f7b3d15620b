"""Choices held against the SIS's own list: unknown, hidden and deleted categories, and terms that have not begun (B-1, B-4, B-6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from include.gradebook.rules import SisRules
from include.sis.contract import SectionsRead
from include.sync.choices_check import check_choices
from include.sync.choices_file import Line
from tests.classroom import TERM, Classroom

STATES = ("active", "hidden", "deleted")


class Sis:
    """A SIS with one section, S1, and a category of each state, named after it."""

    def __init__(self) -> None:
        categories = [{"category_id": state, "title": f"The {state} one", "state": state} for state in STATES]
        self.room = Classroom(categories=categories, unknown_sections={"S9"})

    def read_sections(self, sis_section_ids: Sequence[str]) -> SectionsRead:
        return self.room.sis(list(sis_section_ids)).sections


def told(section: str, category: str, today: str = "2026-11-13", **rules: Any) -> list[str]:
    line = Line(2, "schooltool", section, "40", category)
    return [sentence for _, sentence in check_choices([line], Sis(), SisRules(**rules), today)]  # type: ignore[arg-type]  # only reads are asked


@pytest.mark.parametrize(("hidden", "taken"), [("absent", {"active", ""}), ("send", {"active", "hidden", ""})])
def test_b6_a_hidden_category_can_be_chosen_where_the_rules_send_to_it_and_a_deleted_one_never(hidden: str, taken: set[str]) -> None:
    assert {category for category in (*STATES, "other", "") if not told("S1", category, hidden_category=hidden)} == taken
    (sentence,) = told("S1", "other", hidden_category=hidden)
    assert 'category_id: "other" is not a category of section "S1". Use active (The active one)' in sentence


def test_b1_a_section_that_the_sis_does_not_know() -> None:
    assert told("S9", "") == ['sis_section_id: "S9" is not in the SIS. Use a section that the SIS lists']


@pytest.mark.parametrize(("today", "needed", "free"), [("2026-08-23", True, False), (TERM[0], True, True), ("2026-08-23", False, True)])
def test_b4_categories_are_chosen_from_the_first_day_of_the_term(today: str, needed: bool, free: bool) -> None:
    assert told("S1", "active", today, category_needs_active_term=needed) == (
        [] if free else ['sis_section_id: the term of "S1" has not started. Import this line on or after 2026-08-24']
    )
