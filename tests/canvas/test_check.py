"""The start-up check: each thing that is missing is one sentence with what to do about it (canvas-api.md §1.1)."""

import re

import pytest

from include.canvas.client import CanvasClient
from include.connection import Connection
from tests.canvas.small_canvas import SmallCanvas, assignment, course_row, enrollment, group, section, submission

FORBIDDEN = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}


@pytest.fixture(autouse=True)
def whole(canvas: SmallCanvas) -> None:
    canvas.lists["accounts/1/courses"] = [course_row("501")]
    canvas.objects["accounts/self/terms"] = {"enrollment_terms": [{"id": "12", "sis_term_id": "2526"}]}
    canvas.course("501", assignment_groups=[group(assignment("801"))], sections=[section()], enrollments=[enrollment("70")])


def test_a_good_connection_has_nothing_to_tell(client: CanvasClient) -> None:
    assert client.check("1") == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("accounts/1$", "account 1 is not visible .*admin of that account"),
        ("accounts/1/courses", "courses of account 1 cannot be listed .*Courses - view list"),
        ("terms", "terms of the root account cannot be read"),
        ("sections", "Sections - view"),
        ("enrollments", "Users - view list"),
        ("assignment_groups", "Assignments and Quizzes - view"),
        ("students/submissions", "Grades - view all grades"),
    ],
)
def test_each_missing_right_is_named(canvas: SmallCanvas, client: CanvasClient, path: str, told: str) -> None:
    canvas.faults.add({"match": {"path": path}, "kind": "refuse", "status": 403, "body": FORBIDDEN, "times": -1})
    assert [message.startswith("connection canvas_test: ") for message in client.check("1")] == [True]
    assert re.search(told, client.check("1")[0])


def test_the_missing_sis_right_is_found_by_the_absent_key(canvas: SmallCanvas, client: CanvasClient) -> None:
    del canvas.lists["accounts/1/courses"][0]["sis_course_id"]
    assert ["SIS Data - read" in told for told in client.check("1")] == [True]


def test_a_refused_token_is_one_sentence(canvas: SmallCanvas) -> None:
    told = CanvasClient(Connection("canvas_test", canvas.url, password="revoked")).check("1")
    assert len(told) == 1
    assert "Invalid access token" in told[0]
    assert "revoked" not in told[0]


def test_a_host_that_is_not_canvas(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.objects["users/self"] = {"hello": "world"}
    assert "does not respond like Canvas" in client.check("1")[0]


def test_a_host_that_is_not_there() -> None:
    away = CanvasClient(Connection("canvas_test", "http://127.0.0.1:9", password="t", extra={"tries": 1}))
    assert "connection canvas_test" in away.check("1")[0]
    assert "127.0.0.1:9" in away.check("1")[0]


def test_an_account_without_courses_is_told(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["accounts/1/courses"] = []
    assert "no published course" in client.check("1")[0]


@pytest.mark.parametrize(
    ("path", "field", "permission"),
    [
        ("courses/501/sections", "sis_section_id", "SIS Data - read"),
        ("courses/501/enrollments", "sis_user_id", "SIS Data - read"),
        ("courses/501/assignment_groups", "overrides", "Assignments and Quizzes - edit"),
        ("courses/501/students/submissions", "score", "Grades - view all grades"),
    ],
)
def test_i10_a_field_that_canvas_omits_names_the_permission(
    canvas: SmallCanvas, client: CanvasClient, path: str, field: str, permission: str
) -> None:
    canvas.lists["courses/501/students/submissions"] = [submission("801", "70", 8.0)]
    rows = canvas.lists[path][0]["assignments"] if path.endswith("groups") else canvas.lists[path]
    for row in rows:
        del row[field]
    assert [(field in told, permission in told) for told in client.check("1")] == [(True, True)]
