"""Finding the course that a person means in what earlier runs saw (D-9, D-10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, insert

from include.sync import state
from include.sync.course_search import course_of, find_courses, names_of, sections_of, tables_of
from include.sync.tables import RUN_COURSES, RUNS, SEEN_COURSES, SEEN_SECTIONS

NOON = datetime(2026, 11, 13, 17, tzinfo=UTC)


@pytest.fixture
def seen(database: Engine) -> Engine:
    """Three courses of one target, one of another, and one that only a run names."""
    courses = [("7", "Algebra I", "CO-7"), ("70", "algebra II", "CO-70"), ("8", "100% Art", "7"), ("9", None, None)]
    rows = [
        {
            "target": "genesis",
            "canvas_course_id": c,
            "name": name,
            "sis_course_id": sis,
            "workflow_state": "available",
            "seen_at": NOON,
            "students": 1,
        }
        for c, name, sis in courses
    ]
    run = {"target": "genesis", "run_id": "r1", "mode": "nightly", "posted_by": "schedule", "started_at": NOON, "updated_at": NOON}
    run |= {"stage": "close", "status": "Completed", "preview": False, "artifacts": "/somewhere"}
    fixed = {"target": "genesis", "run_id": "r1", "status": "Completed"}
    sections = [{"target": "genesis", "canvas_course_id": "7", "canvas_section_id": s, "name": name} for s, name in (("1", "P2"), ("2", "P1"))]
    with state.writing(database) as connection:
        connection.execute(insert(SEEN_COURSES), [*rows, {**rows[0], "target": "synergy"}])
        connection.execute(insert(SEEN_SECTIONS), sections)
        connection.execute(insert(RUNS), [run, {**run, "run_id": "r2", "artifacts": None}])
        connection.execute(
            insert(RUN_COURSES), [fixed | {"canvas_course_id": c, "name": n} for c, n in (("7", "Algebra I"), ("55", "Summer algebra"))]
        )
    return database


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("algebra", ["7", "70", "55"]),
        ("CO-70", ["70"]),
        ("co-", ["7", "70"]),
        ("100%", ["8"]),
        ("%", ["8"]),
        ("9", ["9"]),
        ("55", ["55"]),
        ("no such course", []),
        ("", ["9", "8", "7", "70", "55"]),
    ],
)
def test_d10_by_name_canvas_id_or_sis_id(seen: Engine, text: str, found: list[str]) -> None:
    assert [course.canvas_course_id for course in find_courses(seen, "genesis", text)] == found


def test_d10_an_id_that_two_courses_carry_means_neither(seen: Engine) -> None:
    assert course_of(seen, "genesis", "7") is None
    assert course_of(seen, "genesis", "CO-7").canvas_course_id == "7"
    assert course_of(seen, "genesis", "Algebra I") is None
    assert course_of(seen, "synergy", "70") is None


def test_d10_sections_and_the_runs_that_have_told_something(seen: Engine) -> None:
    assert sections_of(seen, "genesis", "7") == [("2", "P1"), ("1", "P2")]
    assert [run.run_id for run in tables_of(seen, "genesis", "7")] == ["r1"]
    assert list(tables_of(seen, "genesis", "70")) == []


def test_d5_names_of_courses_as_seen_else_as_a_run_had_them(seen: Engine) -> None:
    assert names_of(seen, "genesis", {"7", "9", "55", "4711", ""}) == {"7": "Algebra I", "55": "Summer algebra"}
    assert names_of(seen, "synergy", ["70", "7"]) == {"7": "Algebra I"}
