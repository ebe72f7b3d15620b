"""F-3: accelerated reading. What leaves extract is what a full reading gives, but for what `graded_since` cannot see (canvas-api.md §4.2)."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from include.canvas.accelerated import Accelerated
from include.canvas.shelf import Shelf
from include.run_folder import RunFolder
from tests.canvas.readings import COURSE, Reader, edit, enrol, grade, override, rows, same
from tests.sandbox.bay_high import AMY, BEN, BIOLOGY, CLEO, ESSAY, LAB, LEFT, P1, P2, PAPER, QUIZ, SOLO, bay_high
from tests.sandbox.canvas_caller import Caller, canvas


@pytest.fixture(scope="module")
def server() -> Iterator[Caller]:
    with canvas(bay_high()) as caller:
        yield caller


@pytest.fixture
def bay(server: Caller) -> Caller:
    server.admin("reset", "POST")
    return server


@pytest.fixture
def reader(bay: Caller, tmp_path: Path) -> Iterator[Reader]:
    made = Reader(bay, tmp_path)
    made.first()
    made.asked()
    yield made
    made.close()


ids = [str(QUIZ), str(LAB), str(ESSAY), str(SOLO)]


def test_an_unchanged_night_asks_only_for_what_was_graded_since(reader: Reader) -> None:
    again = reader.read()
    assert reader.asked() == [(sorted(ids), True)]
    assert same(again, reader.full())
    assert len(again.submissions) > 8


REST = sorted({*ids} - {str(QUIZ)})
ALL = [(sorted(ids), False)]
SEEN = {
    "a score": (lambda bay: grade(bay, QUIZ, BEN, posted_grade="7"), [(sorted(ids), True)]),
    "a score of 0": (lambda bay: grade(bay, QUIZ, BEN, posted_grade="0"), [(sorted(ids), True)]),
    "excused": (lambda bay: grade(bay, QUIZ, AMY, excuse="true"), [(sorted(ids), True)]),
    "said to be late": (lambda bay: grade(bay, QUIZ, AMY, late_policy_status="late"), [(sorted(ids), True)]),
    "another due date": (lambda bay: edit(bay, QUIZ, due_at="2026-11-10T04:59:59Z"), [([str(QUIZ)], False), (REST, True)]),
    "other points": (lambda bay: edit(bay, QUIZ, points_possible="20"), [([str(QUIZ)], False), (REST, True)]),
    "an override": (lambda bay: override(bay, course_section_id=P1, due_at="2026-12-01T04:59:59Z"), [([str(QUIZ)], False), (REST, True)]),
    "unpublished": (lambda bay: edit(bay, QUIZ, published="false"), [(REST, True)]),
    "no longer synced": (lambda bay: edit(bay, QUIZ, post_to_sis="false"), [(REST, True)]),
    "deleted": (lambda bay: bay.ask(f"{COURSE}/assignments/{QUIZ}", "DELETE"), [(REST, True)]),
    "newly synced": (lambda bay: edit(bay, PAPER, post_to_sis="true"), [([str(PAPER)], False), (sorted(ids), True)]),
    "due since": (lambda bay: bay.admin("clock", now="2026-11-22T18:00:00Z"), [([str(LAB)], False), (sorted({*ids} - {str(LAB)}), True)]),
    "a student joined": (lambda bay: enrol(bay, 90, LEFT, P1), ALL),
    "a student moved": (lambda bay: enrol(bay, 1, AMY, P2), ALL),
    "a student ended": (lambda bay: enrol(bay, 1, AMY, P1, enrollment_state="completed"), ALL),
    "a student left": (lambda bay: enrol(bay, 1, AMY, P1, enrollment_state="deleted"), [(sorted(ids), True)]),
    "a long pause": (lambda bay: bay.admin("clock", days=31), ALL),
    "a clock set back": (lambda bay: bay.admin("clock", days=-1), ALL),
}


@pytest.mark.parametrize("event", SEEN)
def test_what_the_lists_or_a_grade_show_is_never_late(reader: Reader, event: str) -> None:
    happens, asked = SEEN[event]
    before = rows(reader.full())
    reader.asked()
    happens(reader.bay)
    read = reader.read()
    assert reader.asked() == asked
    full = reader.full()
    assert same(read, full)
    assert event in ("other points", "a long pause", "a clock set back") or before != rows(full) or event == "a student ended"


@pytest.mark.parametrize("fields", [{"posted_grade": ""}, {"excuse": "false"}], ids=str)
def test_what_graded_since_cannot_see_waits_for_the_courses_turn(bay: Caller, tmp_path: Path, fields: dict[str, str]) -> None:
    grade(bay, QUIZ, AMY, **({"excuse": "true"} if "excuse" in fields else {"posted_grade": "3"}))
    bay.admin("clock", days=1)
    reader = Reader(bay, tmp_path, full_every=4)
    reader.first()
    grade(bay, QUIZ, AMY, **fields)
    told = [same(reader.read(), reader.full()) for _ in range(4)]
    assert told == [False, False, False, True]


def test_a_group_whose_members_no_list_names_is_read_fully_every_night(reader: Reader) -> None:
    override(reader.bay, group_id=5001)
    reader.read()
    reader.asked()
    assert same(reader.read(), reader.full())
    assert reader.asked()[:2] == [([str(QUIZ)], False), (REST, True)]


def test_a_run_that_was_killed_after_it_kept_a_reading_loses_nothing(reader: Reader) -> None:
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    reader.read()  # its frames are lost with its process
    grade(reader.bay, QUIZ, CLEO, posted_grade="6")
    assert same(reader.read(), reader.full())


def test_a_night_that_ran_not_at_all_loses_nothing(reader: Reader) -> None:
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    reader.bay.admin("clock", days=2)
    grade(reader.bay, LAB, BEN, posted_grade="5")
    reader.bay.admin("clock", days=2)
    assert same(reader.read(), reader.full())


def test_full_readings_are_dealt_over_the_nights(tmp_path: Path) -> None:
    how = Accelerated(Shelf(RunFolder.at(tmp_path)), "made", 7, timedelta(minutes=30))
    first = [how._nights(str(course), None, built=False) for course in range(4000, 4700)]
    per_night = pd.Series(first).value_counts()
    assert sorted(per_night.index) == list(range(7))
    assert per_night.between(70, 130).all()


def test_each_course_has_its_turn_every_so_many_nights(bay: Caller, tmp_path: Path) -> None:
    reader = Reader(bay, tmp_path, full_every=3)
    reader.first()
    reader.asked()
    told = []
    for _ in range(9):
        reader.read()
        told += [since for _, since in reader.asked()]
    assert told == [True, True, False] * 3


def spoilt(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def of_another_version(file: Path) -> None:
    table = pq.read_table(file)
    facts = json.loads(table.schema.metadata[b"gradesync"])
    pq.write_table(table.replace_schema_metadata({b"gradesync": json.dumps({**facts, "version": 99}).encode()}), file)


def of_another_shape(file: Path) -> None:
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["missing"]), file)


@pytest.mark.parametrize("harm", [Path.unlink, spoilt, of_another_version, of_another_shape], ids=lambda harm: harm.__name__)
def test_where_nothing_sound_is_kept_the_course_is_read_fully_and_kept_anew(reader: Reader, harm: Any) -> None:
    harm(reader.file)
    assert same(reader.read(), reader.full())
    assert reader.asked()[0] == ALL[0]
    assert reader.shelf.load(str(BIOLOGY)) is not None


def test_another_canvas_or_identity_reads_fully(reader: Reader) -> None:
    reader.read(replace(reader.how, made_with="other"))
    assert reader.asked() == ALL


def test_what_people_start_reads_fully_and_the_next_night_builds_on_it(reader: Reader) -> None:
    grade(reader.bay, QUIZ, AMY, posted_grade="")
    reader.asked()
    by_hand = reader.read(replace(reader.how, trusting=False))
    assert reader.asked() == ALL
    assert same(by_hand, reader.full())
    assert same(reader.read(replace(reader.how, full_every=10_000)), by_hand), "the night brought the cleared score back"


def test_invariant_6_after_a_course_that_was_not_read_the_next_reading_is_full(reader: Reader) -> None:
    reader.bay.admin("faults", "POST", kind="error", match={"path": "students/submissions"}, times=9)
    broken = reader.read()
    reader.bay.admin("faults", "DELETE")
    assert broken.courses["complete"].tolist() == [False]
    assert broken.submissions.empty
    reader.asked()
    assert same(reader.read(), reader.full())
    assert reader.asked()[0] == ALL[0]


def test_an_older_reading_does_not_replace_a_newer_one(reader: Reader) -> None:
    old = reader.shelf.load(str(BIOLOGY))
    assert old is not None
    reader.bay.admin("clock", days=1)
    reader.read()
    new = reader.shelf.load(str(BIOLOGY))
    reader.shelf.save(str(BIOLOGY), old)
    assert reader.shelf.load(str(BIOLOGY)) == new


def test_a11_comments_are_kept_with_their_scores(bay: Caller, tmp_path: Path) -> None:
    reader = Reader(bay, tmp_path)
    first = {"id": 1, "author_id": 12, "comment": "Well done", "created_at": "2026-11-12T21:00:00Z"}
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[QUIZ, AMY], set={"submission_comments": [first]})
    reader.read(comments=True)
    assert rows(reader.read(replace(reader.how, full_every=10_000), comments=True))[str(QUIZ), str(AMY)]["comment"] == "Well done"


def test_f12_kept_files_are_the_services_alone(reader: Reader) -> None:
    assert stat.S_IMODE(reader.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(reader.file.parent.stat().st_mode) == 0o700


def test_a_canvas_that_tells_no_time_is_read_fully(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(reader.bay.state.clock), "header", lambda _: "")
    assert same(reader.read(), reader.full())
    assert reader.asked()[0] == ALL[0]
    assert not reader.file.exists(), "without Canvas's time nobody knows what a later reading must ask for"
