"""Which category an assignment goes to (B-1 to B-6, R-13 to R-15), through ledger comparison and plan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.gradebook.reasons import reason
from include.gradebook.rules import SisRules
from include.sis.registry import SIS
from tests.classroom import Classroom, Night, accepted

HOMEWORK = {"category_id": "C1", "title": "Homework", "state": "active"}
TESTS = {"category_id": "C2", "title": "Tests", "state": "active"}


def room(rules: SisRules | None = None, categories: list[dict[str, Any]] | None = None, **changes: Any) -> Classroom:
    """A classroom with one assignment of the group Homework."""
    place = Classroom(rules=rules or SisRules(), categories=[HOMEWORK, TESTS] if categories is None else categories, **changes)
    place.add()
    return place


def chosen(category: str | None, section: str = "S1") -> dict[str, Any]:
    """A stored choice for the group Homework."""
    return {"sis_section_id": section, "canvas_group_id": "9", "category_id": category}


def filed(night: Night) -> dict[str, str]:
    """SIS section -> category of what would be written."""
    rows = night.plan.assignments[night.plan.assignments["action"] != "none"]
    return dict(zip(rows["sis_section_id"], rows["category_id"].fillna("none"), strict=True))


def test_b1_the_same_group_goes_to_another_category_in_each_section() -> None:
    place = room(sections={"1": ["u1"], "2": ["u2"], "3": ["u3"]}, choices=[chosen("C2", "S1"), chosen("C1", "S2")])
    assert filed(place.night()) == {"S1": "C2", "S2": "C1", "S3": "C1"}


@pytest.mark.parametrize("title", ["Homework", "homework", "  HOMEWORK ", "Homework\u00a0"])
def test_b2_where_nobody_chose_the_name_decides(title: str) -> None:
    assert filed(room(categories=[{**HOMEWORK, "title": title}, TESTS]).night()) == {"S1": "C1"}


@pytest.mark.parametrize("title", ["Home work", "Homeworks", "Hausaufgaben"])
def test_b2_a_name_that_is_only_alike_decides_nothing(title: str) -> None:
    night = room(categories=[{**HOMEWORK, "title": title}]).night()
    assert (night.sent(), night.why(), night.why("grade")) == ([], ["GP-CATEGORY-UNMAPPED"], ["GP-ASSIGNMENT-WITHHELD"])


@pytest.mark.parametrize(
    ("sis_name", "code", "severity"),
    [(name, "GP-CATEGORY-UNASSOCIATED", "warning") for name in ("genesis", "schooltool", "powerschool")]
    + [("synergy", "GP-CATEGORY-REQUIRED", "error")],
)
def test_b3_a_group_set_to_unassociated_is_not_sent_for_that_section(sis_name: str, code: str, severity: str) -> None:
    place = room(SIS[sis_name].rules, sections={"1": ["u1"], "2": ["u2"]}, choices=[chosen(None)])
    night = place.night()
    assert (night.sent(), night.why()) == ([("S2", "Quiz")], [code])
    assert "Homework" in night.told(code)
    assert reason(code).severity == severity


@pytest.mark.parametrize("choices", [[], [chosen(None)]])
def test_b3_infinite_campus_takes_it_uncategorized(choices: list[dict[str, Any]]) -> None:
    night = room(SIS["infinite_campus"].rules, categories=[TESTS], choices=choices).night()
    assert (filed(night), night.notes()) == ({"S1": "none"}, ["IC-UNCATEGORIZED"])


def test_ic15_b3_nobody_is_asked_to_file_what_the_connection_files_in_a_category() -> None:
    place = room(SIS["infinite_campus"].rules, categories=[TESTS])
    place.usual_category = "Uncategorized"
    assert (filed(place.night()), place.night().notes()) == ({"S1": "none"}, [])


def test_b3_powerschool_may_be_set_to_take_it_without_a_category() -> None:
    rules = SIS["powerschool"].rules
    assert room(rules, categories=[TESTS]).night().why() == ["GP-CATEGORY-UNMAPPED"]
    assert filed(room(rules.model_copy(update={"category": "uncategorized"}), categories=[TESTS]).night()) == {"S1": "none"}
    assert filed(room(rules, categories=[TESTS], choices=[chosen("C2")]).night()) == {"S1": "C2"}


@pytest.mark.parametrize("choices", [[], [chosen("C1")]])
def test_b4_r15_before_the_term_begins_no_category_can_be_resolved(choices: list[dict[str, Any]]) -> None:
    place = room(SIS["powerschool"].rules, choices=choices, today="2026-08-23")
    night = place.night()
    assert (night.sent(), night.why()) == ([], ["GP-CATEGORY-TERM"])
    assert "2026-08-24" in night.told("GP-CATEGORY-TERM")
    place.today = "2026-08-24"
    assert filed(place.night()) == {"S1": "C1"}


@pytest.mark.parametrize("term", [(None, None), ("2026-08-24", None)])
def test_b4_a_term_without_dates_is_open(term: tuple[str | None, str | None]) -> None:
    assert filed(room(SIS["powerschool"].rules, term=term).night()) == {"S1": "C1"}


def test_b4_only_powerschool_waits_for_the_term() -> None:
    assert [name for name, entry in SIS.items() if entry.rules.category_needs_active_term] == ["powerschool"]
    assert filed(room(SIS["genesis"].rules, today="2026-08-01").night()) == {"S1": "C1"}


def test_b5_a_changed_or_removed_choice_is_sent_by_the_next_sync() -> None:
    place = accepted()
    place.categories.append(TESTS)
    place.choices = [chosen("C2")]
    changed = place.night()
    assert (filed(changed), changed.scores()) == ({"S1": "C2"}, {})
    place.accept(changed)
    assert place.night().writes() == 0
    place.choices = []
    assert filed(place.night()) == {"S1": "C1"}


def test_b5_counts_of_unassociated_sections_come_from_the_same_reason() -> None:
    place = room(sections={"1": ["u1"], "2": ["u2"], "3": ["u3"]}, choices=[chosen(None, "S1"), chosen(None, "S3")])
    withheld = place.night().resolved.withheld
    assert list(withheld.loc[withheld["reason_code"] == "GP-CATEGORY-UNASSOCIATED", "sis_section_id"]) == ["S1", "S3"]


@pytest.mark.parametrize("choices", [[], [chosen("C1")]])
def test_b6_r14_synergy_sends_to_a_hidden_type_with_a_warning(choices: list[dict[str, Any]]) -> None:
    night = room(SIS["synergy"].rules, categories=[{**HOMEWORK, "state": "hidden"}], choices=choices).night()
    assert (filed(night), night.notes()) == ({"S1": "C1"}, ["GP-CATEGORY-HIDDEN"])
    assert "Homework" in night.told("GP-CATEGORY-HIDDEN")


@pytest.mark.parametrize("sis_name", ["genesis", "schooltool", "powerschool"])
def test_b6_r14_elsewhere_hidden_is_as_if_it_were_not_there(sis_name: str) -> None:
    hidden = {**HOMEWORK, "state": "hidden"}
    night = room(SIS[sis_name].rules, categories=[hidden]).night()
    assert (night.sent(), night.why()) == ([], ["GP-CATEGORY-HIDDEN"])
    assert "Homework" in night.told("GP-CATEGORY-HIDDEN")
    beside = room(SIS[sis_name].rules, categories=[hidden, {**HOMEWORK, "category_id": "C3"}]).night()
    assert filed(beside) == {"S1": "C3"}  # so it makes no name ambiguous either


@pytest.mark.parametrize("sis_name", ["genesis", "synergy", "schooltool", "powerschool"])
@pytest.mark.parametrize("choices", [[], [chosen("C1")]])
def test_b6_r14_a_deleted_category_is_reported_by_name(sis_name: str, choices: list[dict[str, Any]]) -> None:
    night = room(SIS[sis_name].rules, categories=[{**HOMEWORK, "state": "deleted"}], choices=choices).night()
    assert (night.sent(), night.why()) == ([], ["GP-CATEGORY-DELETED"])
    assert "Homework" in night.told("GP-CATEGORY-DELETED")


@pytest.mark.parametrize("sis_name", ["genesis", "synergy", "schooltool", "powerschool"])
def test_b6_a_chosen_category_that_is_no_longer_listed_is_told_by_its_id(sis_name: str) -> None:
    """An active category has the group's name: to call that one deleted would send the teacher to the wrong place."""
    night = room(SIS[sis_name].rules, categories=[HOMEWORK], choices=[chosen("C77")]).night()
    assert (night.sent(), night.why()) == ([], ["GP-CATEGORY-DELETED"])
    assert night.told("GP-CATEGORY-DELETED").startswith("The category C77 was deleted in the SIS.")


@pytest.mark.parametrize("state", ["hidden", "deleted"])
def test_r14_infinite_campus_files_under_no_hidden_or_deleted_category(state: str) -> None:
    assert filed(room(SIS["infinite_campus"].rules, categories=[{**HOMEWORK, "state": state}]).night()) == {"S1": "none"}


def test_r14_infinite_campus_keeps_what_the_teacher_filed() -> None:
    place = accepted(SIS["infinite_campus"].rules)
    place.standing_in_sis[0]["category_id"] = "C7"  # the teacher's own
    assert place.night().writes() == 0
    place.assignments[0]["points_possible"] = 20.0
    assert filed(place.night()) == {"S1": "C7"}


def test_r14_infinite_campus_leaves_the_filing_when_the_group_changes() -> None:
    place = accepted(SIS["infinite_campus"].rules)
    place.categories.append(TESTS)
    place.groups[0]["name"] = "Tests"
    assert place.night().writes() == 0


def test_r14_elsewhere_a_renamed_group_moves_to_the_category_of_its_new_name() -> None:
    place = accepted()
    place.categories.append(TESTS)
    place.groups[0]["name"] = "Tests"
    assert filed(place.night()) == {"S1": "C2"}


def test_r13_a_stored_choice_goes_before_the_name() -> None:
    assert filed(room(choices=[chosen("C2")]).night()) == {"S1": "C2"}


def test_r13_a_choice_of_a_category_that_is_not_there_any_more() -> None:
    night = room(choices=[chosen("C9")]).night()
    assert (night.sent(), night.why()) == ([], ["GP-CATEGORY-DELETED"])


@pytest.mark.parametrize(
    ("switch", "stored", "expected"),
    [(False, {"S1": "C2"}, "C1"), (True, {"S1": "C2"}, "C2"), (True, {"S9": "C2"}, "C1"), (True, {"S1": None}, "C1"), (True, {"S1": ""}, "C1")],
)
def test_r13_canvas_integration_data_counts_only_where_switched_on(switch: bool, stored: dict[str, Any], expected: str) -> None:
    groups = [{"canvas_group_id": "9", "name": "Homework", "integration_data": json.dumps(stored)}]
    assert filed(room(SisRules(category_from_canvas_data=switch), groups=groups).night()) == {"S1": expected}


@pytest.mark.parametrize(
    "text", ["", "no json", "[1]", "7", "null", '{"S1": {"deep": 1}}', '{"S1": ["C2"]}', "[" * 100_000], ids=lambda text: text[:20]
)
def test_r13_integration_data_of_another_shape_is_nobodys_choice(text: str) -> None:
    groups = [{"canvas_group_id": "9", "name": "Homework", "integration_data": text}]
    assert filed(room(SisRules(category_from_canvas_data=True), groups=groups).night()) == {"S1": "C1"}


def test_r13_a_category_id_that_is_a_number_in_canvas() -> None:
    groups = [{"canvas_group_id": "9", "name": "Homework", "integration_data": '{"S1": 2}'}]
    place = room(SisRules(category_from_canvas_data=True), groups=groups, categories=[HOMEWORK, {**TESTS, "category_id": "2"}])
    assert filed(place.night()) == {"S1": "2"}


def test_r13_the_stored_choice_goes_before_integration_data() -> None:
    groups = [{"canvas_group_id": "9", "name": "Homework", "integration_data": '{"S1": "C2"}'}]
    place = room(SisRules(category_from_canvas_data=True), groups=groups, choices=[chosen(None)])
    assert place.night().why() == ["GP-CATEGORY-UNASSOCIATED"]


@pytest.mark.parametrize(
    ("sis_name", "why"),
    [("genesis", True), ("synergy", True), ("schooltool", True), ("powerschool", True), ("infinite_campus", False)],
)
def test_r13_two_categories_of_one_name(sis_name: str, why: bool) -> None:
    place = room(SIS[sis_name].rules, categories=[HOMEWORK, {**HOMEWORK, "category_id": "C3", "title": "homework"}])
    night = place.night()
    assert (night.why() == ["GP-CATEGORY-AMBIGUOUS"]) is why
    assert filed(night) == ({} if why else {"S1": "none"})
    place.choices = [chosen("C3")]  # a person may choose one of the two
    assert filed(place.night()) == {"S1": "C3"}
