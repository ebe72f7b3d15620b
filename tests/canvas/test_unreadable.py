"""I-7: an unreadable row costs the smallest part of its course that cannot be evaluated without it; I-10: what the token cannot see is not absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.canvas.parse import rows_of, submissions_of
from include.canvas.rows import Section
from include.errors import SourceError
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.canvas.small_canvas import Row, SmallCanvas, assignment, enrollment, group, section, submission

STUDENTS = ("70", "71")
BARE = {name: value for name, value in assignment("802").items() if name not in ("overrides", "has_overrides")}


@pytest.fixture
def course(canvas: SmallCanvas) -> dict[str, list[Row]]:
    """Two sections, two students, two assignments, every score 8."""
    rows = [assignment("801"), assignment("802")]
    canvas.course(
        "501",
        assignment_groups=[group(*rows)],
        assignments=rows,
        sections=[section("9001"), section("9002")],
        enrollments=[enrollment(user) for user in STUDENTS],
        students_submissions=[submission(row["id"], user, 8.0) for row in rows for user in STUDENTS],
    )
    return {name.removeprefix("courses/501/"): rows for name, rows in canvas.lists.items() if name.startswith("courses/501/")}


def read(client: CanvasClient, folder: Path) -> CanvasFrames:
    frames = extract(client, COURSES.of([{"canvas_course_id": "501", "workflow_state": "available"}]), RunFolder.at(folder))
    frames.save(RunFolder.at(folder).child("saved"))
    return frames


GRADE = ("grade", "GP-UNREADABLE-SCORE")
STUDENT = ("grade", "GP-UNREADABLE-STUDENT")
ASSIGNMENT = ("assignment", "GP-UNREADABLE-ASSIGNMENT")
SECTION = ("section", "GP-UNREADABLE-SECTION")
COURSE = ("course", "GP-UNREADABLE-COURSE")


@pytest.mark.parametrize(
    ("name", "values", "cost", "told"),
    [
        ("sections", {"name": 7}, SECTION, "name is 7"),
        ("sections", {"id": None}, COURSE, "in a section, id is empty"),
        ("enrollments", {"enrollment_state": None}, STUDENT, "in enrollment e70, enrollment_state is empty"),
        ("enrollments", {"user": {"sortable_name": ["x"]}}, STUDENT, "in enrollment e70, user.sortable_name is a list of 1"),
        ("enrollments", {"enrollment_state": ""}, STUDENT, 'in enrollment e70, enrollment_state is ""'),
        ("enrollments", {"user_id": ""}, STUDENT, 'in enrollment e70, user_id is ""'),  # the user inside the row still says whose it is
        ("enrollments", {"user_id": "", "user": None}, SECTION, 'in enrollment e70, user_id is ""'),
        ("enrollments", {"user_id": None, "user": None, "course_section_id": 1.5}, COURSE, "in an enrollment, user_id is empty"),
        ("students/submissions", {"score": True}, GRADE, "score is true"),
        ("students/submissions", {"score": 1e15}, GRADE, "score is 1000000000000000.0"),
        ("students/submissions", {"graded_at": "0001-01-01T00:00:00Z"}, GRADE, "graded_at is 0001-01-01T00:00:00+00:00"),
        ("students/submissions", {"graded_at": "9999-12-31T23:59:59-05:00"}, GRADE, "graded_at is 9999-12-31T23:59:59-05:00"),
        ("students/submissions", {"assignment_id": None}, STUDENT, "in a submission, assignment_id is empty"),
    ],
)  # fmt: skip
def test_i7_an_unreadable_row_costs_the_smallest_part(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path, name: str, values: Row, cost: tuple[str, str], told: str
) -> None:
    course[name][0].update(values)
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code", "value"]].to_numpy().tolist() == [[*cost, told]]
    assert frames.courses["complete"].tolist() == [cost is not COURSE]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"due_at": "20265-09-18T03:59:59Z"}, 'due_at is "20265-09-18T03:59:59Z"'),
        ({"due_at": "0001-01-01T00:00:00Z"}, "due_at is 0001-01-01T00:00:00+00:00"),
        ({"points_possible": "ten"}, 'points_possible is "ten"'),
        ({"overrides": [{"id": "5", "course_section_id": "9001", "due_at": "soon"}]}, 'overrides[0].due_at is "soon"'),
        ({"overrides": [None]}, "overrides[0] is empty"),
        ({"submission_types": [None]}, "submission_types[0] is empty"),
        ({"id": "802", "published": None}, "published is empty"),
    ],
)
def test_i7_an_unreadable_assignment_or_override_costs_that_assignment(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path, values: Row, told: str
) -> None:
    course["assignment_groups"][0]["assignments"][1].update(values)
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code", "canvas_assignment_id", "value"]].to_numpy().tolist() == [
        [*ASSIGNMENT, "802", f'"Assignment 802": {told}']
    ]
    assert frames.assignments["canvas_assignment_id"].tolist() == ["801"]
    assert frames.courses["complete"].all()


@pytest.mark.parametrize("wrong", [{"name": 5}, {"assignments": None}, {"id": None}], ids=str)
def test_i7_an_unreadable_group_costs_its_assignments(course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path, wrong: Row) -> None:
    course["assignments"].append(assignment("803", assignment_group_id="34"))
    course["assignment_groups"].append(group(assignment("803", assignment_group_id="34"), **{"id": "34", **wrong}))
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code", "canvas_assignment_id"]].to_numpy().tolist() == [[*ASSIGNMENT, "803"]]
    assert frames.problems["value"].item().startswith("its assignment group: ")
    assert frames.courses["complete"].all()


def test_i7_an_assignment_in_a_group_that_canvas_does_not_list_is_withheld_alone(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path
) -> None:
    course["assignment_groups"][0]["assignments"][0]["assignment_group_id"] = "-33"
    problems = read(client, tmp_path).problems
    assert problems[["kind", "reason_code", "canvas_assignment_id"]].to_numpy().tolist() == [[*ASSIGNMENT, "801"]]
    assert problems["value"].tolist() == ['assignment_group_id is "-33"']


def test_i7_a_student_row_without_a_readable_id_loses_no_submission(course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path) -> None:
    course["students/submissions"][0]["score"] = True  # so that the page is read row by row
    page = [{"user_id": {"odd": 1}, "submissions": course["students/submissions"]}]
    rows, broken = submissions_of(json.dumps(page).encode())
    assert [row.score for row in rows] == [8.0] * 3
    assert [row.ids for row in broken] == [{"assignment_id": "801", "user_id": "70"}]


@pytest.mark.parametrize("odd", ["Half \ud800 a character", "A NUL\0 in it", "\u00a0\u200b Padded \ufeff", "A tab\tin it"])
def test_i7_r24_text_is_cleaned_when_it_is_read(course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path, odd: str) -> None:
    course["assignment_groups"][0]["assignments"][1]["name"] = odd
    course["sections"][0]["sis_section_id"] = f"{odd}"
    frames = read(client, tmp_path)
    assert frames.problems.empty
    names = {*frames.assignments["name"], *frames.sections["sis_section_id"]}
    assert not any("\0" in name or name != name.strip("\u00a0\u200b\ufeff ") for name in names)
    assert all(name.encode() for name in names)


@pytest.mark.parametrize(
    "bad", [b"Half \xff byte", b"Half \\ud800 character", b"A raw\ttab", b"A raw\0NUL"], ids=["no UTF-8", "surrogate", "tab", "NUL"]
)
def test_i7_r24_text_that_is_nearly_json_is_repaired_and_costs_no_row(bad: bytes) -> None:
    rows, broken = rows_of(b'\xef\xbb\xbf[{"id":"1","name":"\\u0041 \\ud83d\\ude00 \\\\ud800"},{"id":"2","name":"' + bad + b'"}]', Section)
    assert broken == []
    assert rows[0].name == "A \N{GRINNING FACE} \\ud800"
    assert rows[1].name is not None
    assert rows[1].name.isprintable()


def test_i7_a_page_nested_too_deep_is_told_as_such() -> None:
    with pytest.raises(SourceError, match="nested too deep"):
        rows_of(b"[" * 100_000 + b"]" * 100_000, Section)


def test_i10_a_course_whose_overrides_the_token_cannot_see_names_the_permission(
    course: dict[str, list[Row]], client: CanvasClient, canvas: SmallCanvas, tmp_path: Path
) -> None:
    course["assignment_groups"][0]["assignments"] = [{**BARE, "id": "801"}, BARE]
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code"]].to_numpy().tolist() == [["course", "GP-NOT-SHOWN"]]
    assert "Assignments and Quizzes - edit" in frames.problems["limit"].item()
    assert not frames.courses["complete"].any()
    assert "courses/501/assignments" not in canvas.paths(), "another list shows no more to the same token"


def test_i10_one_assignment_without_the_keys_is_withheld_alone(course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path) -> None:
    course["assignment_groups"][0]["assignments"][1] = BARE
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code", "canvas_assignment_id"]].to_numpy().tolist() == [["assignment", "GP-NOT-SHOWN", "802"]]
    assert frames.courses["complete"].all()


def test_i10_an_enrollment_without_the_key_of_its_sis_id_costs_that_student(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path
) -> None:
    del course["enrollments"][0]["sis_user_id"]
    frames = read(client, tmp_path)
    told = frames.problems[["reason_code", "canvas_user_id", "value"]].to_numpy().tolist()
    assert told == [[STUDENT[1], "70", "in an enrollment, sis_user_id is missing"]]
    assert frames.enrollments["canvas_user_id"].tolist() == ["71"]


@pytest.mark.parametrize("everyone", [True, False])
def test_i10_overrides_of_modules_alone_cost_no_further_request(
    course: dict[str, list[Row]], client: CanvasClient, canvas: SmallCanvas, tmp_path: Path, everyone: bool
) -> None:
    course["assignment_groups"][0]["assignments"][1].update(has_overrides=True, visible_to_everyone=everyone)
    assert read(client, tmp_path).problems.empty
    assert "courses/501/assignments" not in canvas.paths()


TOPIC: dict[str, Any] = {"sub_assignment_tag": "reply_to_topic", "score": 4.0, "excused": False}
REPLIES: dict[str, Any] = {"sub_assignment_tag": "reply_to_entry", "score": 6.0, "excused": False}
UNGRADED = {"score": None}
EXCUSED = {"score": None, "excused": True}


@pytest.mark.parametrize(
    ("parts", "row", "expected"),
    [
        ((TOPIC, REPLIES), {"score": 10.0}, (10.0, False, None)),
        ((TOPIC, REPLIES | UNGRADED), {"score": 4.0}, (4.0, False, "Required replies")),
        ((TOPIC | EXCUSED, REPLIES | UNGRADED), {"score": None, "excused": True}, (None, True, "Required replies")),
        ((TOPIC | EXCUSED, REPLIES), {"score": 6.0, "excused": True}, (6.0, False, None)),
        ((TOPIC | EXCUSED, REPLIES), {"score": None, "excused": True}, (6.0, False, None)),
        ((TOPIC | EXCUSED, REPLIES | EXCUSED), {"score": 3.0, "excused": True}, (3.0, True, None)),
        ((TOPIC | UNGRADED, REPLIES | UNGRADED), {"score": None}, (None, False, None)),
        ((), {"score": 4.0}, (4.0, False, "its checkpoints")),
    ],
    ids=["all graded", "one graded", "one excused", "excused and graded", "excused and graded, no sum", "all excused", "none graded", "none shown"],
)
def test_r17_a_score_waits_for_every_checkpoint(
    course: dict[str, list[Row]], client: CanvasClient, canvas: SmallCanvas, tmp_path: Path, parts: tuple[Row, ...], row: Row,
    expected: tuple[float | None, bool, str | None],
) -> None:  # fmt: skip
    course["assignment_groups"][0]["assignments"][0]["submission_types"] = ["discussion_topic"]
    course["students/submissions"][0].update(row, has_sub_assignment_submissions=True, sub_assignment_submissions=list(parts))
    frames = read(client, tmp_path)
    found = frames.submissions.set_index(["canvas_assignment_id", "canvas_user_id"]).loc[("801", "70")]
    assert tuple(None if pd.isna(value) else value for value in (found["score"], found["excused"], found["open_parts"])) == expected
    asked = [entry.query for entry in canvas.requests() if entry.path.endswith("students/submissions")]
    assert len(asked) == 1
    assert "include%5B%5D=sub_assignment_submissions" in asked[0]


def test_r17_a_course_without_discussions_is_not_asked_for_checkpoints(
    course: dict[str, list[Row]], client: CanvasClient, canvas: SmallCanvas, tmp_path: Path
) -> None:
    assert course
    read(client, tmp_path)
    assert not any("sub_assignment_submissions" in entry.query for entry in canvas.requests())


@pytest.mark.parametrize("field", ["score", "excused"])
def test_i10_a_score_without_a_field_that_the_token_cannot_see_is_no_blank(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path, field: str
) -> None:
    course["students/submissions"][0].pop(field, None)
    frames = read(client, tmp_path)
    assert frames.problems[["kind", "reason_code", "value"]].to_numpy().tolist() == [[*GRADE, f"{field} is missing"]]
    assert frames.courses["complete"].all()


def test_i10_sections_whose_sis_ids_the_token_cannot_see_are_not_sections_without_one(
    course: dict[str, list[Row]], client: CanvasClient, tmp_path: Path
) -> None:
    del course["sections"][0]["sis_section_id"]
    frames = read(client, tmp_path / "one")
    assert frames.problems[["kind", "reason_code", "canvas_section_id", "value"]].to_numpy().tolist() == [
        [*SECTION, "9001", "sis_section_id is missing"]
    ]
    assert frames.courses["complete"].all()
    del course["sections"][1]["sis_section_id"]
    frames = read(client, tmp_path / "all")
    assert frames.problems["reason_code"].tolist() == ["GP-COURSE-INCOMPLETE"]
    assert "SIS Data - read" in frames.problems["value"].item()
    assert not frames.courses["complete"].any()
