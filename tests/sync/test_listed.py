"""F-3: whole nights of a target that reads in the listed mode end in the SIS as full ones do, in one request a course."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from include.canvas.listed import Listed, is_turn
from include.canvas.sis_list import Told
from include.sandbox.generate import Size
from include.sync import stages
from include.sync.handover import load_resolved
from include.sync.kept_reads import built_on, mistrust, shelf, with_listing
from tests.town import NOON, Town, town

TARGET = "infinite_campus"
EVERY = 31


def told(place: Town, **extract: Any) -> None:
    """Write into the district file how the target is read."""
    file = yaml.safe_load(place.file.read_text(encoding="utf-8"))
    file["targets"][TARGET]["extract"] = extract
    place.file.write_text(yaml.safe_dump(file), encoding="utf-8")


def extracted(place: Town, mode: str = "nightly", **asked: Any) -> None:
    run = place.run(TARGET, mode, **asked)
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, Size(3, 1, 5, 4), (TARGET,)) as made:
        told(made, mode="listed", full_every=EVERY)
        yield made


def asked(place: Town) -> tuple[int, int]:
    """(requests for the SIS list, courses that were read fully); the log begins anew."""
    paths = [row["path"] for row in place.admin("canvas", "log")]
    place.forget_log("canvas")
    return sum("/api/sis/accounts/" in path for path in paths), sum(path.endswith("/sections") for path in paths)


def kept(place: Town) -> list[str]:
    return shelf(place.run(TARGET).district, TARGET).courses()


def first(place: Town) -> tuple[int, int]:
    """A first night. How many courses it read; and how many the next one reads fully though nothing changes: their turn, or nothing kept of them."""
    asked(place)
    extracted(place)
    courses, (_, read) = kept(place), asked(place)
    assert 0 < len(courses) < read, "one course has overrides that Canvas's list does not tell"
    return read, read - len(courses) + sum(is_turn(course, place.run(TARGET).day, EVERY) for course in courses)


@pytest.mark.slow
def test_f3_after_days_of_school_a_full_reading_finds_nothing_left_to_send(place: Town) -> None:
    place.night(TARGET)
    sent = 0
    for day in range(1, 4):
        place.admin("canvas", "day", "POST")
        sent += place.night(TARGET, now=NOON + timedelta(days=day)).sent
    told(place, mode="full")
    assert place.night(TARGET, now=NOON + timedelta(days=4)).sent == 0
    assert sent > 0


def test_f3_an_unchanged_night_reads_the_list_and_nothing_but_scores_and_writes_nothing(place: Town) -> None:
    courses, fully = first(place)
    place.night(TARGET)
    asked(place)
    assert place.night(TARGET).sent == 0
    lists, read = asked(place)
    assert lists == 1
    assert fully <= read < courses


@pytest.mark.parametrize("mode", ["remaster", "on_demand", "reconcile"])
def test_f3_chosen_courses_are_read_fully_and_the_night_after_it_too(place: Town, mode: str) -> None:
    read, _ = first(place)
    courses = kept(place)
    extracted(place, mode, courses=tuple(courses))
    assert asked(place) == (0, len(courses))
    assert kept(place) == [], "what it found, lists of an earlier day must not take back"
    extracted(place)
    assert asked(place) == (1, read)


@pytest.mark.parametrize("asks", [{"preview": True}, {"mode": "remaster"}, {"mode": "reconcile"}], ids=str)
def test_f3_what_reads_all_courses_reads_them_fully_and_keeps_them(place: Town, asks: dict[str, Any]) -> None:
    courses, fully = first(place)
    extracted(place, **asks)
    lists, read = asked(place)
    assert lists == 1
    assert read >= courses
    extracted(place)
    assert asked(place) == (1, fully)


def test_f3_another_count_of_students_is_reason_enough(place: Town) -> None:
    run = place.run(TARGET)
    courses = pd.DataFrame({"canvas_course_id": ["1", "2"], "students": [30, 0]})
    before = with_listing(courses, {"1": Told("digest", "work", "sections")})
    after = with_listing(courses.assign(students=[31, 0]), {"1": Told("digest", "work", "sections")})
    assert (before["listing"] != after["listing"]).tolist() == [True, False]
    how = built_on(run, "http://canvas", with_listing(courses, None))
    assert isinstance(how, Listed)
    assert how.listing == {}, "without a list nothing can be built on"


def test_f3_lists_of_another_canvas_are_not_used(place: Town) -> None:
    courses = with_listing(pd.DataFrame({"canvas_course_id": ["1"], "students": [30]}), {})
    one, other = (built_on(place.run(TARGET), canvas, courses) for canvas in ("https://one.example", "https://two.example"))
    assert isinstance(one, Listed)
    assert isinstance(other, Listed)
    assert one.made_with != other.made_with


@pytest.mark.parametrize(("age", "fully"), [(timedelta(minutes=50), False), (timedelta(minutes=70), True)], ids=str)
def test_f3_a_batch_that_is_read_long_after_the_list_is_read_fully(place: Town, age: timedelta, fully: bool) -> None:
    courses, _ = first(place)
    run = place.run(TARGET)
    batches = stages.choose(run, place.canvas())
    chosen = run.folder.read_frame("work/courses")
    run.folder.write_frame("work/courses", chosen.assign(listed_at=(datetime.now(UTC) - age).isoformat()))
    asked(place)
    for batch in batches:
        stages.extract(run, batch, place.canvas())
    assert (asked(place)[1] == courses) == fully


def test_f3_a_course_in_which_the_sis_does_not_know_a_student_is_read_fully_the_next_night(place: Town) -> None:
    extracted(place)
    courses = kept(place)
    run = place.run(TARGET)
    row = {"canvas_course_id": courses[0], "reason_code": "GP-STUDENT-UNKNOWN"}
    mistrust(run, pd.DataFrame([row, row, {"canvas_course_id": courses[1], "reason_code": "GP-BLANK"}]))
    assert kept(place) == courses[1:]


def test_f3_where_canvas_keeps_its_list_to_itself_all_courses_are_read_fully(place: Town) -> None:
    courses, _ = first(place)
    place.admin("canvas", "settings", "PUT", json={"bulk_sis_grade_export": False})
    extracted(place)
    assert asked(place) == (1, courses)


def test_f3_the_same_mode_without_idle_courses_asks_for_the_list_once(place: Town) -> None:
    told(place, mode="listed", full_every=EVERY, skip_idle=True)
    extracted(place)
    asked(place)
    extracted(place)
    assert asked(place)[0] == 1


def test_f3_after_a_night_no_lists_stay_of_courses_with_students_whom_the_sis_does_not_know(place: Town) -> None:
    extracted(place)
    before = set(kept(place))
    run = place.night(TARGET).run
    withheld = pd.concat([load_resolved(run.batch_folder(batch), "valid").withheld for batch in run.batches()])
    unknown = set(withheld.loc[withheld["reason_code"] == "GP-STUDENT-UNKNOWN", "canvas_course_id"])
    assert unknown & before
    assert set(kept(place)) == before - unknown
