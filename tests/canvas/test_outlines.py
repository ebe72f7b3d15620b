"""Outlines of many courses in one request: few requests, the same frames, and never anything that REST would have told otherwise (F-3)."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import requests
from graphql import DocumentNode, FieldNode, Visitor, parse, visit

from include.canvas.client import CanvasClient
from include.canvas.extract import extract, list_courses
from include.canvas.frames import CanvasFrames
from include.canvas.outline_query import query
from include.canvas.outlines import AT_ONCE, outlines, read_outline, together
from include.connection import Connection
from include.run_folder import RunFolder
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import Size, generate
from include.sandbox.serving import Journal, Running, run_in_thread

_KEYS = ("canvas_course_id", "canvas_section_id", "canvas_group_id", "canvas_assignment_id", "canvas_user_id", "override_id")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with run_in_thread(canvas_app(generate(seed=7, size="small", today=date(2026, 10, 1)), Journal(None))) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(server: Running) -> Iterator[None]:
    requests.delete(f"{server.url}/_sandbox/log", timeout=5)
    yield
    requests.put(f"{server.url}/_sandbox/settings", json={"graphql": True}, timeout=5)
    requests.delete(f"{server.url}/_sandbox/faults", timeout=5)


def client(server: Running, graphql: bool = True, token: str = "canvas-full-token") -> CanvasClient:
    return CanvasClient(Connection("canvas_test", server.url, password=token, extra={"first_delay": 0.01, "tries": 2, "graphql": graphql}))


def read(server: Running, folder: Path, graphql: bool = True, group_data: bool = False) -> CanvasFrames:
    canvas = client(server, graphql)
    return extract(canvas, list_courses(canvas, "1"), RunFolder.at(folder), comments=True, group_data=group_data)


def asked(server: Running) -> list[str]:
    return [f"{row['path'].rsplit('/', 1)[-1]} {row['status']}" for row in requests.get(f"{server.url}/_sandbox/log", timeout=5).json()]


def alike(frames: CanvasFrames, name: str) -> pd.DataFrame:
    """In one order. The course that a section was cross-listed from is told by REST alone, and no rule asks for it."""
    frame: pd.DataFrame = getattr(frames, name).drop(columns="nonxlist_course_id", errors="ignore")
    return frame.sort_values([key for key in _KEYS if key in frame], ignore_index=True)


@pytest.mark.parametrize("group_data", [True, False], ids=["with integration_data", "without"])
def test_f3_frames_are_the_same_by_either_way(server: Running, tmp_path: Path, group_data: bool) -> None:
    by_outlines = read(server, tmp_path / "a", group_data=group_data)
    assert "graphql 200" in asked(server)
    by_rest = read(server, tmp_path / "b", graphql=False, group_data=True)
    assert len(by_rest.submissions) > 1000
    assert len(by_rest.overrides) > 100
    for name in ("courses", "sections", "enrollments", "groups", "assignments", "overrides", "submissions", "problems"):
        left, right = alike(by_outlines, name), alike(by_rest, name)
        if name == "groups" and not group_data:
            left, right = left.drop(columns="integration_data"), right.drop(columns="integration_data")
        pd.testing.assert_frame_equal(left, right)


def test_f3_fifty_ordinary_courses_take_hardly_more_than_fifty_requests(tmp_path: Path) -> None:
    district = generate(size=Size(51, 1, 8, 4), targets=("synergy",))
    with run_in_thread(canvas_app(district, Journal(None))) as running:
        canvas = client(running)
        courses = list_courses(canvas, "12")
        whole = courses[courses["students"] == 8].head(50)
        requests.delete(f"{running.url}/_sandbox/log", timeout=5)
        frames = extract(canvas, whole, RunFolder.at(tmp_path), group_data=False)
        made = asked(running)
    assert len(whole) == len(frames.courses) == 50
    assert made.count("graphql 200") == 50 / together(50, canvas.workers) == 10
    assert len(made) <= 70
    assert {told.rsplit(" ", 1)[1] for told in made} == {"200"}


def test_without_graphql_every_course_is_read_by_rest_and_it_is_asked_for_no_more(server: Running, tmp_path: Path) -> None:
    by_rest = read(server, tmp_path / "a", graphql=False)
    requests.put(f"{server.url}/_sandbox/settings", json={"graphql": False}, timeout=5)
    requests.delete(f"{server.url}/_sandbox/log", timeout=5)
    canvas = client(server)
    courses = list_courses(canvas, "1")
    frames = extract(canvas, courses, RunFolder.at(tmp_path / "b"), comments=True)
    assert frames.counts() == by_rest.counts()
    assert not canvas.graphql
    extract(canvas, courses, RunFolder.at(tmp_path / "c"))
    once = -(-len(courses) // together(len(courses), canvas.workers))
    assert asked(server).count("graphql 200") <= once  # those in flight when the first answer came, and none later


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "status": 404},
        {"kind": "error", "status": 500},
        {"kind": "error", "status": 200, "body": '{"data": 5}'},
        {"kind": "error", "status": 200, "body": "not json"},
        {"kind": "cut"},
    ],
    ids=["not there", "broken", "odd", "no json", "cut"],
)
def test_whatever_graphql_answers_no_course_is_lost(server: Running, tmp_path: Path, fault: dict[str, object]) -> None:
    requests.post(f"{server.url}/_sandbox/faults", json={"match": {"path": "graphql"}, "times": -1, **fault}, timeout=5)
    frames = read(server, tmp_path)
    assert frames.courses["complete"].all()
    assert len(frames.problems) == 0


def test_a_token_without_the_sis_right_gets_no_outline_of_people_or_sections(server: Running) -> None:
    course = list_courses(client(server), "1")["canvas_course_id"].iloc[0]
    (outline,) = outlines(client(server, token="canvas-no-sis-token"), [(course, 16)]).values()
    assert (outline.sections, outline.students) == (None, None)


def test_a_course_that_nobody_sees_has_no_outline(server: Running) -> None:
    assert outlines(client(server), [("999999", 1)]) == {}


def test_a_large_course_is_not_asked_for_its_students() -> None:
    assert "...People" not in query([False])
    assert query([True, False]).count("...People") == 1


def test_the_document_is_graphql_as_others_read_it() -> None:
    for people in ([True], [False], [True] * AT_ONCE):
        assert parse(query(people))
        assert parse(query(people, people))


def test_only_courses_have_aliases_for_canvas_takes_few() -> None:
    text = query([True] * AT_ONCE, [True] * AT_ONCE)
    aliases = [field for field in _fields(parse(text)) if field.alias]
    assert [field.alias.value for field in aliases if field.alias] == [f"c{place}" for place in range(AT_ONCE)]


def _fields(document: DocumentNode) -> list[FieldNode]:
    found: list[FieldNode] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            found.append(node)

    visit(document, Fields())
    return found


def row(**values: object) -> dict[str, object]:
    plain = {"_id": "801", "name": "Quiz", "description": None, "pointsPossible": 10, "gradingType": "points", "submissionTypes": ["on_paper"]}
    flags = {"published": True, "postToSis": True, "omitFromFinalGrade": False, "onlyVisibleToOverrides": False, "visibleToEveryone": True}
    times = {"createdAt": "2026-09-01T00:00:00-04:00", "dueAt": "2026-09-18T23:59:59-04:00", "unlockAt": None}
    return {**plain, **flags, **times, "assignmentGroup": {"_id": "33"}, "assignmentOverrides": {"nodes": []}, **values}


def outline_of(*assignments: dict[str, object], more: bool = False, **also: object) -> bytes:
    end = {"hasNextPage": False}
    return json.dumps({
        "sectionsConnection": {"nodes": [{"_id": "9001", "name": "P1", "sisId": "S-1"}], "pageInfo": end},
        "assignmentGroupsConnection": {"nodes": [{"_id": "33", "name": "Homework"}], "pageInfo": end},
        "assignmentsConnection": {"nodes": list(assignments), "pageInfo": {"hasNextPage": more}},
        **also,
    }).encode()  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {"assignmentOverrides": {"nodes": [{"_id": "5"}]}},
        {"onlyVisibleToOverrides": True},
        {"visibleToEveryone": False},
    ],
    ids=["an override", "for some only", "a module's override"],
)
def test_r1_an_assignment_that_is_not_for_everyone_is_read_by_rest(values: dict[str, object]) -> None:
    outline = read_outline(outline_of(row(), row(_id="802", **values)))
    assert outline is not None
    assert outline.work is None
    assert outline.sections is not None


@pytest.mark.parametrize("values", [{"gradingType": None}, {"pointsPossible": "ten"}, {"dueAt": "tomorrow"}, {"assignmentOverrides": None}])
def test_a_field_that_cannot_be_read_leaves_the_course_to_rest(values: dict[str, object]) -> None:
    assert read_outline(outline_of(row(**values))) is None


def test_a_list_that_goes_on_is_read_by_rest() -> None:
    outline = read_outline(outline_of(row(), more=True))
    assert outline is not None
    assert outline.work is None


def test_a17_a_due_date_is_the_same_instant_in_any_zone() -> None:
    outline = read_outline(outline_of(row()))
    assert outline is not None
    assert outline.work is not None
    (found,) = outline.work[1]
    assert found.due_at is not None
    assert found.due_at.isoformat() == "2026-09-18T23:59:59-04:00"
    assert (found.assignment_group_id, found.overrides) == ("33", [])


@pytest.mark.parametrize(
    ("courses", "connections", "size"),
    [(0, 10, 5), (3, 10, 5), (50, 10, 5), (61, 10, 7), (95, 10, 10), (5_000, 10, 10), (95, 1, 10)],
    ids=["none", "few", "one each", "some more each", "a batch", "a district", "one connection"],
)
def test_f3_outlines_keep_all_connections_at_work_from_the_first_moment(courses: int, connections: int, size: int) -> None:
    assert together(courses, connections) == size
