"""The sandbox Canvas over the generated district: consistent, fast, and alive from day to day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.sandbox.canvas import CanvasState
from include.sandbox.canvas.submission_rows import status
from include.sandbox.generate import generate
from include.sandbox.world import District
from tests.sandbox.canvas_caller import Caller, canvas


@pytest.fixture(scope="module")
def district() -> District:
    return generate(7, "small")


@pytest.fixture
def bay(district: District) -> Iterator[Caller]:
    with canvas(district) as caller:
        yield caller


def differences(state: CanvasState) -> list[tuple[object, object]]:
    """Where the server works out something else than the world says."""
    found: list[tuple[object, object]] = []
    for course in state.courses.values():
        for key, row in course.world.submissions.items():
            due = course.due_dates(key[0]).get(key[1], "not given")
            told = status(dict(row), course.assignments[key[0]], due, state.clock.stamp())
            worked_out = (due, told["late"], told["missing"])
            if worked_out != (row["cached_due_date"], row["late"], row["missing"]):
                found.append((row, worked_out))
    return found


def test_server_and_generated_world_agree_on_dates_and_statuses(bay: Caller) -> None:
    assert differences(bay.state) == []
    assert sum(len(course.submissions) for course in bay.state.courses.values()) > 1000


def test_f3_one_page_of_grouped_students_holds_a_whole_course(bay: Caller) -> None:
    course = max(bay.state.courses.values(), key=lambda one: len(one.submissions))
    answer = bay.ask(f"courses/{course.id}/students/submissions", params={"student_ids[]": "all", "grouped": "1", "per_page": 100})
    assert answer.status_code == 200
    assert 'rel="next"' not in answer.headers.get("Link", "")
    assert sum(len(row["submissions"]) for row in answer.json()) > 0


def test_r8_a_school_day_passes_and_is_the_same_day_each_time(bay: Caller) -> None:
    moved: list[object] = []
    bay.state.on_move.append(moved.append)
    told = bay.admin("day", "POST")
    first = bay.ask("/_sandbox/state").json()
    assert (told["day"], told["now"][:10]) == (1, "2026-11-14")
    assert told["changes"] > 10
    assert len(moved) >= 5
    bay.admin("reset", "POST")
    assert bay.ask("/_sandbox/state").json() != first
    bay.admin("day", "POST")
    assert bay.ask("/_sandbox/state").json() == first
