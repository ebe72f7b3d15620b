"""Situations that a district really meets: names, twins, points, categories, and what people do in the SIS meanwhile.

Written down from the source documents before the code was read. A section's gradebook must never show one name twice because of this product
(Genesis excepted, which takes both), and nobody may lose a grade silently.
"""

from __future__ import annotations

from typing import Any

import pytest

from include.gradebook.courses import Selection
from include.sis.registry import SIS
from tests.classroom import NOW, Classroom, Night, accepted

QUIZ = "100"


def room(sis_name: str, **changes: Any) -> Classroom:
    """One section with one student under the rules of this SIS."""
    return Classroom(rules=SIS[sis_name].rules, **{"sections": {"1": ["u1"]}, **changes})


def standing(sis_name: str) -> Classroom:
    """The same, with the assignment Quiz (id 100) and its score of 8 accepted."""
    return accepted(SIS[sis_name].rules, ("u1",))


def by_hand(name: str) -> dict[str, Any]:
    """An item that a teacher made in the SIS."""
    return {"sis_section_id": "S1", "sis_assignment_id": "by-hand", "name": name, "due_date": "2026-10-01", "ours": False}


def names_after(place: Classroom, night: Night) -> list[str]:
    """All names that stand in the gradebook once the plan was taken."""
    place.accept(night)
    return sorted(str(item["name"]) for item in place.standing_in_sis)


@pytest.mark.parametrize("sis_name", ["powerschool", "synergy"])
def test_r7_renaming_to_a_name_that_a_teacher_used_in_the_sis_is_withheld_and_says_where(sis_name: str) -> None:
    """Quiz stands there; a teacher keeps Test by hand; now Quiz is called ' test ' in Canvas. Nothing is duplicated, no grade is sent for it."""
    place = standing(sis_name)
    place.standing_in_sis.append(by_hand("Test"))
    place.assignments[0]["name"] = " test "
    place.score(QUIZ, "u1", 9.0)
    night = place.night()
    assert (night.writes(), night.why(), night.why("grade")) == (0, ["GP-NAME-TAKEN"], ["GP-ASSIGNMENT-WITHHELD"])
    assert "created in the SIS, due Oct 1, 2026" in night.told("GP-NAME-TAKEN")
    place.assignments[0]["name"] = "Quiz"
    assert place.night().scores() == {("S1", "U1"): (9.0, "")}  # named back, the score that waited goes


def test_g_13_genesis_takes_a_rename_beside_the_other() -> None:
    place = standing("genesis")
    place.standing_in_sis.append(by_hand("Test"))
    place.assignments[0]["name"] = "Test"
    assert names_after(place, place.night()) == ["Test", "Test"]


@pytest.mark.parametrize(("sis_name", "mode"), [("powerschool", "nightly"), ("powerschool", "remaster"), ("synergy", "remaster")])
def test_r7_a_twin_that_a_teacher_makes_later_stops_nothing_of_ours(sis_name: str, mode: str) -> None:
    """The name was ours first: the item that stands there stays in sync, a remaster included (A-20)."""
    place = standing(sis_name)
    place.standing_in_sis.append(by_hand("QUIZ"))
    place.assignments[0]["points_possible"] = 12.0
    place.score(QUIZ, "u1", 9.0)
    place.selection = Selection(now=NOW, mode=mode)
    night = place.night()
    assert (night.sent(), night.scores(), night.why()) == ([("S1", "Quiz")], {("S1", "U1"): (9.0, "")}, [])


@pytest.mark.parametrize(("sis_name", "actions", "why"), [("powerschool", [], ["GP-NAME-TAKEN"]), ("genesis", ["create"], [])])
def test_r7_deleted_in_the_sis_and_typed_in_by_hand_is_not_made_anew_beside_it(sis_name: str, actions: list[str], why: list[str]) -> None:
    """The teacher deletes our Quiz and keeps a Quiz of her own; the section is read because Essay is new. With `recreate_deleted` (R-23)."""
    place = standing(sis_name)
    place.rules = place.rules.model_copy(update={"recreate_deleted": True})
    place.standing_in_sis = [by_hand("Quiz")]
    place.add("Essay", id="200")
    night = place.night()
    quiz = night.plan.assignments[night.plan.assignments["canvas_assignment_id"] == QUIZ]
    assert (list(quiz["action"]), night.why()) == (actions, why)


@pytest.mark.parametrize("sis_name", ["powerschool", "genesis"])
def test_r23_what_a_teacher_deleted_in_the_sis_is_not_touched_unasked(sis_name: str) -> None:
    place = standing(sis_name)
    place.standing_in_sis = []
    place.add("Essay", id="200")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Essay")], ["GP-GONE"])


@pytest.mark.parametrize("sis_name", ["infinite_campus", "schooltool"])
def test_r6_renaming_to_the_name_of_another_synced_assignment_is_withheld(sis_name: str) -> None:
    """Both were sent before. The one that stands there as Quiz stays; the one that would be renamed to it waits, and keeps its old name there."""
    place = standing(sis_name)
    place.add("Essay", id="90")  # older than Quiz: age does not decide, what stands there does
    place.accept(place.night())
    place.assignments[1]["name"] = "quiz"
    night = place.night()
    assert night.why() == ["GP-NAME-DUP"]
    assert names_after(place, night) == ["Essay", "Quiz"]


def test_r6_two_assignments_renamed_to_one_new_name_at_once() -> None:
    """Neither has the name yet: the oldest gets it, even beside an older one that was never sent."""
    place = standing("powerschool")
    place.add("Essay", id="101")
    place.accept(place.night())
    for row in place.assignments:
        row["name"] = "Unit test"
    place.add("Unit test", id="50")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Unit test")], ["GP-NAME-DUP"])
    assert names_after(place, night) == ["Essay", "Unit test"]


@pytest.mark.parametrize(
    ("sis_name", "change", "why"),
    [
        ("powerschool", {"due_at": "2027-03-01T12:00:00Z"}, "GP-DUE-OUT-OF-TERM"),
        ("schooltool", {"canvas_group_id": "10"}, "GP-CATEGORY-UNMAPPED"),
        ("synergy", {"points_possible": 0.0}, "GP-POINTS-ZERO"),
        ("infinite_campus", {"due_at": None}, "GP-DUE-MISSING"),
    ],
)
def test_r6_the_name_of_a_sent_assignment_that_a_rule_now_holds_back_is_not_free(sis_name: str, change: dict[str, Any], why: str) -> None:
    """The teacher breaks the old Quiz and makes a new one: the old one still stands in the SIS, so the new one would double its name."""
    place = standing(sis_name)
    place.groups.append({"canvas_group_id": "10", "name": "Nowhere"})
    place.assignments[0] |= change
    place.add("Quiz", id="300")
    night = place.night()
    assert (night.writes(), night.why()) == (0, sorted(["GP-NAME-OURS", why]))


def test_r6_plain_twins_that_only_typography_tells_apart() -> None:
    """Synergy gets plain marks (R-9): Ben’s and Ben's would be one name there."""
    place = room("synergy")
    place.add("Ben’s quiz – 1", id="100")
    place.add("Ben's quiz - 1", id="101")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Ben's quiz - 1")], ["GP-NAME-DUP"])


@pytest.mark.parametrize("sis_name", ["powerschool", "synergy"])
def test_r6_same_name_in_two_sections_is_no_twin(sis_name: str) -> None:
    """Two quizzes of one name, each graded in one section alone: each stands alone in its gradebook."""
    place = room(sis_name, sections={"1": ["u1"], "2": ["u2"]})
    for user in ("u1", "u2"):
        quiz = place.add("Quiz", scores=None)
        place.score(quiz, user, 8.0)
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Quiz"), ("S2", "Quiz")], ["GP-NO-SCORES"])


def test_r9_an_ellipsis_is_a_special_character_for_synergy() -> None:
    """R-9 turns quotes and dashes plain and lists what else is allowed: an ellipsis is neither."""
    place = room("synergy")
    place.add("And so on…")
    night = place.night()
    assert (night.writes(), night.why()) == (0, ["GP-NAME-CHARS"])
    assert "… (U+2026)" in night.told("GP-NAME-CHARS")


def test_r9_a_no_break_space_is_a_space() -> None:
    """Open: "space" may mean U+0020 alone. Nobody can see the difference, so Synergy gets the plain one rather than the teacher a riddle."""
    place = room("synergy")
    place.add("Unit\u00a03 quiz\u202f1")
    assert place.night().sent() == [("S1", "Unit 3 quiz 1")]


@pytest.mark.parametrize(
    ("sis_name", "name", "sent"),
    [
        ("powerschool", "🧪" * 30, True),  # 30 code points, though 60 UTF-16 units and 120 bytes
        ("powerschool", "🧪" * 31, False),
        ("infinite_campus", "e\u0301" * 30, True),  # 60 as typed, 30 in NFC
        ("schooltool", "n" * 51, False),
        ("synergy", "é" * 50, True),
        ("genesis", "👩‍👩‍👧‍👦" * 40, True),
    ],
)
def test_r9_length_as_the_sis_counts_it(sis_name: str, name: str, sent: bool) -> None:
    place = room(sis_name)
    place.add(name)
    night = place.night()
    assert (bool(night.sent()), night.why()) == (sent, [] if sent else ["GP-NAME-LONG"])


def test_st_1_a_district_whose_schooltool_takes_30_characters_sets_that() -> None:
    """The document names both 50 and 30: the limit that stopped it stands in the message."""
    place = room("schooltool")
    place.rules = place.rules.model_copy(update={"name_max_length": 30})
    place.add("n" * 31)
    assert "31 characters; the SIS allows 30" in place.night().told("GP-NAME-LONG")


@pytest.mark.parametrize("sis_name", ["schooltool", "synergy"])
def test_r10_no_points_possible_is_withheld_everywhere_and_zero_only_by_synergy(sis_name: str) -> None:
    place = room(sis_name)
    place.add("Ungraded practice", points_possible=None)
    place.add("Participation", points_possible=0.0)
    night = place.night()
    zero = sis_name != "synergy"
    assert night.sent() == ([("S1", "Participation")] if zero else [])
    assert night.why() == (["GP-POINTS-NONE"] if zero else ["GP-POINTS-NONE", "GP-POINTS-ZERO"])


@pytest.mark.parametrize(
    ("sis_name", "state", "chosen", "why", "notes"),
    [
        ("synergy", "hidden", False, [], ["GP-CATEGORY-HIDDEN"]),
        ("synergy", "hidden", True, [], ["GP-CATEGORY-HIDDEN"]),
        ("schooltool", "hidden", True, ["GP-CATEGORY-HIDDEN"], []),
        ("powerschool", "deleted", True, ["GP-CATEGORY-DELETED"], []),
        ("genesis", "deleted", False, ["GP-CATEGORY-DELETED"], []),
        ("infinite_campus", "deleted", True, [], ["IC-UNCATEGORIZED"]),
    ],
)
def test_b6_r14_hidden_and_deleted_categories_are_told_by_name(sis_name: str, state: str, chosen: bool, why: list[str], notes: list[str]) -> None:
    choice = {"sis_section_id": "S1", "canvas_group_id": "9", "category_id": "C1"}
    place = room(sis_name, categories=[{"category_id": "C1", "title": "Homework", "state": state}], choices=[choice] if chosen else [])
    place.add()
    night = place.night()
    assert (night.why(), night.notes()) == (why, notes)
    assert all("Homework" in night.told(code) for code in [*why, *notes] if code != "IC-UNCATEGORIZED")


@pytest.mark.parametrize("sis_name", ["genesis", "powerschool"])
def test_b2_a_renamed_group_loses_its_category_by_name_but_not_by_choice(sis_name: str) -> None:
    place = standing(sis_name)
    place.groups[0]["name"] = "Homework (10 %)"
    assert (place.night().writes(), place.night().why()) == (0, ["GP-CATEGORY-UNMAPPED"])
    place.choices = [{"sis_section_id": "S1", "canvas_group_id": "9", "category_id": "C1"}]
    assert place.night().why() == []


def test_ic_15_renaming_a_group_moves_nothing_that_the_teacher_filed() -> None:
    place = standing("infinite_campus")
    place.standing_in_sis[0]["category_id"] = "filed-by-teacher"
    place.groups[0]["name"] = "Tests"
    assert place.night().writes() == 0
    place.assignments[0]["points_possible"] = 12.0
    assert list(place.night().plan.assignments["category_id"]) == ["filed-by-teacher"]


@pytest.mark.parametrize("sis_name", ["infinite_campus", "synergy"])
def test_f4_the_item_was_deleted_in_the_sis_though_the_ledger_says_sent(sis_name: str) -> None:
    """The marker lies (SY: "Canvas may get confused"): a remaster makes it anew, once, with every score."""
    place = standing(sis_name)
    place.standing_in_sis = []
    assert place.night().writes() == 0  # an unchanged night asks nothing: reconcile finds it
    place.selection = Selection(now=NOW, mode="remaster")
    night = place.night()
    assert (list(night.plan.assignments["action"]), night.notes()) == (["create"], ["GP-RECREATED"])
    assert night.scores() == {("S1", "U1"): (8.0, "")}


@pytest.mark.parametrize(
    ("sis_name", "change"),
    [
        ("genesis", {"published": False}),
        ("synergy", {"post_to_sis": False}),
        ("infinite_campus", {"omit_from_final_grade": True}),
        ("powerschool", {"grading_type": "not_graded"}),
    ],
)
def test_a10_what_leaves_the_sync_stays_in_the_sis_and_frees_no_name(sis_name: str, change: dict[str, Any]) -> None:
    place = standing(sis_name)
    place.assignments[0] |= change
    place.add("Quiz", id="300")
    night = place.night()
    assert "GP-REMOVED" in night.notes()
    assert night.sent() == ([("S1", "Quiz")] if sis_name == "genesis" else [])
