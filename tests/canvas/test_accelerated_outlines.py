"""F-3: accelerated reading with outlines. What changed of a course's submissions comes with its lists, cleared and un-excused ones too (§4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from include.canvas.outline_query import query
from include.canvas.outlines import outlines
from tests.canvas.readings import ONE, Reader, edit, enrol, grade, same
from tests.canvas.test_accelerated import SEEN
from tests.sandbox.bay_high import AMY, BEN, BIOLOGY, CLEO, ESSAY, LAB, P1, QUIZ, SOLO, bay_high
from tests.sandbox.canvas_caller import Caller, canvas

ALL = sorted(map(str, (QUIZ, LAB, ESSAY, SOLO)))


@pytest.fixture(scope="module")
def server() -> Iterator[Caller]:
    with canvas(bay_high()) as caller:
        yield caller


@pytest.fixture
def reader(server: Caller, tmp_path: Path) -> Iterator[Reader]:
    server.admin("reset", "POST")
    grade(server, QUIZ, CLEO, posted_grade="3")
    grade(server, QUIZ, AMY, excuse="true")
    server.admin("clock", days=1)
    made = Reader(server, tmp_path, outlines=True)
    made.first()
    made.asked()
    yield made
    made.close()


def test_an_unchanged_night_asks_for_no_submissions(reader: Reader) -> None:
    again = reader.read()
    assert reader.asked() == []
    assert same(again, reader.full())
    assert len(again.submissions) > 8


@pytest.mark.parametrize("event", SEEN)
def test_what_the_lists_or_a_grade_show_is_never_late(reader: Reader, event: str) -> None:
    happens, asked = SEEN[event]
    happens(reader.bay)
    read = reader.read()
    assert reader.asked() == [(ids, False) for ids, since in asked if not since]
    assert same(read, reader.full())


UNSEEN: dict[str, Callable[[Caller], None]] = {
    "cleared": lambda bay: grade(bay, QUIZ, CLEO, posted_grade=""),
    "un-excused": lambda bay: grade(bay, QUIZ, AMY, excuse="false"),
}


@pytest.mark.parametrize("event", UNSEEN)
def test_what_graded_since_cannot_see_is_not_late_either(reader: Reader, event: str) -> None:
    before = reader.full()
    reader.asked()
    UNSEEN[event](reader.bay)
    read = reader.read()
    assert reader.asked() == []
    assert same(read, reader.full())
    assert not same(read, before)


def test_a_night_that_was_left_out_or_lost_loses_nothing(reader: Reader) -> None:
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    reader.read()  # its frames are lost with its process
    reader.bay.admin("clock", days=2)
    grade(reader.bay, LAB, BEN, posted_grade="5")
    reader.bay.admin("clock", days=2)
    assert same(reader.read(), reader.full())


def test_what_changes_while_the_outline_is_on_its_way_is_found_by_the_next_night(reader: Reader) -> None:
    """The kept time lies before the outline was asked for, so the next night looks back to there, and by its overlap further."""
    reader.read()
    kept = reader.shelf.facts(str(BIOLOGY))
    assert kept is not None
    assert kept.read_at <= reader.client.clock  # type: ignore[operator]  # it has answered
    told = outlines(reader.client, [(str(BIOLOGY), 3)], since={str(BIOLOGY): kept.read_at})[str(BIOLOGY)]
    assert told.asked_at is not None
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    assert told.changed == []
    assert same(reader.read(), reader.full())


def test_more_than_a_page_of_changes_is_asked_for_by_rest(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.sandbox.canvas.graphql._MOST", 3)
    for user in (AMY, BEN, CLEO):
        for work in (QUIZ, LAB):
            grade(reader.bay, work, user, posted_grade="4")
    read = reader.read()
    assert (ALL, True) in reader.asked()
    assert same(read, reader.full())


def test_comments_stand_in_no_outline(reader: Reader) -> None:
    reader.read(comments=True)
    assert (ALL, True) in reader.asked()


def test_a_canvas_that_knows_no_such_list_is_read_by_rest(reader: Reader) -> None:
    reader.bay.ask("/_sandbox/settings", "PUT", json={"graphql": False})
    try:
        grade(reader.bay, QUIZ, BEN, posted_grade="7")
        read = reader.read()
        assert reader.asked() == [(ALL, True)]
        assert same(read, reader.full())
    finally:
        reader.bay.ask("/_sandbox/settings", "PUT", json={"graphql": True})


def test_a_changed_row_without_a_person_has_the_course_ask_by_rest(reader: Reader) -> None:
    from include.canvas.outlines import read_outline

    page = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    row = {"assignment_id": "1", "user": None, "score": 1.0, "excused": False, "late": False, "missing": False}
    course = {"sections": page, "groups": page, "assignments": page, "changed": page | {"nodes": [row]}}
    told = read_outline(msgspec.json.encode(course))
    assert told is not None
    assert told.changed is None
    assert told.work == ([], [])
    seen = read_outline(msgspec.json.encode(course | {"changed": page | {"nodes": [row | {"user": {"id": "7"}}]}}))
    assert seen is not None
    assert [each.user_id for each in seen.changed or ()] == ["7"]


def test_a_student_who_left_is_not_in_what_changed(reader: Reader) -> None:
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    enrol(reader.bay, 2, BEN, P1, enrollment_state="deleted")
    edit(reader.bay, LAB, points_possible="12")
    assert same(reader.read(), reader.full())


@pytest.mark.parametrize("changed", [(), (False, False), (True, False), (True, True)], ids=str)
def test_a_document_declares_what_it_uses(changed: tuple[bool, ...]) -> None:
    text = query([True, False], changed)
    assert ("$since: DateTime!" in text) == ("fragment Changed" in text) == any(changed)
    assert text.count("...Changed") == sum(changed)
    assert text.count("...People") == 1
    assert len(ONE) == 1
