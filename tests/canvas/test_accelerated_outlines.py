"""F-3: accelerated reading with outlines. What changed of a course's submissions comes with its lists, cleared and un-excused ones too (§4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from include.canvas.accelerated import Accelerated
from include.canvas.client import CanvasClient
from include.canvas.outline_query import query
from include.canvas.outlines import outlines, read_outline
from tests.canvas.readings import Reader, edit, enrol, grade, same
from tests.canvas.test_accelerated import SEEN
from tests.canvas.test_outlines import outline_of, row
from tests.sandbox.bay_high import AMY, BEN, BIOLOGY, CLEO, ESSAY, LAB, P1, PAPER, QUIZ, SOLO, bay_high
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


def test_with_more_than_a_page_of_changes_the_course_is_read_fully(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.sandbox.canvas.graphql._MOST", 3)
    for user in (AMY, BEN, CLEO):
        for work in (QUIZ, LAB):
            grade(reader.bay, work, user, posted_grade="4")
    grade(reader.bay, QUIZ, CLEO, posted_grade="")
    read = reader.read()
    assert reader.asked() == [(ALL, False)]
    assert same(read, reader.full())
    reader.asked()
    monkeypatch.undo()
    reader.read()
    assert reader.asked() == []


@pytest.mark.parametrize("event", UNSEEN)
def test_a_night_without_graphql_leaves_what_it_cannot_see_to_the_next_one_with_it(reader: Reader, event: str) -> None:
    UNSEEN[event](reader.bay)
    reader.bay.admin("clock", days=1)
    by_rest = reader.by_rest()
    assert not same(by_rest, reader.full())
    reader.bay.admin("clock", days=1)
    assert same(reader.read(), reader.full())


def test_what_was_kept_before_it_told_how_complete_it_is_is_asked_for_by_rest_until_its_turn(reader: Reader) -> None:
    kept = reader.shelf.load(str(BIOLOGY))
    assert kept is not None
    older = msgspec.structs.replace(kept.facts, complete_at=None)
    reader.shelf.save(str(BIOLOGY), replace(kept, facts=older))
    reader.read()
    assert reader.asked() == [(ALL, True)]


def test_changes_since_a_later_moment_than_the_kept_rows_are_not_laid_over_them(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when another run has put an older reading into its place between the two."""
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    reader.bay.admin("clock", days=2)
    later = reader.client.clock
    assert later is not None
    monkeypatch.setattr(Accelerated, "since", lambda *_: later + timedelta(days=1))
    read = reader.read()
    assert reader.asked() == [(ALL, False)]
    assert same(read, reader.full())


def test_before_canvas_has_told_its_time_nothing_is_asked_that_depends_on_it(reader: Reader) -> None:
    with closing(CanvasClient(reader.client.connection, workers=2)) as fresh:
        since = {str(BIOLOGY): datetime(2026, 11, 1, tzinfo=UTC)}
        early = outlines(fresh, [(str(BIOLOGY), 3)], since=since)[str(BIOLOGY)]
        assert (early.since, early.changed, early.asked_at) == (None, None, None)
        told = outlines(fresh, [(str(BIOLOGY), 3)], since=since)[str(BIOLOGY)]
        assert told.since == since[str(BIOLOGY)]
        assert told.changed


def test_whoever_may_see_no_scores_is_not_told_that_nothing_changed() -> None:
    page = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    for seen, found in ((None, None), (False, None), (True, [])):
        rights = None if seen is None else {"viewAllGrades": seen, "manageGrades": False}
        told = read_outline(outline_of(row(), submissionsConnection=page, permissions=rights))
        assert told is not None
        assert told.changed == found


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


def test_a_changed_row_without_a_person_has_the_course_read_fully() -> None:
    one = {
        "assignmentId": "1",
        "score": 1.0,
        "excused": False,
        "late": False,
        "missing": False,
        "gradedAt": None,
        "postedAt": None,
        "state": "graded",
    }
    for user, users in ((None, None), ({"_id": "7"}, ["7"])):
        page = {"nodes": [one | {"user": user}], "pageInfo": {"hasNextPage": False}}
        told = read_outline(outline_of(row(), submissionsConnection=page, permissions={"viewAllGrades": True, "manageGrades": None}))
        assert told is not None
        assert told.work is not None
        assert (told.changed and [each.user_id for each in told.changed]) == users


def test_a_student_who_left_and_work_that_is_not_synced_are_not_in_what_changed(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.sandbox.canvas.graphql.stands", lambda *_: True)  # a Canvas that shows them all the same
    grade(reader.bay, PAPER, AMY, posted_grade="1")
    grade(reader.bay, QUIZ, BEN, posted_grade="7")
    enrol(reader.bay, 2, BEN, P1, enrollment_state="deleted")
    edit(reader.bay, LAB, points_possible="12")
    assert same(reader.read(), reader.full())


@pytest.mark.parametrize("changed", [(), (False, False), (True, False), (True, True)], ids=str)
def test_a_document_declares_what_it_uses(changed: tuple[bool, ...]) -> None:
    text = query([True, False], changed)
    assert ("fragment Changed" in text) == any(changed)
    assert text.count("...Changed") == text.count(": DateTime!") == sum(changed)
    assert text.count("...People") == 1
