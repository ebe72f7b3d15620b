"""Comments on submissions in the sandbox Canvas (A-11, canvas-api.md §2.9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.sandbox.generate import generate
from include.sandbox.world import District
from tests.sandbox.canvas_caller import Caller, canvas


@pytest.fixture(scope="module")
def world() -> District:
    return generate(size="small")


@pytest.fixture
def caller(world: District) -> Iterator[Caller]:
    with canvas(world) as made:
        yield made


def submissions(caller: Caller, course: str, **params: Any) -> dict[tuple[int, int], dict[str, Any]]:
    rows = caller.get(f"courses/{course}/students/submissions", student_ids__="all", per_page=100, **params)
    return {(row["assignment_id"], row["user_id"]): row for row in rows}


def test_a11_a_fixed_share_of_the_graded_work_has_a_teachers_comment(caller: Caller, world: District) -> None:
    course = next(one for one in world.courses if one.workflow_state == "available")
    teachers = {row["user_id"] for row in course.enrollments if row["type"] == "TeacherEnrollment"}
    rows = submissions(caller, course.id, include__="submission_comments")
    commented = {key: row["submission_comments"] for key, row in rows.items() if row["submission_comments"]}
    assert 0 < len(commented) < len(rows) / 2
    assert all(comments[0]["author_id"] in teachers and comments[0]["comment"] for comments in commented.values())
    assert all(rows[key]["graded_at"] for key in commented)
    assert {comments[1]["author_id"] == user for (_, user), comments in commented.items() if len(comments) > 1} == {True}
    assert rows == submissions(caller, course.id, include__="submission_comments")
    assert not [row for row in submissions(caller, course.id).values() if "submission_comments" in row]


def test_a11_comments_can_be_written_by_a_change(caller: Caller, world: District) -> None:
    course = next(one for one in world.courses if one.workflow_state == "available")
    key = next(iter(submissions(caller, course.id)))
    told = [{"id": 5, "author_id": 12, "comment": "Come and see me", "created_at": "2026-11-13T12:00:00Z"}]
    change = {"do": "submissions", "course": int(course.id), "key": list(key), "set": {"submission_comments": told}}
    caller.admin("change", "POST", **change)
    assert submissions(caller, course.id, include__="submission_comments")[key]["submission_comments"] == told
    assert "submission_comments" not in submissions(caller, course.id)[key]
    caller.session.headers["Accept"] = "application/json+canvas-string-ids"
    assert submissions(caller, course.id, include__="submission_comments")[str(key[0]), str(key[1])]["submission_comments"][0]["author_id"] == "12"
