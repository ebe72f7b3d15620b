"""Which students take part, and what becomes of those who do not (A-21, A-23, A-24)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from include.gradebook.courses import Selection
from tests.classroom import NOW, Classroom, Night, accepted


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
    assert (len(night.scores()), night.why("grade")) == (0, ["GP-STUDENT-TWICE"]), "nobody knows whose score belongs there (I-3)"


def dropped(**enrolment: Any) -> tuple[Night, Classroom]:
    """A student whose accepted score stands in the SIS, and whose enrolment then changes."""
    place = accepted()
    place.enrollment_changes = {("1", "u2"): enrolment}
    return place.night(), place


@pytest.mark.parametrize("state", ["inactive", "completed", "deleted", "invited"])
def test_a23_the_score_of_a_dropped_student_stays_and_is_not_called_cleared(state: str) -> None:
    """Also where a district clears blanks: nobody cleared this one."""
    night, place = dropped(state=state)
    assert (night.writes(), night.notes()) == (0, ["GP-STUDENT-LEFT"])
    place.rules = place.rules.model_copy(update={"clear_blanks": True})
    assert (place.night().writes(), place.night().notes()) == (0, ["GP-STUDENT-LEFT"])


def test_a24_a_class_that_the_sis_does_not_know_takes_nothing_else_with_it() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]}, unknown_sections={"S2"})
    place.add()
    night = place.night()
    assert night.sent() == [("S1", "Quiz")]
    assert night.why("section") == ["GP-SECTION-UNKNOWN"]
    assert night.told("GP-SECTION-UNKNOWN") == "The SIS has no class with the ID S2."


def test_a24_a_student_whom_the_sis_does_not_list_takes_nothing_else_along() -> None:
    place = Classroom(strangers={"u2"})
    place.add()
    night = place.night()
    assert (set(night.scores()), night.why("grade")) == ({("S1", "U1")}, ["GP-STUDENT-UNKNOWN"])
    place.strangers = {"u1", "u2"}  # nobody whom the SIS knows has a score: nothing is created
    assert (place.night().sent(), place.night().why()) == ([], ["GP-NO-SCORES"])


@pytest.mark.parametrize("first", ["U1", "U9"])
def test_i2_a_student_with_two_sis_ids_in_one_section_is_withheld_whatever_the_order(first: str) -> None:
    place = Classroom()
    place.add()
    canvas = place.canvas()
    mine = canvas.enrollments[canvas.enrollments["canvas_user_id"] == "u1"]
    both = [mine.assign(sis_user_id=one) for one in (first, {"U1": "U9", "U9": "U1"}[first])]
    rest = canvas.enrollments[canvas.enrollments["canvas_user_id"] != "u1"]
    filtered = place.filtered(replace(canvas, enrollments=pd.concat([*both, rest], ignore_index=True)))
    told = filtered.withheld[filtered.withheld["reason_code"] == "GP-STUDENT-IDS"]
    assert set(told["canvas_user_id"]) == {"u1"}
    assert set(told["value"]) == {"U1 and U9"}
    assert "u1" not in set(filtered.scores["canvas_user_id"])
