"""What a record is still known to be about when one of its keys is unreadable (I-7: its row, otherwise its section, otherwise its course)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.sandbox.world import Course, District
from mutations.cases import Place, places
from mutations.directory import marks
from mutations.interceptor import Asked, Seen
from mutations.variants import FIVE
from mutations.world import district

DISTRICT: District = district("genesis")
COURSE: Course = DISTRICT.courses[0]
SECTION = COURSE.sections[0]
ALL = {section.sis_id for section in COURSE.sections}
ASSIGNMENT = COURSE.assignments[0]
WORK, GROUP = str(ASSIGNMENT["id"]), str(ASSIGNMENT["assignment_group_id"])
STUDENT = next(one for one in DISTRICT.students if one.id == SECTION.students[0])

GROUPS = [{"id": GROUP, "assignments": [{"id": WORK, "submission_types": ["online"], "overrides": [{"id": "1", "due_at": None}]}]}]
ENROLLMENTS = [{"user_id": STUDENT.id, "course_section_id": SECTION.id, "enrollment_state": "active"}]
SCORES = [{"user_id": STUDENT.id, "section_id": SECTION.id, "submissions": [{"assignment_id": WORK, "user_id": STUDENT.id, "score": 1}]}]


def found(what: str, body: Any, *path: str) -> Place:
    seen = [("canvas", "extract", Seen(Asked("GET", f"/api/v1/{what}", "", ""), json.dumps(body).encode()))]
    return next(place for place in places(FIVE[0], seen, marks(DISTRICT, object())) if place.path == path)


@pytest.mark.parametrize("path", [("[]", "assignments", "[]", "id"), ("[]", "assignments", "[]"), ("[]", "assignments")], ids=str)
def test_i7_an_assignment_without_an_id_is_any_of_its_course(path: tuple[str, ...]) -> None:
    left = found(f"courses/{COURSE.id}/assignment_groups", GROUPS, *path).left
    assert (left.sections, left.assignments) == (ALL, frozenset())


@pytest.mark.parametrize(
    "path", [("submission_types",), ("submission_types", "[]"), ("overrides",), ("overrides", "[]"), ("overrides", "[]", "id")], ids=str
)
def test_i7_what_belongs_to_an_assignment_leaves_it_known(path: tuple[str, ...]) -> None:
    place = found(f"courses/{COURSE.id}/assignment_groups", GROUPS, "[]", "assignments", "[]", *path)
    assert place.left == place.reach
    assert place.left.assignments == {WORK}


def test_i7_an_enrollment_without_a_user_is_anybody_of_its_section() -> None:
    place = found(f"courses/{COURSE.id}/enrollments", ENROLLMENTS, "[]", "user_id")
    assert (place.reach.students, place.left.students, place.left.sections) == ({STUDENT.sis_id}, frozenset(), {SECTION.sis_id})


def test_i7_a_score_without_an_assignment_is_still_its_students() -> None:
    place = found(f"courses/{COURSE.id}/students/submissions", SCORES, "[]", "submissions", "[]", "assignment_id")
    assert (place.left.students, place.left.assignments) == ({STUDENT.sis_id}, frozenset())


@pytest.mark.parametrize("path", [("[]",), ("[]", "id")], ids=str)
def test_i7_a_course_without_an_id_may_cost_no_other_course(path: tuple[str, ...]) -> None:
    place = found("accounts/1/courses", [{"id": COURSE.id, "name": "x"}], *path)
    assert place.left == place.reach
    assert place.left.sections == ALL
