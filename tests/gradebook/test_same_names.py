"""The same name twice in one section: in Canvas (R-6), and in the SIS (R-7, F-10)."""

from __future__ import annotations

from typing import Any

import pytest

from include.gradebook.courses import Selection
from include.gradebook.reasons import reason
from include.sis.registry import SIS
from tests.classroom import NOW, Classroom, accepted

EVERY = sorted(SIS)
WITHHOLDING = [name for name in EVERY if name != "genesis"]


def room(sis_name: str, **changes: Any) -> Classroom:
    """One section, one student, one assignment named Quiz under the rules of this SIS."""
    place = Classroom(rules=SIS[sis_name].rules, **{"sections": {"1": ["u1"]}, **changes})
    place.add()
    return place


def foreign(name: str = "Quiz", due_date: str = "2026-11-09", **changes: Any) -> dict[str, Any]:
    """An item that a person made in the SIS."""
    return {"sis_section_id": "S1", "sis_assignment_id": "by-hand", "name": name, "due_date": due_date, "ours": False, **changes}


@pytest.mark.parametrize("sis_name", EVERY)
def test_r6_of_twins_the_one_sent_before_stays_else_the_oldest(sis_name: str) -> None:
    place = accepted(SIS[sis_name].rules, ("u1",))
    place.add(" quiz ", id="99")  # older, but the other one stands in the SIS
    night = place.night()
    assert (night.sent(), night.why()) == (([("S1", "quiz")], []) if sis_name == "genesis" else ([], ["GP-NAME-DUP"]))


def test_r6_only_what_would_be_sent_counts_in_that_section() -> None:
    """The oldest has no score in section 2: there, the younger one goes."""
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    place.add("Quiz", id="99", scores=None)
    place.score("99", "u1", 5.0)
    place.add("Quiz", id="100")
    night = place.night()
    sent = night.plan.assignments
    assert dict(zip(sent["sis_section_id"], sent["canvas_assignment_id"], strict=True)) == {"S1": "99", "S2": "100"}
    assert night.why() == ["GP-NAME-DUP", "GP-NO-SCORES"]


def test_r6_the_name_of_a_deleted_assignment_stays_taken_until_it_is_gone_from_the_sis() -> None:
    place = accepted(SIS["powerschool"].rules, ("u1",))
    place.assignments, place.submissions = [], {}
    place.add("QUIZ", id="300")
    night = place.night()
    assert (night.sent(), night.why(), night.notes()) == ([], ["GP-NAME-LEFT"], ["GP-REMOVED"])
    assert night.told("GP-NAME-LEFT").startswith(
        "The SIS still has an earlier synced assignment named QUIZ (due Nov 9, 2026). In Canvas, that assignment was deleted"
    )
    assert reason("GP-NAME-LEFT").next.startswith("Delete the earlier assignment in the SIS, or rename this one in Canvas.")
    place.standing_in_sis = []
    assert place.night().sent() == [("S1", "QUIZ")]


def test_r6_the_name_of_a_withheld_assignment_stays_taken_too() -> None:
    place = accepted(SIS["powerschool"].rules, ("u1",))
    place.assignments[0]["points_possible"] = None  # still there, but not sent as it is now
    place.add("Quiz", id="300")
    night = place.night()
    assert (night.sent(), night.why()) == ([], ["GP-NAME-OURS", "GP-POINTS-NONE"])
    assert night.told("GP-NAME-OURS") == "The SIS already has a different synced assignment named Quiz (due Nov 9, 2026)."


def test_r6_a_name_that_this_very_run_frees_asks_nothing_of_anybody() -> None:
    place = accepted(SIS["powerschool"].rules.model_copy(update={"delete_removed": True}), ("u1",))
    place.assignments, place.submissions = [], {}
    place.add("Quiz", id="300")
    night = place.night()
    assert (night.plan.assignments["action"].tolist(), night.why()) == (["delete"], ["GP-NAME-GOING"])


def test_r6_the_name_of_an_assignment_that_is_no_longer_given_to_the_section_is_left_too() -> None:
    place = Classroom(rules=SIS["powerschool"].rules, sections={"1": ["u1"], "2": ["u2"]})
    old = place.add("Quiz")
    place.accept(place.night())
    place.override(old, "section", "1", unassign=True)
    place.add("Quiz", id="300")
    rows = place.night().resolved.withheld.query("canvas_assignment_id == '300' and kind == 'assignment'")
    assert dict(zip(rows["sis_section_id"], rows["reason_code"], strict=True)) == {"S1": "GP-NAME-LEFT", "S2": "GP-NAME-DUP"}


def test_r6_a_run_of_chosen_assignments_tells_a_name_that_is_left_as_well() -> None:
    place = accepted(SIS["powerschool"].rules, ("u1",))
    place.assignments, place.submissions = [], {}
    place.add("Quiz", id="300")
    place.selection = Selection(now=NOW, mode="on_demand", assignments=("300",))
    assert place.night().why() == ["GP-NAME-LEFT"]


def test_r6_swapped_names_are_two_updates_and_no_twins() -> None:
    place = accepted(SIS["powerschool"].rules, ("u1",))
    place.add("Test")
    place.accept(place.night())
    place.assignments[0]["name"], place.assignments[1]["name"] = "Test", "Quiz"
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Quiz"), ("S1", "Test")], [])


@pytest.mark.parametrize("sis_name", WITHHOLDING)
def test_r7_a_name_that_stands_in_the_sis_withholds_assignment_and_scores(sis_name: str) -> None:
    place = room(sis_name, standing_in_sis=[foreign(" QUIZ ")])
    night = place.night()
    assert (night.writes(), night.why(), night.why("grade")) == (0, ["GP-NAME-TAKEN"], ["GP-ASSIGNMENT-WITHHELD"])


def test_r7_genesis_sends_beside_it() -> None:
    night = room("genesis", standing_in_sis=[foreign()]).night()
    assert list(night.plan.assignments["action"]) == ["create"]


def test_r7_the_same_name_in_another_section_takes_nothing() -> None:
    place = room("powerschool", standing_in_sis=[foreign(sis_section_id="S2")], sections={"1": ["u1"], "2": ["u2"]})
    assert place.night().sent() == [("S1", "Quiz")]


@pytest.mark.parametrize(("due_date", "expected"), [("2026-11-09", ["adopt"]), ("2026-11-08", [])])
def test_r7_f10_adoption_by_same_name_and_date_only_where_the_district_says_so(due_date: str, expected: list[str]) -> None:
    place = room("powerschool", standing_in_sis=[foreign(due_date=due_date)])
    place.rules = place.rules.model_copy(update={"foreign_twin": "adopt"})
    assert list(place.night().plan.assignments["action"]) == expected
