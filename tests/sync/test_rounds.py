"""What got no answer is looked up and sent within the same run: it ends green, with the same rows, and nothing twice (F-4)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from include.sync.sending import ROUNDS
from tests.sync.by_hand import plan, send
from tests.sync.ways import Way, calm, course_of, is_quiet, place, way
from tests.town import Town

__all__ = ["calm", "place", "way"]

pytestmark = pytest.mark.slow

ITEMS = r"lineItems$|section/assignment/?$"
CREATES = rf"{ITEMS}|/results$"
FAULTS: dict[str, dict[str, Any]] = {
    "503": {"kind": "error", "status": 503},
    "cut": {"kind": "cut"},
    "answer lost": {"kind": "lost"},
}


def disturb(place: Town, target: str, path: str, **fault: Any) -> None:
    for method in ("PUT", "POST"):
        place.admin(target, "faults", "POST", json={"match": {"method": method, "path": path}, **fault})


def asked(place: Town, target: str, methods: str, path: str) -> list[str]:
    rows = [row for row in place.admin(target, "log") if "token" not in row["path"]]
    return [row["path"] for row in rows if row["method"] in methods.split() and re.search(path, row["path"])]


@pytest.mark.parametrize("fault", list(FAULTS))
def test_f4_creates_without_an_answer_are_settled_by_the_run_that_sent_them(place: Town, way: Way, calm: Any, fault: str) -> None:
    run = plan(place, way.target, **course_of(way.target))
    for after in (0, 3):
        disturb(place, way.target, CREATES, after=after, **FAULTS[fault])
    place.forget_log()
    told = send(place, run)
    assert asked(place, way.target, "GET", CREATES), "what got no answer is looked up"
    assert told.summary["failures"] == []
    assert not {"unknown"} & {status for name in ("assignments_sync", "grades_log") for status in told.table(name)["status"]}
    place.admin(way.target, "faults", "DELETE")
    place.night(way.target, **course_of(way.target))  # what was sent anew is looked at once more
    is_quiet(place, way.target, calm)


def test_f4_a_sis_that_never_answers_creates_is_asked_a_few_times_and_left_to_the_next_night(place: Town, way: Way, calm: Any) -> None:
    run = plan(place, way.target, **course_of(way.target))
    disturb(place, way.target, ITEMS, kind="error", status=500, times=-1)
    place.forget_log()
    told = send(place, run)
    unknown = len(told.table("assignments_sync").query("status == 'unknown'"))
    if way.extra.get("batch"):  # a batch that always fails is looked up, and its rows are sent one by one, which this SIS takes (I-7)
        assert unknown == 0
    else:
        assert any(f"{unknown} items are unconfirmed because the SIS returned no usable response" in line for line in told.summary["failures"])
    assert unknown < len(asked(place, way.target, "PUT POST", ITEMS)) <= ROUNDS * unknown or way.extra.get("batch")
    place.admin(way.target, "faults", "DELETE")
    for _ in range(2):
        place.night(way.target, **course_of(way.target))
    is_quiet(place, way.target, calm)
