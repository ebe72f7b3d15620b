"""R-24: spaces at the ends, runs of spaces, no-break spaces, and zero-width characters never tell two names apart."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.names import sendable_names
from include.gradebook.rules import SisRules
from include.gradebook.sieve import match_key
from include.gradebook.spaces import plain_spaces, same_name_key
from include.sis.registry import SIS
from include.sync.differing import compare_details
from tests.classroom import Classroom

LOOKS_LIKE_HOME_WORK = [
    "Home\u00a0work", "Home\u202fwork", "Home\u2007work", "Home\u3000work", "Home  work", " Home work\u00a0", "Home\t \u00a0work",
    "Home \u200bwork", "\ufeffHome work", "Ho\u00adme work", "\u202aHome work\u202c", "home WORK",
]  # fmt: skip
SPACES = "\u00a0\u1680\u2000\u2003\u2007\u200a\u202f\u205f\u3000"


def key(name: str) -> Any:
    return match_key(pd.Series([name], dtype="str")).iloc[0]


def sent(name: str, rules: SisRules | None = None) -> Any:
    return sendable_names(pd.Series([name], dtype="str"), rules or SisRules()).iloc[0]


@pytest.mark.parametrize("name", LOOKS_LIKE_HOME_WORK)
def test_r24_names_that_look_alike_have_one_key(name: str) -> None:
    assert key(name) == "home work"


@pytest.mark.parametrize("name", ["Homework", "Home-work", "Home work 2"])
def test_r24_other_names_keep_another_key(name: str) -> None:
    assert key(name) != "home work"


@pytest.mark.parametrize("group", LOOKS_LIKE_HOME_WORK)
@pytest.mark.parametrize("category", ["Home work", "Home\u00a0work", " Home  work"])
def test_r24_b2_a_group_finds_the_category_that_looks_the_same(group: str, category: str) -> None:
    place = Classroom(groups=[{"canvas_group_id": "9", "name": group}], categories=[{"category_id": "C1", "title": category, "state": "active"}])
    place.add()
    assert list(place.night().plan.assignments["category_id"]) == ["C1"]


def test_r24_a_group_that_loses_its_no_break_space_is_no_change() -> None:
    place = Classroom(
        groups=[{"canvas_group_id": "9", "name": "Home\u00a0work"}], categories=[{"category_id": "C1", "title": "Home work", "state": "active"}]
    )
    place.add()
    place.accept(place.night())
    place.groups[0]["name"] = "Home work"
    assert place.night().writes() == 0


def test_r24_two_categories_that_look_the_same_are_ambiguous() -> None:
    titles = ("Home\u00a0work", "Home work")
    place = Classroom(
        groups=[{"canvas_group_id": "9", "name": "Home work"}],
        categories=[{"category_id": f"C{n}", "title": title, "state": "active"} for n, title in enumerate(titles)],
    )
    place.add()
    assert place.night().why() == ["GP-CATEGORY-AMBIGUOUS"]


@pytest.mark.parametrize("second", ["Unit\u00a01", "Unit  1", "unit 1\u2007", "Unit\u200b 1"])
def test_r24_r6_two_names_in_canvas_that_look_the_same_are_duplicates(second: str) -> None:
    place = Classroom()
    place.add("Unit 1", id="101")
    place.add(second, id="102")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Unit 1")], ["GP-NAME-DUP"])


@pytest.mark.parametrize("there", ["Unit\u00a01", "Unit  1", "UNIT\u202f1 "])
def test_r24_r7_a_name_in_the_sis_that_looks_the_same_is_taken(there: str) -> None:
    place = Classroom(standing_in_sis=[{"sis_section_id": "S1", "sis_assignment_id": "x", "name": there, "due_date": "2026-10-01"}])
    place.add("Unit 1")
    assert place.night().why() == ["GP-NAME-TAKEN"]


@pytest.mark.parametrize("name", ["Roll\u00a0Call Attendance", " roll call  attendance", "Roll Call\u200b Attendance"])
def test_r24_a13_the_attendance_assignment_is_known_whatever_its_spaces(name: str) -> None:
    place = Classroom()
    place.add(name)
    assert set(place.filtered().withheld.loc[lambda rows: rows["kind"] == "assignment", "reason_code"]) == {"GP-ATTENDANCE"}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("sis_name", sorted(SIS))
def test_r24_a_name_is_sent_with_plain_spaces(sis_name: str, space: str) -> None:
    place = Classroom(rules=SIS[sis_name].rules, groups=[{"canvas_group_id": "9", "name": "Homework"}])
    place.add(f"{space}Unit{space}1{space}")
    assert list(place.filtered().copies["name"]) == ["Unit 1"]


def test_r24_runs_of_spaces_are_sent_as_typed_and_zero_width_spaces_are_not() -> None:
    assert sent(" Unit  1 ") == "Unit  1"
    assert sent("\ufeffUnit\u200b 1\u2060") == "Unit 1"
    assert sent("👩\u200d🔬") == "👩\u200d🔬"


@pytest.mark.parametrize("name", ["\u200b", "\ufeff \u2060", "\u00a0\u200b"])
def test_r24_an_invisible_name_is_empty(name: str) -> None:
    place = Classroom()
    place.add(name)
    assert "GP-NAME-EMPTY" in set(place.filtered().withheld["reason_code"])


@pytest.mark.parametrize("held", ["Unit 1", "Unit  1 ", "Unit\u00a01", "Unit\u200b 1"])
@pytest.mark.parametrize("wanted", ["Unit 1", "Unit  1"])
def test_r24_reconcile_does_not_call_other_spaces_edited(wanted: str, held: str) -> None:
    columns: dict[str, Any] = {"points_possible": [10.0], "due_date": pd.Series([None], dtype="str"), "category_id": pd.Series([None], dtype="str")}
    rows = [pd.DataFrame({"name": pd.Series([name], dtype="str"), **columns}) for name in (wanted, held)]
    assert not compare_details(*rows)["name"].item()
    assert compare_details(rows[0], rows[1].assign(name="UNIT 1"))["name"].item(), "case still counts"


@given(st.lists(st.text(st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cf", "Cs"]), min_size=1, max_size=8), min_size=1, max_size=4))
def test_r24_names_with_single_plain_spaces_are_sent_and_fingerprinted_as_before(words: list[str]) -> None:
    """The night after an upgrade rewrites nothing: sent name and key are what they were."""
    names = pd.Series([" ".join(words)], dtype="str")
    before = names.str.normalize("NFC").str.strip()
    assert list(plain_spaces(names.str.normalize("NFC"))) == list(before)
    assert list(match_key(names)) == list(before.str.casefold())


@given(st.text(max_size=30))
def test_r24_a_key_is_its_own_key(name: str) -> None:
    once = same_name_key(pd.Series([name], dtype="str"))
    assert list(same_name_key(once)) == list(once)
