"""The safety valve: what stops a plan before its first write, what does not, and what a person is told (F-8)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.gradebook.reasons import reason
from include.gradebook.rules import SisRules
from include.sync.safety import Limits, Verdict, hold_back, judge, judge_run, refuse_all, weigh
from tests.classroom import Classroom, Night

LIMITS = Limits(free=10)
MANY = [f"u{number}" for number in range(40)]


def synced(rules: SisRules | None = None, students: list[str] = MANY, assignments: int = 4) -> Classroom:
    """A classroom whose scores (40 of each of 4 assignments) stand in the SIS."""
    room = Classroom(rules=rules or SisRules(), sections={"1": list(students)})
    for number in range(assignments):
        room.add(f"Quiz {number}", id=str(100 + number))
    room.accept(room.night())
    return room


def weighed(room: Classroom, night: Night | None = None) -> dict[str, Any]:
    night = night or room.night()
    weights = weigh(night.plan, night.resolved.notes, room.ledger)
    return {} if weights.empty else weights.set_index("canvas_course_id").loc["1"].to_dict()


def refusal(room: Classroom, limits: Limits = LIMITS, remaster: bool = False) -> list[tuple[str, str]]:
    night = room.night()
    verdict = judge(weigh(night.plan, night.resolved.notes, room.ledger), limits, remaster)
    return list(zip(verdict.refused["value"], verdict.refused["limit"], strict=True))


def rescore(room: Classroom, count: int) -> None:
    for key in list(room.submissions)[:count]:
        room.submissions[key]["score"] = 1.5


def test_f8_a_first_sync_has_nothing_to_compare_with_and_passes() -> None:
    room = Classroom(sections={"1": MANY})
    room.add("Quiz")
    assert len(room.night().scores()) == 40
    assert refusal(room, Limits(free=0)) == []


def test_f8_a_lost_ledger_is_a_first_sync_again() -> None:
    room = synced()
    room.ledger = Classroom().ledger
    assert room.night().writes() > 0
    assert refusal(room, Limits(free=0)) == []


def test_f8_new_assignments_and_scores_are_not_counted() -> None:
    room = synced()
    for number in range(20):
        room.add(f"New {number}", id=str(200 + number))
    assert room.night().writes() == 20 + 20 * 40
    assert refusal(room, Limits(free=0)) == []


@pytest.mark.parametrize(("count", "stops"), [(80, False), (81, True)])
def test_f8_more_than_half_of_the_scores_changed_stops_the_course(count: int, stops: bool) -> None:
    room = synced()
    rescore(room, count)
    told = [(f"{count} of 160 scores in the SIS would change", "the larger of 50% and 10")]
    assert refusal(room) == (told if stops else [])
    assert refusal(room, remaster=True) == [], "a remaster is asked for by a person"


def test_f8_few_changes_never_stop_a_course() -> None:
    room = synced(assignments=1, students=["u1", "u2"])
    rescore(room, 2)
    assert refusal(room) == []
    assert len(refusal(room, Limits(free=1))) == 1


def test_f8_changed_assignments_count_too() -> None:
    room = synced(assignments=12)
    for assignment in room.assignments:
        assignment["name"] += " again"
    assert refusal(room) == [("12 of 12 assignments in the SIS would change", "the larger of 50% and 10")]


@pytest.mark.parametrize("remaster", [False, True])
def test_f8_opted_in_deletes_are_counted_by_the_scores_that_go_with_them(remaster: bool) -> None:
    room = synced(SisRules(delete_removed=True))
    room.assignments[0]["published"] = False
    assert room.night().plan.assignments["action"].eq("delete").sum() == 1
    assert refusal(room, remaster=remaster) == [("40 of 160 scores in the SIS would be cleared or deleted", "the larger of 5% and 10")]


def test_f8_opted_in_clears_have_the_narrow_limit() -> None:
    room = synced(SisRules(clear_blanks=True))
    for key in list(room.submissions)[:11]:
        del room.submissions[key]
    assert refusal(room) == [("11 of 160 scores in the SIS would be cleared or deleted", "the larger of 5% and 10")]
    assert refusal(room, Limits(free=11)) == []


def test_f8_what_is_only_reported_stops_nothing_night_after_night() -> None:
    """Without the opt-in the scores stay in the SIS and in the ledger: held against the course they would stop it for ever."""
    room = synced()
    room.assignments[0]["published"] = False
    assert "GP-REMOVED" in room.night().notes()
    assert refusal(room) == []


def test_f8_a_course_that_came_back_empty_is_told() -> None:
    room = synced()
    room.assignments.clear()
    room.submissions.clear()
    night = room.night()
    verdict = judge(weigh(night.plan, night.resolved.notes, room.ledger), Limits(free=5000))
    assert list(verdict.refused["value"]) == ["Canvas no longer has any of the 160 scores sent before"]
    held = hold_back(night.resolved, verdict)
    assert held.withheld.query("reason_code == 'GP-SAFETY'")["kind"].tolist() == ["course"], "told although no row is left to be held"


def test_f8_the_message_has_numbers_limit_and_what_lets_it_through() -> None:
    room = synced()
    rescore(room, 120)
    night = room.night()
    held = hold_back(night.resolved, judge(weigh(night.plan, night.resolved.notes, room.ledger), LIMITS))
    assert (held.plan.scores.empty, held.plan.assignments.empty) == (True, True)
    assert len(held.withheld.query("reason_code == 'GP-SAFETY' and kind == 'grade'")) == len(night.plan.scores)
    entry, row = reason("GP-SAFETY"), held.withheld.query("kind == 'course'").iloc[0]
    assert (
        entry.told(row["value"], row["limit"])
        == "The safety limit stopped this course: 120 of 160 scores in the SIS would change; the limit is the larger of 50% and 10."
    )
    assert '"Allow a large change"' in entry.next, "as the pages and the forms call it"


def courses(count: int, **row: int) -> pd.DataFrame:
    base = {"scores": 100, "assignments": 10, "scores_changed": 0, "assignments_changed": 0, "scores_cleared": 0, "scores_gone": 0, **row}
    return pd.DataFrame([{"canvas_course_id": str(number), **base} for number in range(count)])


def test_f8_a_change_of_the_whole_district_stops_though_no_course_stands_out() -> None:
    rows = courses(30, scores_changed=45)
    assert judge(rows, LIMITS).courses == set()
    assert judge_run(rows, LIMITS) == ("1,350 of 3,000 scores in the SIS of 30 courses together would change", "the larger of 40% and 10")
    assert judge_run(rows, LIMITS, remaster=True) is None
    assert judge_run(courses(30, scores_changed=40), LIMITS) is None


def test_f8_renamed_everywhere_is_a_change_of_the_whole_district() -> None:
    assert judge_run(courses(30, assignments_changed=5), LIMITS) == (
        "150 of 300 assignments in the SIS of 30 courses together would change",
        "the larger of 40% and 10",
    )


def test_f8_clears_of_the_whole_district_have_the_narrow_limit() -> None:
    rows = courses(30, scores_cleared=3)
    assert judge(rows, LIMITS).courses == set()
    assert judge_run(rows, LIMITS) == ("90 of 3,000 scores in the SIS of 30 courses together would be cleared or deleted", "the larger of 2% and 10")


def test_f8_a_few_courses_are_no_district_and_new_ones_do_not_count() -> None:
    assert judge_run(courses(4, scores_changed=49), LIMITS) is None
    assert judge_run(courses(30, scores=0, scores_changed=90), LIMITS) is None
    mixed = pd.concat([courses(4, scores_changed=49), courses(30, scores=0)])
    assert judge_run(mixed, LIMITS) is None


def test_f8_the_whole_run_is_refused_course_by_course() -> None:
    room = synced()
    rescore(room, 30)
    night = room.night()
    verdict = refuse_all(night.plan, ("too much", "less"))
    assert verdict.courses == {"1"}
    assert hold_back(night.resolved, verdict).plan.scores.empty
    assert hold_back(night.resolved, Verdict(verdict.refused[:0])) is night.resolved
