"""F-5: a course with nothing to send says so, when somebody asked for it or when something that should be there is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from include.gradebook.courses import Selection
from include.gradebook.empty import empty_courses
from include.gradebook.reasons import reason
from tests.classroom import NOW, Classroom

NIGHT, ASKED = Selection(now=NOW), Selection(now=NOW, mode="on_demand", courses=("1",))


def with_work() -> Classroom:
    place = Classroom()
    place.add()
    return place


def left_by_all() -> Classroom:
    place = with_work()
    place.enrollment_changes = {("1", user): {"state": "completed"} for user in ("u1", "u2")}
    return place


def switched_off() -> Classroom:
    place = Classroom()
    place.add(post_to_sis=False)
    place.add(published=False)
    return place


CASES: dict[str, tuple[Callable[[], Classroom], str, str]] = {
    "work and students": (with_work, "", ""),
    "nothing at all": (lambda: Classroom(sections={}), "it has no sections", "it has no sections"),
    "students and no assignment": (Classroom, "", "it has no assignments"),
    "nothing switched on": (switched_off, "", "no published assignment is set to Sync to SIS"),
    "work and nobody in it": (left_by_all, *["it has no active students"] * 2),
    "not read to its end": (lambda: Classroom(sections={}, course={"complete": False}), "", ""),
}


@pytest.mark.parametrize(("make", "by_night", "by_hand"), list(CASES.values()), ids=list(CASES))
def test_f5_an_empty_course_is_told(make: Callable[[], Classroom], by_night: str, by_hand: str) -> None:
    for selection, wanted in ((NIGHT, by_night), (ASKED, by_hand)):
        notes = empty_courses(make().canvas(), selection)
        assert list(notes["value"]) == ([wanted] if wanted else [])
        assert all(notes["reason_code"] == "GP-COURSE-EMPTY")
        assert all(notes["kind"] == "course")


def test_f5_only_the_empty_one_of_several_courses_is_told() -> None:
    full, empty = with_work().canvas(), Classroom(sections={}).canvas()
    other = empty.courses.assign(canvas_course_id="2")
    both = replace(full, courses=full.courses.merge(other, how="outer"))
    assert list(empty_courses(both, NIGHT)["canvas_course_id"]) == ["2"]


def test_a21_in_a_concluded_course_those_who_concluded_it_count() -> None:
    place = left_by_all()
    place.course = {"workflow_state": "completed"}
    assert empty_courses(place.canvas(), ASKED).empty


def test_f5_the_sentence_names_what_is_missing() -> None:
    assert reason("GP-COURSE-EMPTY").told("it has no assignments") == "This course has nothing to send: it has no assignments."
