"""A run stands still inside a request until another has done its work, then the request goes out: no twin stays, nothing older stands (A-22, F-4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3.connection

from include.sis.powerschool import service
from include.sync import doubts, stages
from include.sync.run import Run
from tests.sync.books import book
from tests.sync.by_hand import forget_leases, leased, plan
from tests.sync.ways import Way, calm, course_of, doubted, is_quiet, night, ordinary, place, place_of, way
from tests.town import Town

__all__ = ["calm", "place", "way"]

pytestmark = pytest.mark.slow

WRITES = {"assignment": r"lineItems(\?|$)|section/assignment", "score": r"results"}


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """The first write to such a place is about to leave, all is checked; the process stands still while something else happens, then it leaves."""
    send = urllib3.connection.HTTPConnection.request

    def arrange(pattern: str, meanwhile: Callable[[], object]) -> None:
        left = [meanwhile]

        def request(self: Any, method: str, url: str, *args: Any, **options: Any) -> None:
            if left and method in ("PUT", "POST") and re.search(pattern, url.partition("?")[0]):
                with pytest.MonkeyPatch.context() as elsewhere:
                    elsewhere.setattr(service, "_GATES", {})  # another process has a queue of its own
                    left.pop()()
            send(self, method, url, *args, **options)

        monkeypatch.setattr(urllib3.connection.HTTPConnection, "request", request)

    return arrange


def another_night(place: Town, target: str) -> Callable[[], None]:
    """The lease has run out, and another run does all the work."""

    def work() -> None:
        forget_leases(place)
        assert night(place, target).summary["failures"] == []

    return work


def load(place: Town, run: Run) -> dict[str, int]:
    (batch,) = run.batches()
    return stages.load(run, batch, place.client(run.target))


@pytest.mark.parametrize("kind", list(WRITES))
def test_a22_what_a_run_creates_too_late_it_deletes_itself(place: Town, way: Way, calm: Any, asleep: Any, kind: str) -> None:
    run = plan(place, way.target, **course_of(way.target))
    asleep(WRITES[kind] if way.target != "powerschool" or kind == "assignment" else "xte/score", another_night(place, way.target))
    load(place, run)
    assert book(place, way.target) == calm
    assert leased(place) == {}
    night(place, way.target)  # sends once more what could stand there in an older form
    is_quiet(place, way.target, calm)


@pytest.mark.parametrize("kind", list(WRITES))
def test_a22_killed_with_the_late_answer_in_its_hands_the_next_run_finds_the_twin(
    place: Town, way: Way, calm: Any, asleep: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    run, noting = plan(place, way.target, **course_of(way.target)), doubts.note

    def killed(*told: Any) -> None:
        if len(told) > 4:
            raise KeyboardInterrupt
        noting(*told)

    asleep(WRITES[kind] if way.target != "powerschool" or kind == "assignment" else "xte/score", another_night(place, way.target))
    monkeypatch.setattr(doubts, "note", killed)
    with pytest.raises(KeyboardInterrupt):
        load(place, run)
    monkeypatch.setattr(doubts, "note", noting)
    forget_leases(place)
    night(place, way.target)
    is_quiet(place, way.target, calm)


def test_a22_while_another_run_has_the_course_the_twin_waits_for_the_next_one(place: Town, way: Way, calm: Any, asleep: Any) -> None:
    run = plan(place, way.target, **course_of(way.target))
    other = place.run(way.target, **course_of(way.target))

    def meanwhile() -> None:
        """All but the end of another run, which keeps its lease."""
        forget_leases(place)
        for batch in stages.choose(other, place.canvas()):
            stages.extract(other, batch, place.canvas())
            stages.filter_rows(other, batch)
            stages.transform(other, batch, place.client(way.target))
            stages.validate(other, batch)
            stages.load(other, batch, place.client(way.target))

    asleep(WRITES["assignment"], meanwhile)
    load(place, run)
    assert book(place, way.target) != calm
    assert doubted(place) > 0
    forget_leases(place)
    told = night(place, way.target)
    assert "GP-TWIN-DELETED" in set(told.table("messages")["type"])
    is_quiet(place, way.target, calm)


def test_a22_a_twin_that_may_not_be_deleted_is_told_until_it_is_gone(place: Town, way: Way, calm: Any, asleep: Any) -> None:
    allowed = place.extras[way.target]
    place.extras[way.target] = {**allowed, "delete_support": False} if "delete_support" in allowed else {}
    run = plan(place, way.target, **course_of(way.target))
    asleep(WRITES["assignment"], another_night(place, way.target))
    load(place, run)
    for _ in range(2):
        told = night(place, way.target)
        assert "GP-TWIN-STANDS" in set(told.table("messages")["type"])
        assert book(place, way.target) != calm
    place.extras[way.target] = allowed
    night(place, way.target)
    is_quiet(place, way.target, calm)


def test_a22_under_our_own_id_something_older_is_written_over_by_the_next_run(tmp_path: Path, asleep: Any) -> None:
    """A score changed between the two plans, and the first run sends what it was."""
    with place_of(tmp_path, Way("synergy", {"workers": 1})) as place:
        run = plan(place, "synergy", **course_of("synergy"))

        def meanwhile() -> None:
            (course,) = course_of("synergy")["courses"]
            scored = [list(key) for key, row in ordinary("synergy").submissions.items() if row["score"] is not None]
            place.admin(
                "canvas", "change", "POST", json=[{"do": "submissions", "course": int(course), "key": key, "set": {"score": 1.25}} for key in scored]
            )
            another_night(place, "synergy")()

        asleep(r"results", meanwhile)
        load(place, run)
        assert doubted(place) > 0
        older = place.holds("synergy")
        night(place, "synergy")
        stands = place.holds("synergy")
        assert stands != older
        assert doubted(place) == 0
        place.night("synergy", **{**course_of("synergy"), "mode": "remaster"})
        assert place.holds("synergy") == stands
