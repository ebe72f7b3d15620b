"""A-17, A-2: a discussion with checkpoints is due when the last of them is; Canvas tells their dates only where it is asked (canvas-api.md §2.7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.connection import Connection
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.canvas.readings import ONE, Nights, same
from tests.canvas.small_canvas import SmallCanvas, assignment, group, section
from tests.sandbox import canvas_caller
from tests.sandbox.bay_high import BIOLOGY, QUIZ
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


def read(bay: Caller, folder: Path, graphql: bool = False) -> CanvasFrames:
    connection = Connection("canvas_test", bay.url, password="canvas-full-token", extra={"tries": 1, "graphql": graphql})
    with closing(CanvasClient(connection, workers=2)) as client:
        return extract(client, ONE, RunFolder.at(folder), group_data=not graphql)


def due(frames: CanvasFrames) -> Any:
    return frames.assignments.set_index("canvas_assignment_id").loc[str(QUIZ), "due_at"]


@pytest.mark.parametrize("graphql", [False, True], ids=["by REST", "with outlines"])
def test_a17_a_discussion_is_due_when_its_last_checkpoint_is(bay: Caller, tmp_path: Path, graphql: bool) -> None:
    discuss(bay, POST, REPLIES)
    assert due(read(bay, tmp_path, graphql)) == LAST


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ((), {}),
        (({**POST, "due_at": None},), {}),
        ((POST, {**REPLIES, "only_visible_to_overrides": True}), {}),
        ((POST, {**REPLIES, "overrides": [{"id": 7, "course_section_id": 9001, "due_at": None}]}), {}),
        ((POST, REPLIES), {"only_visible_to_overrides": True}),
        ((POST, REPLIES), {"submission_types": ["online_upload"]}),
    ],
    ids=["none", "no dates", "a part for some alone", "a part with an override", "for some alone", "no discussion"],
)
def test_a17_where_checkpoints_give_no_date_for_everyone_there_is_none(
    bay: Caller, tmp_path: Path, parts: tuple[dict[str, Any], ...], fields: dict[str, Any]
) -> None:
    discuss(bay, *parts, **fields)
    assert pd.isna(due(read(bay, tmp_path)))


def test_a17_a_due_date_of_its_own_is_the_one_that_counts(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES, due_at="2026-11-18T04:59:59Z")
    assert due(read(bay, tmp_path)) == pd.Timestamp("2026-11-18T04:59:59Z")


def test_a17_a_checkpoint_that_moves_is_seen_the_same_night_in_the_listed_mode(bay: Caller, tmp_path: Path) -> None:
    discuss(bay, POST, REPLIES)
    nights = Nights(bay, tmp_path)
    with closing(nights.client):
        assert due(nights.night()) == LAST
        discuss(bay, POST, {**REPLIES, "due_at": "2026-11-24T04:59:59Z"})
        moved = nights.night()
        assert due(moved) == pd.Timestamp("2026-11-24T04:59:59Z")
        assert same(moved, nights.full())


def test_f3_an_account_without_checkpoints_is_asked_for_them_once(canvas: SmallCanvas, tmp_path: Path) -> None:
    ids = [str(number) for number in range(501, 506)]
    for course_id in ids:
        undated = assignment(f"8{course_id}", submission_types=["discussion_topic"])
        canvas.course(course_id, assignment_groups=[group(undated)], assignments=[undated], sections=[section(f"9{course_id}")])
    with closing(CanvasClient(canvas.connection(), workers=1)) as client:
        frames = extract(client, COURSES.of([{"canvas_course_id": course_id} for course_id in ids]), RunFolder.at(tmp_path))
    assert frames.courses["complete"].all()
    assert sum(path.endswith("/assignments") for path in canvas.paths()) == 1
