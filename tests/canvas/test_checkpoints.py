"""A-17, A-2: a discussion with checkpoints is due when the last of them is; Canvas tells their dates only where it is asked (canvas-api.md §2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.connection import Connection
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.canvas.readings import ONE, Nights, override, same
from tests.canvas.small_canvas import SmallCanvas, assignment, group, section
from tests.sandbox import canvas_caller
from tests.sandbox.bay_high import AMY, BIOLOGY, P1, QUIZ
from tests.sandbox.canvas_caller import Caller

POST = {"tag": "reply_to_topic", "points_possible": 4.0, "due_at": "2026-11-17T04:59:59Z"}
REPLIES = {"tag": "reply_to_entry", "points_possible": 6.0, "due_at": "2026-11-20T04:59:59Z"}
LAST = pd.Timestamp("2026-11-20T04:59:59Z")


@pytest.fixture(scope="module")
def server() -> Iterator[Caller]:
    with canvas_caller.canvas() as caller:
        yield caller


@pytest.fixture
def bay(server: Caller) -> Caller:
    server.admin("reset", "POST")
    return server


def discuss(bay: Caller, *parts: dict[str, Any], **fields: Any) -> None:
    told = {"submission_types": ["discussion_topic"], "due_at": None, "checkpoints": list(parts), **fields}
    bay.admin("change", "POST", do="assignments", course=BIOLOGY, key=QUIZ, set=told)


def read(bay: Caller, folder: Path) -> CanvasFrames:
    connection = Connection("canvas_test", bay.url, password="canvas-full-token", extra={"tries": 1})
    with closing(CanvasClient(connection, workers=2)) as client:
        return extract(client, ONE, RunFolder.at(folder))


def due(frames: CanvasFrames) -> Any:
    return frames.assignments.set_index("canvas_assignment_id").loc[str(QUIZ), "due_at"]


def test_a17_a_discussion_is_due_when_its_last_checkpoint_is(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES)
    assert due(read(bay, tmp_path)) == LAST


ONE_SECTION = {"course_section_id": 9001, "due_at": "2026-11-27T04:59:59Z"}
ONE_STUDENT = {"student_ids": [AMY], "due_at": "2026-11-27T04:59:59Z"}


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ((), {}),
        (({**POST, "due_at": None},), {}),
        ((POST, {**REPLIES, "only_visible_to_overrides": True}), {}),
        ((POST, {**REPLIES, "overrides": [{"id": 7, **ONE_SECTION}]}), {}),
        ((POST, REPLIES), {"only_visible_to_overrides": True}),
        ((POST, REPLIES), {"submission_types": ["online_upload"]}),
    ],
    ids=["none", "no dates", "a part for some alone", "a part with a section's date", "for some alone", "no discussion"],
)
def test_a17_where_checkpoints_give_no_date_for_everyone_there_is_none(
    bay: Caller, tmp_path: Path, parts: tuple[dict[str, Any], ...], fields: dict[str, Any]
) -> None:
    discuss(bay, *parts, **fields)
    assert pd.isna(due(read(bay, tmp_path)))


@pytest.mark.parametrize(("whom", "expected"), [({"student_ids][": AMY}, LAST), ({"course_section_id": P1}, None)], ids=["a student", "a section"])
def test_a17_only_students_may_have_dates_of_their_own_beside_checkpoints(
    bay: Caller, tmp_path: Path, whom: dict[str, int], expected: pd.Timestamp | None
) -> None:
    discuss(bay, POST, {**REPLIES, "overrides": [{"id": 7, **ONE_STUDENT}]} if expected is not None else REPLIES)
    override(bay, **whom)  # `assignment_override[student_ids][]`
    told = due(read(bay, tmp_path))
    assert pd.isna(told) if expected is None else told == expected


def test_a2_work_that_is_not_sent_is_not_asked_for_its_checkpoints(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES, post_to_sis=False)
    bay.ask("/_sandbox/log", "DELETE")
    assert pd.isna(due(read(bay, tmp_path)))
    assert not [row for row in bay.ask("/_sandbox/log").json() if row["path"].endswith("/assignments")]


def test_a17_a_due_date_of_its_own_is_the_one_that_counts(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES, due_at="2026-11-18T04:59:59Z")
    assert due(read(bay, tmp_path)) == pd.Timestamp("2026-11-18T04:59:59Z")


def test_a17_a_checkpoint_that_moves_is_seen_the_same_night_in_the_listed_mode(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES)
    nights = Nights(bay, tmp_path)
    with closing(nights.client):
        assert due(nights.night()) == LAST
        discuss(bay, POST, {**REPLIES, "due_at": "2026-11-24T04:59:59Z"})
        nights.asked()
        moved = nights.night()
        assert nights.asked() == ["assignments", "students/submissions"]
        assert due(moved) == pd.Timestamp("2026-11-24T04:59:59Z")
        assert same(moved, nights.full())


def small(canvas: SmallCanvas, course_id: str, *rows: dict[str, Any]) -> None:
    canvas.course(course_id, assignment_groups=[group(*rows)], assignments=list(rows), sections=[section(f"9{course_id}")])


def discussion(number: str, **told: Any) -> dict[str, Any]:
    return assignment(number, submission_types=["discussion_topic"], **told)


def small_read(canvas: SmallCanvas, folder: Path, *ids: str) -> CanvasFrames:
    with closing(CanvasClient(canvas.connection(), workers=1)) as client:
        return extract(client, COURSES.of([{"canvas_course_id": course_id} for course_id in ids]), RunFolder.at(folder))


def test_f3_a_course_of_an_account_without_checkpoints_tells_nothing_for_others(canvas: SmallCanvas, tmp_path: Path) -> None:
    small(canvas, "501", discussion("801"))
    small(canvas, "502", discussion("802", checkpoints=[POST, REPLIES]))
    found = small_read(canvas, tmp_path, "501", "502").assignments.set_index("canvas_assignment_id")["due_at"]
    assert pd.isna(found["801"])
    assert found["802"] == LAST
    assert sum(path.endswith("/assignments") for path in canvas.paths()) == 2


def test_f3_the_checkpoints_of_fifty_discussions_take_one_request(canvas: SmallCanvas, tmp_path: Path) -> None:
    many = [discussion(str(number), checkpoints=[REPLIES]) for number in range(801, 861)]
    small(canvas, "501", *many)
    assert small_read(canvas, tmp_path, "501").assignments["due_at"].eq(LAST).all()
    asked = [parse_qs(entry.query)["assignment_ids[]"] for entry in canvas.requests() if entry.path.endswith("/assignments")]
    assert sorted(map(len, asked)) == [10, 50]
    assert {number for ids in asked for number in ids} == {row["id"] for row in many}


def test_i7_a_checkpoint_that_cannot_be_read_costs_its_assignment_alone(canvas: SmallCanvas, tmp_path: Path) -> None:
    small(canvas, "501", discussion("801", checkpoints=[{"due_at": "on Friday"}]))
    read = small_read(canvas, tmp_path, "501")
    assert read.courses["complete"].tolist() == [True]
    assert read.problems[["kind", "canvas_assignment_id", "reason_code", "value"]].to_numpy().tolist() == [
        ["assignment", "801", "GP-UNREADABLE-ASSIGNMENT", '"Assignment 801": checkpoints[0].due_at is "on Friday"']
    ]
