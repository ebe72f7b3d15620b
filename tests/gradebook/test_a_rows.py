"""What goes and what does not, whatever the SIS (requirements A-1 to A-16), through filter, ledger comparison and plan."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.errors import DataError
from include.gradebook.categories import wanted_categories
from include.gradebook.courses import Selection
from include.gradebook.rules import SisRules
from include.gradebook.schemas import CANVAS_FRAMES, CHOICES, COPIES
from include.gradebook.sieve import number_text
from include.sis.registry import SIS
from include.sync.draft import How, draft
from tests.classroom import NOW, Classroom, accepted

QUIZ = "100"
BOTH = {"u1": 8.0, "u2": 8.0}
REMASTER = Selection(now=NOW, mode="remaster")


def one(scores: Any = 8.0, rules: SisRules | None = None, **columns: Any) -> tuple[dict[str, float], list[str]]:
    """(score by student, reasons) of a classroom with one assignment, after every rule that needs no SIS."""
    place = Classroom(rules=rules or SisRules())
    place.add(**{"scores": scores, **columns})
    filtered = place.filtered()
    reasons = filtered.withheld.loc[filtered.withheld["reason_code"] != "GP-ASSIGNMENT-WITHHELD", "reason_code"]
    assert set(filtered.scores["canvas_assignment_id"]) <= set(filtered.copies["canvas_assignment_id"])
    return dict(zip(filtered.scores["canvas_user_id"], filtered.scores["score"], strict=True)), sorted(set(reasons))


def test_a1_what_a_person_changed_in_the_sis_stays_until_the_item_is_sent_again() -> None:
    place = accepted()
    place.standing_in_sis[0] |= {"name": "Edited by hand", "points_possible": 99.0}
    assert place.night().writes() == 0
    place.assignments[0]["points_possible"] = 20.0
    again = place.night().plan.assignments
    assert list(again[["action", "name", "points_possible"]].itertuples(index=False, name=None)) == [("update", "Quiz", 20.0)]


def test_a1_a_remaster_overwrites_what_a_person_changed() -> None:
    place = accepted()
    place.standing_in_sis[0]["name"] = "Edited by hand"
    place.selection = REMASTER
    assert place.night().sent() == [("S1", "Quiz")]


@pytest.mark.parametrize("types", ["online_upload", "online_quiz", "discussion_topic", "external_tool", "on_paper", "none", "media_recording"])
def test_a2_every_graded_kind_of_item_takes_part(types: str) -> None:
    """Graded discussions, classic quizzes, New Quizzes (external tool) and work on paper are assignments like any other."""
    assert one(submission_types=types) == (BOTH, [])


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"published": False}, "GP-UNPUBLISHED"),
        ({"post_to_sis": False}, "GP-NOT-SWITCHED-ON"),
        ({"grading_type": "not_graded"}, "GP-NOT-GRADED"),
        ({"submission_types": "not_graded"}, "GP-NOT-GRADED"),
        ({"submission_types": "wiki_page"}, "GP-NOT-GRADED"),
    ],
)
def test_a2_unpublished_ungraded_and_unswitched_items_stay_out(columns: dict[str, Any], code: str) -> None:
    assert one(**columns) == ({}, [code])


def test_a3_work_that_does_not_count_towards_the_final_grade_stays_out() -> None:
    assert one(omit_from_final_grade=True) == ({}, ["GP-OMITTED"])


def test_a4_one_copy_per_sis_section_and_each_score_in_its_own() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"], "3": ["u3"]})
    place.add()
    night = place.night()
    assert night.sent() == [("S1", "Quiz"), ("S2", "Quiz"), ("S3", "Quiz")]  # more SIS assignments than assignments
    assert set(night.scores()) == {("S1", "U1"), ("S2", "U2"), ("S3", "U3")}


def test_a4_a_student_in_two_sections_has_one_score_in_each_copy() -> None:
    place = Classroom(sections={"1": ["u1", "both"], "2": ["both"]})
    place.score(place.add(scores=None), "both", 7.5)
    assert place.night().scores() == {("S1", "BOTH"): (7.5, ""), ("S2", "BOTH"): (7.5, "")}


def test_a5_a_section_without_sis_id_is_left_out_and_takes_nothing_else_along() -> None:
    place = Classroom(sections={"1": ["u1"], "hand-made": ["u2"]}, without_sis_id={"hand-made"})
    place.add()
    night = place.night()
    assert night.sent() == [("S1", "Quiz")]
    assert night.why("section") == ["GP-SECTION-NO-SIS-ID"]
    assert night.why("grade") == ["GP-ASSIGNMENT-WITHHELD"]


@pytest.mark.parametrize("scores", [None, {"score": None}, {"late": True}, {"score": -1.0}])
def test_a6_no_assignment_is_created_before_a_score_exists(scores: Any) -> None:
    place = Classroom()
    place.add(scores=scores)
    night = place.night()
    assert (night.sent(), night.why()) == ([], ["GP-NO-SCORES"])


def test_a6_the_score_must_exist_in_that_very_section() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    quiz = place.add(scores=None)
    place.score(quiz, "u2", 0.0)  # a zero is a score
    night = place.night()
    assert (night.sent(), night.why()) == ([("S2", "Quiz")], ["GP-NO-SCORES"])


def test_a7_a_score_is_sent_once_and_again_when_it_changes() -> None:
    place = accepted()
    assert place.night().writes() == 0
    place.score(QUIZ, "u2", 9.25)
    assert place.night().scores() == {("S1", "U2"): (9.25, "")}


def test_a7_a_status_alone_waits_for_a_new_score_or_a_remaster() -> None:
    place = accepted(SIS["synergy"].rules)
    place.score(QUIZ, "u1", {"score": 8.0, "late": True})
    assert place.night().writes() == 0
    place.score(QUIZ, "u1", {"score": 8.5, "late": True})
    assert place.night().scores() == {("S1", "U1"): (8.5, "late")}
    place.score(QUIZ, "u1", {"score": 8.0, "late": True})
    place.selection = REMASTER
    assert place.night().scores()[("S1", "U1")] == (8.0, "late")


@pytest.mark.parametrize(
    ("column", "value"),
    [("name", "Quiz 1"), ("description", "<p>New</p>"), ("points_possible", 12.0), ("due_at", "2026-11-12T04:59:59Z"), ("canvas_group_id", "10")],
)
def test_a8_each_change_of_an_assignment_updates_it_without_its_scores(column: str, value: Any) -> None:
    place = accepted()
    place.groups.append({"canvas_group_id": "10", "name": "Tests"})
    place.categories.append({"category_id": "C2", "title": "Tests", "state": "active"})
    place.assignments[0][column] = value
    night = place.night()
    assert list(night.plan.assignments["action"]) == ["update"]
    assert night.scores() == {}
    place.accept(night)
    assert place.night().writes() == 0


@pytest.mark.parametrize("column", ["due_at", "created_at", "unlock_at"])
def test_a8_a_change_that_no_sis_shows_is_no_change(column: str) -> None:
    place = accepted()
    place.assignments[0][column] = "2026-11-10T03:00:00Z"  # the same local day as before, for a due date
    assert place.night().writes() == 0


def test_a9_a_cleared_score_stays_in_the_sis_and_is_reported() -> None:
    place = accepted()
    place.score(QUIZ, "u1", {"score": None})
    night = place.night()
    assert (night.writes(), night.notes()) == (0, ["GP-BLANKED"])


def test_a9_a_cleared_score_is_cleared_where_the_district_opted_in() -> None:
    place = accepted(SisRules(clear_blanks=True))
    place.score(QUIZ, "u1", {"score": None})
    night = place.night()
    cleared = night.plan.scores[night.plan.scores["action"] == "clear"]
    assert (list(cleared["sis_student_id"]), night.writes(), night.notes()) == (["U1"], 1, [])


def test_a9_a_cleared_score_of_missing_work_is_told_as_cleared_and_cleared_where_opted_in() -> None:
    """The number that was sent stands in the SIS; that the work is missing does not say so."""
    for clears, writes, notes in ((False, 0, ["GP-BLANKED"]), (True, 1, [])):
        place = accepted(SisRules(clear_blanks=clears, missing_without_score="withhold"))
        place.score(QUIZ, "u1", {"score": None, "missing": True})
        night = place.night()
        assert (night.writes(), night.notes(), night.why("grade")) == (writes, notes, ["GP-MISSING-NO-SCORE"])


@pytest.mark.parametrize("change", [{"published": False}, {"post_to_sis": False}, None])
@pytest.mark.parametrize("opted_in", [False, True])
def test_a10_deleted_unpublished_and_switched_off_work_stays_and_is_reported(change: dict[str, Any] | None, opted_in: bool) -> None:
    place = accepted(SisRules(delete_removed=opted_in))
    place.assignments = [{**place.assignments[0], **change}] if change else []
    if not change:
        place.submissions = {}
    night = place.night()
    actions = list(night.plan.assignments["action"])
    assert (actions, night.notes()) == ((["delete"], []) if opted_in else ([], ["GP-REMOVED"]))


def test_a10_an_on_demand_run_of_other_assignments_removes_nothing() -> None:
    """What was not asked for is not judged, even where the district opted in to deletes."""
    place = accepted(SisRules(delete_removed=True))
    other = place.add("Other")
    place.accept(place.night())
    place.assignments[0]["published"] = False
    place.selection = Selection(now=NOW, mode="on_demand", assignments=(other,))
    night = place.night()
    assert (night.writes(), night.notes()) == (0, [])


def test_a11_comments_are_off_in_every_rule_table() -> None:
    assert [name for name, entry in SIS.items() if entry.rules.send_comments] == []


def test_a12_weights_and_learning_mastery_are_not_even_read() -> None:
    read = {column for frame in (*CANVAS_FRAMES, COPIES) for column in frame.columns}
    assert not [column for column in read if any(word in column for word in ("weight", "rubric", "mastery", "outcome"))]


@pytest.mark.parametrize("name", ["Roll Call Attendance", " roll call attendance "])
def test_a13_the_attendance_assignment_stays_out(name: str) -> None:
    assert one(name=name) == ({}, ["GP-ATTENDANCE"])


def test_a13_its_name_is_the_districts_to_set_and_no_other_name_is_meant() -> None:
    rules = SisRules(attendance_name="Anwesenheit")
    assert one(rules=rules, name="Anwesenheit") == ({}, ["GP-ATTENDANCE"])
    assert one(rules=rules, name="Roll Call Attendance") == (BOTH, [])


@pytest.mark.parametrize("sis_name", sorted(SIS))
def test_a14_extra_credit_is_sent_as_it_is(sis_name: str) -> None:
    assert one(30.0, rules=SIS[sis_name].rules, points_possible=20.0) == ({"u1": 30.0, "u2": 30.0}, [])


@pytest.mark.parametrize(
    ("score", "text"),
    [(12.345678, "12.345678"), (0.1 + 0.2, "0.30000000000000004"), (10.5, "10.5"), (1 / 3, "0.3333333333333333"), (0.0, "0"), (1e-7, "1e-07")],
)
def test_a15_decimals_are_kept_to_the_last_digit(score: float, text: str) -> None:
    sent, _ = one(score)
    assert sent["u1"] == score
    assert list(number_text(pd.Series([sent["u1"]]))) == [text]


@pytest.mark.parametrize("twice", ["copies", "scores"])
def test_a7_nothing_is_planned_from_rows_that_stand_twice(twice: str) -> None:
    """No filter lets them through; should one ever do so, the SIS would get the item twice."""
    place = Classroom()
    place.add()
    filtered = place.filtered()
    doubled = {name: pd.concat([getattr(filtered, name)] * (2 if name == twice else 1), ignore_index=True) for name in ("copies", "scores")}
    how = How("powerschool", place.rules)
    wanted = wanted_categories(doubled["copies"], CHOICES.empty(), place.canvas().groups, place.rules)
    with pytest.raises(DataError, match="some are given twice"):
        draft(doubled["copies"], doubled["scores"], wanted, place.ledger, how)


def test_a15_the_smallest_difference_of_a_score_is_a_change() -> None:
    place = accepted()
    place.score(QUIZ, "u1", 8.000000000000002)
    assert place.night().scores() == {("S1", "U1"): (8.000000000000002, "")}


@pytest.mark.parametrize(("send_hidden", "codes"), [(True, []), (False, ["GP-SCORE-HIDDEN"])])
def test_a16_hidden_scores_go_unless_the_district_opted_out(send_hidden: bool, codes: list[str]) -> None:
    assert one({"score": 8.0, "posted_at": None}, rules=SisRules(send_hidden=send_hidden)) == (BOTH if send_hidden else {}, codes)


@pytest.mark.parametrize("state", ["submitted", "pending_review", "unsubmitted", "graded"])
def test_a15_the_number_decides_and_not_the_workflow_state(state: str) -> None:
    """A resubmission leaves the old score standing under the state submitted: it still counts."""
    assert one({"score": 6.0, "workflow_state": state}) == ({"u1": 6.0, "u2": 6.0}, [])
