"""Situations that a district really meets, written down from the source documents before the code was read: dates, who is given what, terms.

Every case tells the Canvas side in numbers, what must stand in the SIS, and what a person must be told.
"""

from __future__ import annotations

from typing import Any

import pytest

from include.sis.registry import SIS
from tests.classroom import Classroom, Night

TWO = {"1": ["u1"], "2": ["u2"]}
OWN = "2026-11-20T04:59:59Z"  # 19 November, 23:59:59 in New York


def room(sis_name: str, **changes: Any) -> Classroom:
    """A classroom under the rules of this SIS."""
    return Classroom(rules=SIS[sis_name].rules, **changes)


def told(night: Night) -> dict[str, str]:
    """SIS section -> due date that would stand there, or the reason why the assignment does not go."""
    withheld = night.resolved.withheld
    rows = withheld[(withheld["kind"] == "assignment") & withheld["sis_section_id"].notna()]
    return {**dict(zip(rows["sis_section_id"], rows["reason_code"], strict=True)), **{place: day or "none" for place, day in night.due().items()}}


@pytest.mark.parametrize(
    ("sis_name", "zone", "due_at", "day"),
    [
        ("genesis", "America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"),  # the last minute before the night of 25 hours
        ("powerschool", "America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"),  # and its end
        ("synergy", "America/Denver", "2026-09-01T05:59:59Z", "2026-08-31"),
        ("schooltool", "America/Chicago", "2026-11-10T05:59:59Z", "2026-11-09"),  # 00:59 of the next day in the district's office in New York
        ("powerschool", "Pacific/Honolulu", "2027-01-01T09:59:59Z", "2026-12-31"),
        ("infinite_campus", "Pacific/Guam", "2026-12-31T13:59:59Z", "2026-12-31"),  # east of Greenwich the UTC date is not the later one
    ],
)
def test_a17_the_last_minute_of_a_school_day_stays_on_that_day(sis_name: str, zone: str, due_at: str, day: str) -> None:
    place = room(sis_name, zone=zone)
    place.add(due_at=due_at)
    assert place.night().due() == {"S1": day}


def test_a17_a_leap_day_stands_as_29_february() -> None:
    place = room("powerschool", term=("2028-01-24", "2028-06-16"), today="2028-03-01")
    place.add(due_at="2028-03-01T04:59:59Z")
    assert place.night().due() == {"S1": "2028-02-29"}


@pytest.mark.parametrize(("sis_name", "sent"), [("powerschool", "GP-DUE-OUT-OF-TERM"), ("genesis", "2027-01-23"), ("schooltool", "2027-01-23")])
def test_ps_4_last_day_of_the_marking_period_and_the_minute_after(sis_name: str, sent: str) -> None:
    """G tells of trouble on the last day: 22 January 23:59 must not become the 23rd, which PowerSchool would have to refuse."""
    place = room(sis_name, sections=TWO)
    quiz = place.add(due_at="2027-01-23T04:59:59Z")
    place.override(quiz, "section", "1", due_at="2027-01-23T05:00:00Z")
    place.override(quiz, "section", "2")
    assert told(place.night()) == {"S1": sent, "S2": "2027-01-22"}


def test_ps_4_one_section_out_of_term_takes_no_score_of_the_other_along() -> None:
    place = room("powerschool", sections=TWO)
    place.override(place.add(), "section", "2", due_at="2027-03-01T04:59:59Z")
    night = place.night()
    assert night.scores() == {("S1", "U1"): (8.0, "")}
    assert night.why("grade") == ["GP-ASSIGNMENT-WITHHELD"]
    assert "2027-02-28" in night.told("GP-DUE-OUT-OF-TERM")


@pytest.mark.parametrize("sis_name", ["powerschool", "schooltool"])
def test_row_4_the_due_date_is_taken_away_after_the_assignment_was_sent(sis_name: str) -> None:
    """What stands there stays, nothing goes, and the teacher is told which SIS rule it is."""
    place = room(sis_name)
    quiz = place.add()
    place.accept(place.night())
    place.assignments[0]["due_at"] = None
    place.score(quiz, "u1", 9.0)
    night = place.night()
    assert (night.writes(), night.why(), night.notes()) == (0, ["GP-DUE-MISSING"], [])


@pytest.mark.parametrize(
    ("sis_name", "expected"),
    [
        ("genesis", {"S1": "2026-11-19", "S2": "GP-NOT-ASSIGNED", "S3": "2026-11-09"}),
        ("synergy", {"S1": "2026-11-19", "S2": "GP-NOT-ASSIGNED", "S3": "2026-11-09"}),
        ("schooltool", {"S1": "2026-11-19", "S2": "GP-NOT-ASSIGNED", "S3": "GP-DIFF-NOT-NAMED"}),
        ("powerschool", {"S1": "2026-11-19", "S2": "GP-NOT-ASSIGNED", "S3": "2026-11-09"}),
        ("infinite_campus", {"S1": "GP-DIFF-SECTIONS", "S2": "GP-NOT-ASSIGNED", "S3": "GP-DIFF-SECTIONS"}),
    ],
)
def test_r2_one_named_one_unassigned_one_of_everyone_else(sis_name: str, expected: dict[str, str]) -> None:
    place = room(sis_name, sections={"1": ["u1"], "2": ["u2"], "3": ["u3"]})
    quiz = place.add()
    place.override(quiz, "section", "1", due_at=OWN)
    place.override(quiz, "section", "2", unassign=True)
    assert told(place.night()) == expected


@pytest.mark.parametrize("sis_name", ["genesis", "infinite_campus", "powerschool"])
def test_a10_a_section_that_loses_an_assignment_keeps_what_was_sent_and_is_told_of(sis_name: str) -> None:
    """The SIS assignment is per section (A-4): one that is no longer given to a section stands there like one that was switched off."""
    place = room(sis_name, sections=TWO)
    quiz = place.add()
    place.accept(place.night())
    place.override(quiz, "section", "2", unassign=True)
    night = place.night()
    assert (night.writes(), night.notes()) == (0, ["GP-NOT-GIVEN"])
    assert list(night.resolved.notes["sis_section_id"]) == ["S2"]
    assert "Quiz" in night.told("GP-NOT-GIVEN")


def test_st_5_naming_a_section_later_leaves_the_other_copy_and_says_so() -> None:
    place = room("schooltool", sections=TWO)
    quiz = place.add()
    place.accept(place.night())
    place.override(quiz, "section", "1", due_at=OWN)
    night = place.night()
    assert (night.sent(), night.why(), night.notes()) == ([("S1", "Quiz")], ["GP-DIFF-NOT-NAMED"], ["GP-NOT-GIVEN"])


@pytest.mark.parametrize("sis_name", ["synergy"])
def test_a10_opted_in_deletes_spare_what_is_only_not_given_to_a_section(sis_name: str) -> None:
    """A-10's switch speaks of deleted, unpublished and switched off: anything less is told, never deleted."""
    place = room(sis_name, sections=TWO)
    place.rules = place.rules.model_copy(update={"delete_removed": True})
    quiz = place.add()
    place.accept(place.night())
    place.override(quiz, "section", "2", unassign=True)
    assert (place.night().writes(), place.night().notes()) == (0, ["GP-NOT-GIVEN"])


@pytest.mark.parametrize("deletes", [False, True])
def test_a4_a_section_cross_listed_in_november_keeps_the_old_courses_work(deletes: bool) -> None:
    """Section 1 came from course 7, whose Essay was sent to S1. The course that hosts it now does not know that essay (invariant 6)."""
    place = room("genesis", sections=TWO)
    place.rules = place.rules.model_copy(update={"delete_removed": deletes})
    place.add("Essay", id="70")
    place.accept(place.night())
    place.ledger.assignments["canvas_course_id"] = place.ledger.assignments["canvas_course_id"].mask(
        place.ledger.assignments["sis_section_id"] == "S1", "7"
    )
    place.ledger.assignments.drop(index=place.ledger.assignments.index[place.ledger.assignments["sis_section_id"] == "S2"], inplace=True)
    place.assignments, place.submissions, place.cross_listed = [], {}, {"1": "7"}
    place.add("Quiz", id="100")
    night = place.night()
    assert "delete" not in set(night.plan.assignments["action"])
    assert [code for code in night.notes() if code != "GP-MERGED"] == ["GP-SECTION-MOVED"]
    assert "course 7" in night.told("GP-SECTION-MOVED")
    assert night.sent() == [("S1", "Quiz"), ("S2", "Quiz")]


def test_i3_nobody_is_asked_to_delete_what_the_sis_does_not_hold_any_more() -> None:
    """The section's SIS ID is used again in the next school year: what was sent to it last year is not there."""
    place = room("genesis")
    place.add("Essay", id="70")
    place.add("Poster", id="71")
    place.accept(place.night())
    place.ledger.assignments["canvas_course_id"] = "7"
    place.assignments, place.submissions = [], {}
    place.add("Quiz", id="100")
    assert place.night().notes() == ["GP-SECTION-MOVED"]
    del place.standing_in_sis[0]
    assert "Poster" in place.night().told("GP-SECTION-MOVED")
    assert "Essay" not in place.night().told("GP-SECTION-MOVED")
    place.standing_in_sis.clear()
    assert (place.night().notes(), place.night().sent()) == ([], [("S1", "Quiz")])


@pytest.mark.parametrize("kind", ["student", "group"])
@pytest.mark.parametrize(
    ("sis_name", "expected"), [("powerschool", "GP-DIFF-INDIVIDUALS"), ("infinite_campus", "GP-DIFF-INDIVIDUALS"), ("synergy", "2026-11-09")]
)
def test_r1_one_extension_for_one_child_in_a_class_of_thirty(sis_name: str, kind: str, expected: str) -> None:
    """PowerSchool and Infinite Campus: the whole assignment waits, in every section, under one reason that names the rule."""
    place = room(sis_name, sections={"1": [f"u{n}" for n in range(15)], "2": [f"v{n}" for n in range(15)]})
    place.override(place.add(), kind, due_at=OWN)
    night = place.night()
    assert told(night) == {"S1": expected, "S2": expected}
    assert len(night.scores()) == (30 if expected == "2026-11-09" else 0)


def test_ic_5_an_own_date_for_a_hand_made_section_stops_the_whole_assignment() -> None:
    """The section has no SIS id, yet the assignment is differentiated: nothing is sent (IC)."""
    place = room("infinite_campus", sections=TWO, without_sis_id={"2"})
    place.override(place.add(), "section", "2", due_at=OWN)
    night = place.night()
    assert (night.writes(), told(night)) == (0, {"S1": "GP-DIFF-SECTIONS"})


def test_ic_7_a_mastery_path_stops_what_is_new_and_leaves_what_stands() -> None:
    place = room("infinite_campus")
    quiz = place.add()
    place.accept(place.night())
    place.override(quiz, "mastery_path")
    place.score(quiz, "u1", 9.0)
    night = place.night()
    assert (night.writes(), night.why()) == (0, ["GP-DIFF-MASTERY"])


@pytest.mark.parametrize("sis_name", ["genesis", "synergy"])
def test_g_17_merged_gradebooks_are_warned_of_though_only_one_section_is_graded_yet(sis_name: str) -> None:
    """Two sections, scores in the first alone. By the second night it would be too late: the first copy has shown itself blank to the others."""
    place = room(sis_name, sections=TWO)
    quiz = place.add(scores=None)
    place.score(quiz, "u1", 8.0)
    first = place.night()
    place.accept(first)
    place.score(quiz, "u2", 8.0)
    assert [("GP-MERGED" in night.notes()) for night in (first, place.night())] == [sis_name == "genesis", False]


def test_g_17_a_single_section_and_a_hand_made_one_are_not_merged() -> None:
    place = room("genesis", sections=TWO, without_sis_id={"2"})
    place.add()
    assert place.night().notes() == []


def test_r15_a_stored_choice_made_in_spring_waits_for_the_term_in_august() -> None:
    place = room("powerschool", today="2026-08-23", choices=[{"sis_section_id": "S1", "canvas_group_id": "9", "category_id": "C1"}])
    place.add(due_at="2026-08-25T03:59:59Z")
    night = place.night()
    assert (night.writes(), night.why()) == (0, ["GP-CATEGORY-TERM"])
    assert "2026-08-24" in night.told("GP-CATEGORY-TERM")
