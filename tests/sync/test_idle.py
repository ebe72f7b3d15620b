"""Courses in which nothing is synced cost a night nothing, where a district wants it, and nothing is lost by that (canvas-api.md §4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.sandbox.generate import Size
from include.sync import stages
from include.sync.run import Run
from tests.town import NOON, Town, town

TARGET = "genesis"
EVERY = 31


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, Size(3, 1, 5, 4), (TARGET,)) as made:
        file = yaml.safe_load(made.file.read_text(encoding="utf-8"))
        file["targets"][TARGET]["extract"] = {"skip_idle": True, "full_every": EVERY}
        made.file.write_text(yaml.safe_dump(file), encoding="utf-8")
        yield made


def chosen(place: Town, mode: str = "nightly", **asked: Any) -> tuple[set[str], set[str]]:
    """Which courses a run reads, and which it leaves out as idle."""
    return _chosen(place, place.run(TARGET, mode, **asked))


def _chosen(place: Town, run: Run) -> tuple[set[str], set[str]]:
    stages.choose(run, place.canvas())
    withheld = run.folder.read_frame("work/withheld")
    idle = set(withheld.loc[withheld["reason_code"] == "GP-COURSE-IDLE", "canvas_course_id"])
    return {course for ids in run.batches().values() for course in ids}, idle


def seen(place: Town) -> set[str]:
    """A first night as far as filter: from then on the pages know the courses' sections."""
    run = place.run(TARGET)
    read, idle = _chosen(place, run)
    for batch in run.batches():
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
    assert idle == set(), "no run had seen their sections"
    return read


def switch_off(place: Town, course: str) -> None:
    place.admin("canvas", "change", "POST", json=[
        {"do": "assignments", "course": int(course), "key": int(key), "set": {"post_to_sis": False}}
        for key in place.admin("canvas", "state")[course]["assignments"]
    ])  # fmt: skip


def test_f3_a_course_in_which_nothing_is_synced_is_not_read_again(place: Town) -> None:
    every = seen(place)
    course = sorted(every)[0]
    switch_off(place, course)
    read, idle = chosen(place)
    assert (read, idle) == (every - idle, idle)
    assert course in idle


def test_f3_it_is_read_at_once_when_something_is_switched_on(place: Town) -> None:
    every = seen(place)
    course = sorted(every)[0]
    switch_off(place, course)
    assert course in chosen(place)[1]
    assignments = place.admin("canvas", "state")[course]["assignments"]
    key = next(key for key, row in assignments.items() if row.get("published"))
    place.admin("canvas", "change", "POST", json={"do": "assignments", "course": int(course), "key": int(key), "set": {"post_to_sis": True}})
    assert course in chosen(place)[0]


def test_a10_a_course_of_which_something_was_sent_is_read_so_that_what_vanished_is_told(place: Town) -> None:
    place.night(TARGET)
    course = str(place.run(TARGET).ledger.assignments()["canvas_course_id"].iloc[0])
    switch_off(place, course)
    assert course in chosen(place)[0]


def test_f3_what_people_start_or_look_at_is_read(place: Town) -> None:
    every = seen(place)
    course = sorted(every)[0]
    switch_off(place, course)
    assert chosen(place, preview=True) == (every, set())
    assert chosen(place, "on_demand", courses=(course,)) == ({course}, set())


def test_f3_each_course_has_its_day(place: Town) -> None:
    every = seen(place)
    course = sorted(every)[0]
    switch_off(place, course)
    days = [course in chosen(place, now=NOON + timedelta(days=day, hours=1))[0] for day in range(EVERY)]
    assert sum(days) == 1


def test_f3_where_canvas_keeps_its_list_to_itself_all_courses_are_read(place: Town) -> None:
    every = seen(place)
    switch_off(place, sorted(every)[0])
    place.admin("canvas", "settings", "PUT", json={"bulk_sis_grade_export": False})
    assert chosen(place) == (every, set())
