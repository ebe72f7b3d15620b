"""The courses that the pages list: what a run saw, searched and paged, with the nightly switch and the last sync (D-11, R-12)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from include.gradebook.schemas import COURSES as COURSE_FRAME
from include.sync import directory, history, seen, settings
from include.sync.directory import Search
from include.sync.outline import listed_categories, outline
from include.sync.tables import SEEN_CLASSES, SEEN_COURSES, SEEN_GROUPS, SEEN_SECTIONS
from include.sync.tally import tally
from tests.sync.seen_district import COURSES, NOW, TODAY, listed, see_all, target
from tests.web.pages import Run, tables

LATER = NOW + timedelta(days=1)


def ids(engine: Engine, search: Search, **page: int) -> list[str]:
    return [row["canvas_course_id"] for row in directory.courses(engine, search, **page).rows]


def test_d11_courses_are_listed_with_why_a_night_leaves_them_out(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    seen.note_courses(database, synergy, listed(), NOW)
    found = directory.courses(database, Search((synergy,)))
    assert [(row["name"], row["reason_code"], row["seen_at"]) for row in found.rows] == [
        ("Algebra", None, NOW),
        ("biology 100%", None, NOW),
        ("Chemistry", "GP-COURSE-CONCLUDED", NOW),
    ]
    assert directory.courses(database, Search((target(tmp_path, "genesis"),))).rows == []


def test_d11_a_whole_list_takes_away_what_is_gone_and_a_part_does_not(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    seen.note_courses(database, synergy, listed(), NOW)
    seen.note_courses(database, synergy, listed({**COURSES[0], "name": "Algebra II"}), LATER, whole=False)
    assert directory.course(database, "synergy", "7")["name"] == "Algebra II"  # type: ignore[index]  # it is there
    assert ids(database, Search((synergy,))) == ["7", "8", "9"]
    seen.note_courses(database, synergy, listed(COURSES[1]), LATER)
    assert ids(database, Search((synergy,))) == ["8"]
    assert directory.course(database, "synergy", "7") is None


def test_with_a_course_goes_what_was_seen_in_it(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    seen.note_courses(database, synergy, listed(COURSES[0]), LATER)
    assert len(outline(database, synergy, None, TODAY).places) == 8
    seen.note_courses(database, synergy, listed(COURSES[1]), LATER)
    with database.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (SEEN_SECTIONS, SEEN_GROUPS, SEEN_CLASSES)]
    assert counts == [0, 0, 0]
    assert listed_categories(database, "synergy", ["A", "B"]) == {}


def test_an_unchanged_list_only_says_that_it_was_seen_again(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    for moment in (NOW, LATER):
        seen.note_courses(database, synergy, listed(), moment)
    assert directory.seen(database, ["synergy", "genesis"]) == {"synergy": {"target": "synergy", "courses": 3, "seen_at": LATER}}
    with database.connect() as connection:
        assert set(connection.execute(select(SEEN_COURSES.c.seen_at)).scalars()) == {LATER}


def test_f3_what_stands_as_it_stood_is_not_written_again(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        written.extend([statement] if statement.startswith(("INSERT", "DELETE")) else [])

    event.listen(database, "before_cursor_execute", note)
    see_all(database, synergy)
    event.remove(database, "before_cursor_execute", note)
    assert {statement.split()[2] for statement in written} == {"seen_classes", "seen_categories"}  # only what the SIS was asked about anew


@pytest.mark.parametrize(
    ("text", "found"),
    [("al", ["7"]), ("BIO", ["8"]), ("alg-1", ["7"]), ("9", ["9"]), ("100%", ["8"]), ("_", []), ("%", ["8"]), ("", ["7", "8", "9"])],
)
def test_d11_search_by_name_canvas_id_or_sis_id(database: Engine, tmp_path: Path, text: str, found: list[str]) -> None:
    synergy = target(tmp_path)
    seen.note_courses(database, synergy, listed(), NOW)
    assert ids(database, Search((synergy,), text)) == found


@pytest.mark.parametrize(
    ("default", "on", "off"), [("all", ["7"], ["8"]), ("none", ["7"], ["8"]), ("canvas", ["7"], ["8"])], ids=["all", "none", "canvas"]
)
def test_r12_the_switch_goes_before_the_targets_default(database: Engine, tmp_path: Path, default: str, on: list[str], off: list[str]) -> None:
    synergy = target(tmp_path, nightly=default)
    seen.note_courses(database, synergy, listed(), NOW)
    own = {"all": {"8": False}, "none": {"7": True}, "canvas": {}}[default]
    settings.switch(database, "synergy", own, "ada", NOW)
    assert ids(database, Search((synergy,), state="on")) == on
    assert ids(database, Search((synergy,), state="off")) == off
    assert ids(database, Search((synergy,), state="left out")) == ["9"]
    told = {row["canvas_course_id"]: (row["nightly"], row["changed_by"]) for row in directory.courses(database, Search((synergy,))).rows}
    assert {course: told[course] for course in own} == {course: (nightly, "ada") for course, nightly in own.items()}


def test_ten_a_page_and_a_page_past_the_end_is_the_last(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    seen.note_courses(database, synergy, listed(*({**COURSES[0], "canvas_course_id": str(n), "name": f"Course {n:02d}"} for n in range(23))), NOW)
    pages = [ids(database, Search((synergy,)), page=number) for number in (1, 2, 3)]
    assert [course for page in pages for course in page] == [str(n) for n in range(23)]
    assert directory.courses(database, Search((synergy,)), page=9).number == 3
    assert ids(database, Search((synergy,), only=frozenset({("synergy", "3"), ("genesis", "4")}))) == ["3"]
    assert ids(database, Search((synergy,), only=frozenset())) == []


def test_the_last_sync_of_a_course_is_no_preview_and_no_reconcile(database: Engine) -> None:
    for number, changed in enumerate([{}, {"preview": True}, {"mode": "reconcile"}]):
        run = Run("synergy", f"run-{number}", now=NOW + timedelta(hours=number), **changed)  # type: ignore[arg-type]  # one of the two
        history.start(database, run, COURSE_FRAME.of([COURSES[0]]))
    last = directory.last_syncs(database, [("synergy", "7"), ("synergy", "8")])
    assert {key: row["run_id"] for key, row in last.items()} == {("synergy", "7"): "run-0"}
    assert directory.last_syncs(database, []) == {}


def test_a_course_that_a_run_left_out_is_listed_with_its_name(database: Engine, tmp_path: Path) -> None:
    seen.note_courses(database, target(tmp_path), listed(), NOW)
    run = Run("synergy", "night")
    history.start(database, run, COURSE_FRAME.of([]))
    history.finish(database, run, {"status": "Completed", "artifacts": "x", "through": []}, tally(tables(run, 3)))
    assert [(row["canvas_course_id"], row["name"]) for row in history.courses_of(database, "synergy", "night")] == [("7", "Algebra")]
