"""Which courses, sections and people take part in which kind of run (A-5, A-18 to A-24, R-12)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.gradebook.courses import Selection, keep_courses
from include.gradebook.schemas import COURSES
from include.sis.registry import SIS
from tests.classroom import NOW, Classroom, Night

_TERM = {"sis_term_id": "T1", "term_start": "2026-08-24T04:00:00Z", "term_end": "2027-01-23T05:00:00Z"}


def courses(*changes: dict[str, Any]) -> pd.DataFrame:
    """COURSES rows 1, 2 … of the current term with these changes."""
    base = {"name": "Biology", "workflow_state": "available", "time_zone": "America/New_York", **_TERM}
    return COURSES.of([{"canvas_course_id": str(n), "sis_course_id": f"C-{n}", **base, **change} for n, change in enumerate(changes, start=1)])


def kept(frame: pd.DataFrame, **selection: Any) -> tuple[list[str], dict[str, str]]:
    """(ids of the courses that take part, reason by id of the others)."""
    sieve = keep_courses(frame, Selection(now=NOW, **selection))
    withheld = sieve.withheld
    return list(sieve.kept["canvas_course_id"]), dict(zip(withheld["canvas_course_id"], withheld["reason_code"], strict=True))


def test_a5_a_course_without_sis_id_is_left_out_and_reported() -> None:
    assert kept(courses({}, {"sis_course_id": None})) == (["1"], {"2": "GP-COURSE-NO-SIS-ID"})


def test_a18_a_night_runs_all_courses_that_are_switched_on() -> None:
    assert kept(courses({}, {}, {}), switched=(("2", False),)) == (["1", "3"], {"2": "GP-COURSE-OFF"})


@pytest.mark.parametrize(("default", "expected"), [("all", ["1", "2", "3"]), ("none", ["3"]), ("canvas", ["1", "3"])])
def test_r12_courses_that_nobody_switched_follow_the_targets_default(default: str, expected: list[str]) -> None:
    listed = courses({"nightly_setting": "nightly_sync"}, {"nightly_setting": "disabled"}, {"nightly_setting": None})
    assert kept(listed, nightly_default=default, switched=(("3", True),))[0] == expected


def test_r12_the_products_own_switch_goes_before_canvas_setting() -> None:
    listed = courses({"nightly_setting": "nightly_sync"}, {"nightly_setting": None})
    assert kept(listed, nightly_default="canvas", switched=(("1", False), ("2", True)))[0] == ["2"]


@pytest.mark.parametrize("mode", ["on_demand", "remaster"])
def test_a19_a_run_on_demand_takes_the_chosen_courses_whatever_their_switch(mode: str) -> None:
    assert kept(courses({}, {}, {}), mode=mode, courses=("2", "C-3"), switched=(("2", False),)) == (["2", "3"], {})


def test_a19_chosen_sections_and_assignments_and_by_default_all() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    place.add("First", id="101")
    place.add("Second", id="102")
    place.selection = Selection(now=NOW, mode="on_demand", sections=("S2",), assignments=("102",))
    night = place.night()
    assert night.sent() == [("S2", "Second")]
    assert (night.why("section"), night.why()) == (["GP-SECTION-NOT-CHOSEN"], ["GP-NOT-CHOSEN"])
    place.selection = Selection(now=NOW, mode="on_demand")
    assert len(place.night().sent()) == 4


def test_a19_a_section_can_be_chosen_by_its_canvas_id() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]}, selection=Selection(now=NOW, mode="on_demand", sections=("1",)))
    place.add()
    assert set(place.filtered().copies["sis_section_id"]) == {"S1"}


def test_a20_a_remaster_sends_everything_again_or_only_what_was_chosen() -> None:
    place = Classroom()
    place.add("First", id="101")
    place.add("Second", id="102")
    place.accept(place.night())
    assert place.night().writes() == 0
    place.selection = Selection(now=NOW, mode="remaster")
    everything = place.night()
    assert (set(everything.plan.assignments["action"]), everything.writes()) == ({"update"}, 2 + 4)
    place.selection = Selection(now=NOW, mode="remaster", assignments=("102",))
    chosen = place.night()
    assert (chosen.sent(), chosen.writes()) == ([("S1", "Second")], 1 + 2)


def test_a20_duplicates_and_undated_work_cannot_be_remastered() -> None:
    place = Classroom(rules=SIS["schooltool"].rules, selection=Selection(now=NOW, mode="remaster"))
    place.add("Quiz", id="101")
    place.add("quiz", id="102")
    place.add("Undated", id="103", due_at=None)
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Quiz")], ["GP-DUE-MISSING", "GP-NAME-DUP"])


@pytest.mark.parametrize(("mode", "expected"), [("nightly", []), ("on_demand", ["1"]), ("remaster", ["1"])])
def test_a21_concluded_courses_on_demand(mode: str, expected: list[str]) -> None:
    assert kept(courses({"workflow_state": "completed"}), mode=mode)[0] == expected


@pytest.mark.parametrize(
    ("course", "sent"),
    [
        ({"workflow_state": "available"}, False),
        ({"workflow_state": "completed"}, True),
        ({"term_end": "2026-11-01T04:00:00Z"}, True),  # concluded by its term's end
        ({"course_end": "2026-11-01T04:00:00Z"}, True),  # or by its own
        ({"term_end": "2027-01-23T05:00:00Z", "course_end": "2026-12-24T05:00:00Z"}, False),
    ],
)
def test_a21_a23_concluded_enrolments_take_part_in_concluded_courses_alone(course: dict[str, Any], sent: bool) -> None:
    place = Classroom(sections={"1": ["u1"]}, course=course, enrollment_changes={("1", "u1"): {"state": "completed"}})
    place.selection = Selection(now=NOW, mode="on_demand")
    place.add()
    night = place.night()
    assert (bool(night.scores()), night.why("grade")) == ((True, []) if sent else (False, ["GP-STUDENT-INACTIVE"]))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "StudentViewEnrollment", "sis_user_id": None}, "GP-STUDENT-TEST"),
        ({"state": "invited"}, "GP-STUDENT-INACTIVE"),
        ({"state": "inactive"}, "GP-STUDENT-INACTIVE"),
        ({"state": "deleted"}, "GP-STUDENT-INACTIVE"),
        ({"sis_user_id": None}, "GP-STUDENT-NO-SIS-ID"),
    ],
)
def test_a23_who_is_left_out_and_counted(change: dict[str, Any], code: str) -> None:
    place = Classroom(enrollment_changes={("1", "u2"): change})
    place.add()
    night = place.night()
    assert (set(night.scores()), night.why("grade")) == ({("S1", "U1")}, [code])
    assert len(night.resolved.withheld) + len(night.plan.scores) == 2


def test_a23_a_submission_of_somebody_without_any_enrolment() -> None:
    place = Classroom()
    place.score(place.add(), "gone", 5.0)
    assert place.night().why("grade") == ["GP-STUDENT-NO-ENROLMENT"]


def test_a23_two_users_with_one_sis_id_do_not_overwrite_each_other() -> None:
    place = Classroom(enrollment_changes={("1", "u2"): {"sis_user_id": "U1"}})
    place.add()
    night = place.night()
    assert (len(night.scores()), night.why("grade")) == (1, ["GP-STUDENT-TWICE"])


def dropped(**enrolment: Any) -> tuple[Night, Classroom]:
    """A student whose accepted score stands in the SIS, and whose enrolment then changes."""
    place = Classroom()
    place.add()
    place.accept(place.night())
    place.enrollment_changes = {("1", "u2"): enrolment}
    return place.night(), place


@pytest.mark.parametrize("state", ["inactive", "completed", "deleted", "invited"])
def test_a23_the_score_of_a_dropped_student_stays_and_is_not_called_cleared(state: str) -> None:
    """Also where a district clears blanks: nobody cleared this one."""
    night, place = dropped(state=state)
    assert (night.writes(), night.notes()) == (0, ["GP-STUDENT-LEFT"])
    place.rules = place.rules.model_copy(update={"clear_blanks": True})
    assert (place.night().writes(), place.night().notes()) == (0, ["GP-STUDENT-LEFT"])


@pytest.mark.parametrize("mode", ["nightly", "on_demand", "remaster"])
def test_a24_unpublished_courses_never_sync(mode: str) -> None:
    listed = courses({"workflow_state": "unpublished"}, {"workflow_state": "deleted"}, {})
    assert kept(listed, mode=mode, courses=("1", "2", "3")) == (["3"], {"1": "GP-COURSE-UNPUBLISHED", "2": "GP-COURSE-UNPUBLISHED"})


@pytest.mark.parametrize(
    ("term", "terms", "expected"),
    [
        ({"term_end": "2026-11-13T19:59:59Z"}, "current", False),
        ({"term_start": "2026-11-13T20:00:01Z"}, "current", False),
        ({"term_start": None, "term_end": None}, "current", True),
        ({"term_end": "2026-11-01T04:00:00Z"}, "all", True),
        ({"sis_term_id": "T2"}, ("T1",), False),
        ({"sis_term_id": None}, ("T1",), False),
        ({}, ("T1", "T2"), True),
    ],
)
def test_a24_courses_outside_the_terms_only_on_demand(term: dict[str, Any], terms: Any, expected: bool) -> None:
    listed = courses(term)
    assert kept(listed, terms=terms) == ((["1"], {}) if expected else ([], {"1": "GP-COURSE-TERM"}))
    assert kept(listed, terms=terms, mode="on_demand")[0] == ["1"]


def test_a24_a_class_that_the_sis_does_not_know_takes_nothing_else_with_it() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]}, unknown_sections={"S2"})
    place.add()
    night = place.night()
    assert night.sent() == [("S1", "Quiz")]
    assert night.why("section") == ["GP-SECTION-UNKNOWN"]
    assert night.told("GP-SECTION-UNKNOWN") == "The SIS does not know a class with the id S2."


def test_a24_a_student_whom_the_sis_does_not_list_takes_nothing_else_along() -> None:
    place = Classroom(strangers={"u2"})
    place.add()
    night = place.night()
    assert (set(night.scores()), night.why("grade")) == ({("S1", "U1")}, ["GP-STUDENT-UNKNOWN"])
    place.strangers = {"u1", "u2"}  # nobody whom the SIS knows has a score: nothing is created
    assert (place.night().sent(), place.night().why()) == ([], ["GP-NO-SCORES"])
