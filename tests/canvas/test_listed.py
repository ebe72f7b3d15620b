"""F-3: listed reading. One request a course, no score late, and lists read anew as soon as Canvas shows that they changed (canvas-api.md §3.1)."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from include.canvas import shapes
from include.canvas.course_lists import CourseLists
from include.canvas.course_read import CourseRead
from include.canvas.given import Given
from include.canvas.listed import Listed, is_turn
from include.canvas.paging import Page
from include.canvas.rows import Enrollment, Group, StudentSubmissions, Submission
from include.canvas.shelf import Shelf
from include.canvas.sis_list import NOTHING, synced_below
from include.run_folder import RunFolder
from tests.canvas.readings import COURSE, TURN, Nights, edit, enrol, grade, override, same
from tests.sandbox.bay_high import AMY, BEN, BIOLOGY, CLEO, ESSAY, HOMEWORK, LAB, LEFT, P1, P2, PAPER, QUIZ, SOLO, bay_high
from tests.sandbox.canvas_caller import Caller, canvas

ID = str(BIOLOGY)
LISTS = ["assignment_groups", "sections", "enrollments"]


@pytest.fixture(scope="module")
def server() -> Iterator[Caller]:
    with canvas(bay_high()) as caller:
        yield caller


@pytest.fixture
def bay(server: Caller) -> Iterator[Caller]:
    server.admin("reset", "POST")
    students = dict(server.state.students)
    yield server
    server.state.students = students


@pytest.fixture
def nights(bay: Caller, tmp_path: Path) -> Iterator[Nights]:
    made = Nights(bay, tmp_path)
    made.night()
    made.asked()
    with closing(made.client):
        yield made


def test_an_unchanged_night_reads_each_course_in_one_request(nights: Nights) -> None:
    read = nights.night()
    assert nights.asked() == ["students/submissions"]
    assert same(read, nights.full())
    assert len(read.submissions) > 8
    assert len(read.enrollments) > 5


def test_its_raw_answers_say_where_the_lists_come_from(nights: Nights) -> None:
    nights.night()
    lines = [msgspec.json.decode(line) for line in (nights.folder / "raw" / "answers.jsonl").read_bytes().splitlines()]
    assert [line["page"].split("?")[0] for line in lines] == ["kept lists", f"/api/v1/{COURSE}/students/submissions"]
    assert {"sections", "groups", "assignments", "enrollments"} <= set(lines[0]["body"])


def put(bay: Caller, work: int, user: int, **fields: object) -> None:
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[work, user], set=fields)


def policy(bay: Caller) -> None:
    told = {"late_submission_deduction_enabled": True, "late_submission_deduction": 20}
    bay.ask(f"{COURSE}/late_policy", "PATCH", json={"late_policy": told})


def other_sis_id(bay: Caller, user: int, sis_id: str) -> None:
    bay.state.students[user] = replace(bay.state.students[user], sis_id=sis_id)
    enrol(bay, 2, user, P2, sis_user_id=sis_id)


Event = Callable[[Caller], object]
SCORES: dict[str, Event] = {
    "a score": lambda bay: grade(bay, QUIZ, BEN, posted_grade="7"),
    "a score that was cleared": lambda bay: grade(bay, QUIZ, AMY, posted_grade=""),
    "excused": lambda bay: grade(bay, QUIZ, AMY, excuse="true"),
    "late by the course's policy": lambda bay: (put(bay, QUIZ, AMY, late_policy_status="late", seconds_late=86_400), policy(bay)),
    "handed in late": lambda bay: put(bay, QUIZ, BEN, workflow_state="submitted", submitted_at="2026-11-13T12:00:00Z"),
    "shown to the student": lambda bay: put(bay, QUIZ, AMY, posted_at="2026-11-13T12:00:00Z"),
    "missing since it was due": lambda bay: bay.admin("clock", now="2026-11-22T18:00:00Z"),
}
SEEN: dict[str, Event] = {
    "another name": lambda bay: edit(bay, QUIZ, name="Cell quiz, part 1"),
    "another due date": lambda bay: edit(bay, QUIZ, due_at="2026-11-10T04:59:59Z"),
    "other points": lambda bay: edit(bay, QUIZ, points_possible="20"),
    "another group": lambda bay: edit(bay, QUIZ, assignment_group_id="32"),
    "a group's new name": lambda bay: bay.put(f"{COURSE}/assignment_groups/{HOMEWORK}", name="Home"),
    "a section's due date": lambda bay: override(bay, course_section_id=P1, due_at="2026-12-01T04:59:59Z"),
    "a student's due date": lambda bay: override(bay, student_ids=[AMY], due_at="2026-12-01T04:59:59Z"),
    "unpublished": lambda bay: edit(bay, QUIZ, published="false"),
    "no longer synced": lambda bay: edit(bay, QUIZ, post_to_sis="false"),
    "newly synced": lambda bay: edit(bay, PAPER, post_to_sis="true"),
    "deleted": lambda bay: bay.ask(f"{COURSE}/assignments/{QUIZ}", "DELETE"),
    "not counted": lambda bay: edit(bay, QUIZ, omit_from_final_grade="true"),
}
PEOPLE: dict[str, Event] = {
    "a student joined": lambda bay: enrol(bay, 90, LEFT, P1),
    "a student moved": lambda bay: enrol(bay, 1, AMY, P2),
    "a student left": lambda bay: enrol(bay, 1, AMY, P1, enrollment_state="deleted"),
    "a student's other SIS id": lambda bay: other_sis_id(bay, BEN, "STU-new"),
    "nobody is given it": lambda bay: edit(bay, ESSAY, only_visible_to_overrides="true"),
}


@pytest.mark.parametrize("event", SCORES)
def test_no_score_is_late_and_nothing_else_is_asked_for(nights: Nights, event: str) -> None:
    before = nights.full()
    SCORES[event](nights.bay)
    nights.asked()
    read = nights.night()
    assert nights.asked() == ["students/submissions"]
    assert same(read, nights.full())
    assert not same(read, before)


@pytest.mark.parametrize("event", SEEN)
def test_what_the_sis_list_shows_is_read_at_once(nights: Nights, event: str) -> None:
    before = nights.full()
    SEEN[event](nights.bay)
    nights.asked()
    read = nights.night()
    assert nights.asked() == [*LISTS[:2], LISTS[2], "students/submissions"]
    assert same(read, nights.full())
    assert not same(read, before)
    nights.asked()
    nights.night()
    assert nights.asked() == ["students/submissions"], "and built on from then on"


@pytest.mark.parametrize("event", PEOPLE)
def test_who_is_in_the_course_or_given_the_work_is_read_at_once(nights: Nights, event: str) -> None:
    before = nights.full()
    PEOPLE[event](nights.bay)
    read = nights.night()
    assert same(read, nights.full())
    assert not same(read, before)


def submission(assignment: str, score: float = 5.0) -> Submission:
    return Submission(assignment, "1", score, False, False, False)


def _digest(students: list[StudentSubmissions]) -> str | None:
    given = Given()
    given.note(students)
    return given.digest


LATE: dict[str, Event] = {
    "graded otherwise": lambda bay: edit(bay, QUIZ, grading_type="percent"),
    "a student's new name": lambda bay: bay.state.students.update({BEN: replace(bay.state.students[BEN], family_name="Bellamy")}),
    "an empty group": lambda bay: bay.ask(f"{COURSE}/assignment_groups", "POST", data={"name": "Empty"}),
    "a module's due date": lambda bay: override(bay, context_module_id=7, due_at="2026-12-01T04:59:59Z"),
    "a whole course's due date": lambda bay: override(bay, course_id=BIOLOGY, due_at="2026-12-01T04:59:59Z"),
    "a student whose old seat is only concluded": lambda bay: (
        enrol(bay, 1, AMY, P1, enrollment_state="completed"),
        enrol(bay, 91, AMY, P2),
    ),
}


@pytest.mark.parametrize("event", LATE)
def test_what_nothing_shows_waits_for_the_courses_day(bay: Caller, tmp_path: Path, event: str) -> None:
    nights = Nights(bay, tmp_path, every=4)
    nights.night()
    while not is_turn(ID, nights.day, 4):
        nights.night()
    LATE[event](bay)
    assert [same(nights.night(), nights.full()) for _ in range(5)] == [False, False, False, True, True]
    nights.client.close()


@pytest.mark.parametrize("event", ["a module's due date", "a whole course's due date"])
def test_r2_what_the_list_leaves_out_is_read_every_night_once_it_is_known(bay: Caller, tmp_path: Path, event: str) -> None:
    LATE[event](bay)
    nights = Nights(bay, tmp_path)
    nights.night()
    nights.asked()
    assert same(nights.night(), nights.full())
    assert nights.asked()[:3] == LISTS
    nights.client.close()


def test_r2_a_section_that_no_synced_assignment_names_is_read_every_night(nights: Nights) -> None:
    for work in (QUIZ, LAB, ESSAY):
        edit(nights.bay, work, post_to_sis="false")
    nights.night()
    nights.asked()
    assert same(nights.night(), nights.full())
    assert nights.asked()[:3] == LISTS, "only one student has synced work, so the list names no section, and nobody would see its new SIS id"


def test_a_roster_that_was_read_before_a_student_moved_is_not_kept(bay: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(bay, tmp_path)
    read = CourseLists.enrollments

    def then_moved(reader: CourseLists) -> list[Enrollment]:
        rows = read(reader)
        enrol(bay, 1, AMY, P2)
        return rows

    with monkeypatch.context() as torn:
        torn.setattr(CourseLists, "enrollments", then_moved)
        nights.night()
    assert same(nights.night(), nights.full())
    nights.client.close()


def test_a_reading_with_a_row_that_cannot_be_read_is_not_kept(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    put(nights.bay, QUIZ, BEN, score="none")
    assert len(nights.night().problems) == 1
    assert not nights.file.exists()


def test_lists_of_a_later_day_are_not_used_by_a_run_of_an_earlier_one(nights: Nights) -> None:
    nights.night(-2)
    assert nights.asked()[:3] == LISTS


def test_a_group_that_canvas_tells_no_data_of_is_kept(bay: Caller, tmp_path: Path) -> None:
    shelf = Shelf(RunFolder.at(tmp_path))
    read = CourseRead("5", {"sections": [], "groups": [Group("1", "Homework", assignments=[])], "assignments": []})
    how = Listed(shelf, "made", 31, TURN + 1, {"5": NOTHING})
    how.keep(read, Given())
    told = how.told("5")
    assert told is not None
    assert shapes.tables([("5", {"groups": told.groups})])["groups"][0].to_pylist()[0]["integration_data"] is None


@pytest.mark.parametrize("other", [
    {"user_id": "2"}, {"section_id": "8"}, {"sis_user_id": "S2"}, {"submissions": []}, {"submissions": [submission("3")]},
    {"submissions": [submission("4"), submission("3")]},
], ids=str)  # fmt: skip
def test_somebody_else_or_other_work_makes_another_digest(other: dict[str, Any]) -> None:
    row = {"user_id": "1", "section_id": "7", "sis_user_id": "S1", "submissions": [submission("4")]}
    assert _digest([StudentSubmissions(**row)]) != _digest([StudentSubmissions(**{**row, **other})])
    assert _digest([StudentSubmissions(**row)]) == _digest([StudentSubmissions(**{**row, "submissions": [submission("4", 7.0)]})])


def test_a_course_whose_day_no_night_ran_on_is_read_fully_afterwards(bay: Caller, tmp_path: Path) -> None:
    nights = Nights(bay, tmp_path, every=4)
    while not is_turn(ID, nights.day, 4):
        nights.day += 1
    nights.night(0)
    nights.asked()
    nights.night(3)
    assert nights.asked() == ["students/submissions"]
    nights.night(2)
    assert nights.asked()[:3] == LISTS
    nights.client.close()


@pytest.mark.parametrize("changes", [{"made_with": "another Canvas"}, {"listing": {}}], ids=["another Canvas", "no list, or a person's own run"])
def test_without_what_they_were_kept_for_lists_are_not_used(nights: Nights, changes: dict[str, Any]) -> None:
    assert same(nights.night(**changes), nights.full())
    assert nights.asked()[:3] == LISTS
    nights.night()
    assert nights.asked()[:3] == LISTS, "what was found by a reading without a list, the night may not take back"


AFTER_THE_LIST: dict[str, tuple[Event, Event]] = {
    "unpublished": (lambda bay: edit(bay, QUIZ, published="false"), lambda bay: edit(bay, QUIZ, published="true")),
    "not synced": (lambda bay: edit(bay, QUIZ, post_to_sis="false"), lambda bay: edit(bay, QUIZ, post_to_sis="true")),
    "synced": (lambda bay: edit(bay, PAPER, post_to_sis="true"), lambda bay: edit(bay, PAPER, post_to_sis="false")),
    "another due date": (lambda bay: edit(bay, QUIZ, due_at="2026-11-10T04:59:59Z"), lambda bay: edit(bay, QUIZ, due_at="2026-11-13T04:59:59Z")),
    "other points": (lambda bay: edit(bay, QUIZ, points_possible="20"), lambda bay: edit(bay, QUIZ, points_possible="10")),
}


@pytest.mark.parametrize("event", AFTER_THE_LIST)
def test_what_changed_after_the_list_was_read_and_is_as_it_was_by_the_next_night_is_not_taken_for_the_same(
    bay: Caller, tmp_path: Path, event: str
) -> None:
    nights = Nights(bay, tmp_path)
    synced = synced_below(nights.client, "1")
    assert synced is not None
    changed, back = AFTER_THE_LIST[event]
    changed(bay)
    nights.night(listing=synced)
    back(bay)
    assert same(nights.night(), nights.full())
    nights.client.close()


def test_where_canvas_keeps_its_list_to_itself_the_course_is_read_fully(nights: Nights) -> None:
    nights.bay.admin("settings", bulk_sis_grade_export=False)
    assert synced_below(nights.client, "1") is None
    assert same(nights.night(), nights.full())
    assert nights.asked()[:3] == LISTS


def spoilt(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def of_another_version(file: Path) -> None:
    told = msgspec.json.decode(zlib.decompress(file.read_bytes()))
    file.write_bytes(zlib.compress(msgspec.json.encode({**told, "version": 99})))


def of_another_shape(file: Path) -> None:
    file.write_bytes(zlib.compress(b'{"sections": 5}'))


@pytest.mark.parametrize("harm", [Path.unlink, spoilt, of_another_version, of_another_shape], ids=lambda harm: harm.__name__)
def test_where_nothing_sound_is_kept_the_course_is_read_fully_and_kept_anew(nights: Nights, harm: Callable[[Path], None]) -> None:
    harm(nights.file)
    assert same(nights.night(), nights.full())
    assert nights.asked()[:3] == LISTS
    nights.night()
    assert nights.asked() == ["students/submissions"]


def test_where_canvas_cannot_bear_grouped_answers_the_course_is_read_fully_every_night(nights: Nights) -> None:
    nights.bay.admin("faults", "POST", kind="error", match={"path": "students/submissions", "query": "grouped"}, times=-1)
    read = nights.night()
    assert read.courses["complete"].tolist() == [True]
    assert nights.asked()[-1] == "students/submissions"
    assert not nights.file.exists(), "flat pages do not say who sits where"
    assert same(nights.night(), read)
    nights.bay.admin("faults", "DELETE")
    assert same(nights.night(), read)


def test_invariant_6_a_course_that_was_not_read_keeps_what_was_kept(nights: Nights) -> None:
    nights.bay.admin("faults", "POST", kind="error", match={"path": "students/submissions"}, times=-1)
    broken = nights.night()
    nights.bay.admin("faults", "DELETE")
    assert broken.courses["complete"].tolist() == [False]
    assert broken.submissions.empty
    nights.asked()
    assert same(nights.night(), nights.full())
    assert nights.asked()[0] == "students/submissions"


def test_a_course_in_which_nothing_is_synced_costs_nothing(nights: Nights) -> None:
    for work in (QUIZ, LAB, ESSAY, SOLO):
        edit(nights.bay, work, post_to_sis="false")
    nights.night()
    nights.asked()
    read = nights.night()
    assert nights.asked() == []
    assert same(read, nights.full())


def test_f12_what_is_kept_is_the_services_alone_and_without_scores(nights: Nights) -> None:
    assert stat.S_IMODE(nights.file.stat().st_mode) == 0o600
    assert b"score" not in zlib.decompress(nights.file.read_bytes())
    assert nights.shelf.courses() == [ID]
    assert nights.shelf.forget(lambda roster, named: str(LEFT) in {*roster, *named}) == 0
    assert nights.shelf.forget(lambda roster, _: str(CLEO) in roster) == 1
    assert not nights.file.exists()


def test_f12_a_student_whom_only_an_override_names_can_be_forgotten(nights: Nights) -> None:
    for work in (QUIZ, LAB, ESSAY, SOLO):
        edit(nights.bay, work, post_to_sis="false")
    nights.night()
    lists = nights.shelf.load_lists(ID)
    assert lists is not None
    assert lists.enrollments == []
    assert nights.shelf.forget(lambda _, named: str(AMY) in named) == 1


def test_a_list_that_canvas_is_too_slow_for_costs_no_night(nights: Nights) -> None:
    nights.bay.admin("faults", "POST", kind="error", match={"path": "/api/sis/accounts"}, times=-1)
    assert same(nights.night(), nights.full())
    assert nights.asked()[:3] == LISTS
    nights.bay.admin("faults", "DELETE")


def test_a_list_that_cannot_be_read_is_none(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (b'[{"id": 5}]', b'{"errors": []}', b"<html>"):
        monkeypatch.setattr(nights.client, "pages_ahead", lambda *_, body=body: iter([Page("somewhere", body)]))
        assert synced_below(nights.client, "1") is None
