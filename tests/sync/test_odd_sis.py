"""A whole nightly run against a SIS in which single records are odd (I-7, R-24)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.sandbox.generate import Size
from include.sync.differing import compare_details
from tests.sync.reconciler import look
from tests.town import Town, town

SIZE = Size(courses=2, sections=2, students=4, assignments=3)


@pytest.fixture(params=["genesis", "infinite_campus"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Town, str]]:
    with town(tmp_path, SIZE, targets=(request.param,)) as made:
        yield made, request.param


def odd(place: Town, target: str, **wanted: Any) -> None:
    place.admin(target, "oddities", "PUT", json=wanted)


def test_i7_days_at_the_end_of_time_and_nul_in_titles_cost_nothing(place: tuple[Town, str]) -> None:
    made, target = place
    never = {"endDate": "9999-12-31T23:59:59-05:00", "startDate": "0001-01-01"}
    changes = [{"collection": "academicSessions", "set": never}, {"collection": "lineItems", "set": {"dueDate": "0001-01-01T00:00:00+01:00"}}]
    odd(made, target, changes=[*changes, {"collection": "classes", "set": {"title": "Bio\u0000logy"}}])
    first = made.night(target)
    assert first.sent > 0
    assert "SIS-UNREADABLE" not in set(first.table("messages")["type"])


def test_i7_one_class_that_always_fails_is_reported_with_the_words_of_the_sis(place: tuple[Town, str]) -> None:
    made, target = place
    sections = sorted(made.holds(target))
    for status, section in ((403, sections[0]), (422, sections[1])):
        fault = {"kind": "refuse", "status": status, "times": -1, "body": {"title": "Sealed"}, "match": {"method": "GET", "path": f"/{section}/"}}
        made.admin(target, "faults", "POST", json=fault)
    result = made.night(target)
    messages = result.table("messages")
    told = messages[messages["type"] == "SIS-UNREADABLE"]
    assert set(told["sis_section_id"].dropna()) <= set(sections[:2])
    assert told["message"].str.contains("Sealed").all()
    assert result.sent > 0


def test_i7_a_student_without_an_id_is_reported_and_the_others_are_sent(place: tuple[Town, str]) -> None:
    made, target = place
    held = next(told for _, told in sorted(made.holds(target).items()) if told["students"])
    odd(made, target, changes=[{"collection": "users", "id": held["students"][0], "without": ["sourcedId"]}])
    result = made.night(target)
    kinds = set(result.table("messages")["type"])
    assert "SIS-ROWS-UNREADABLE" in kinds
    assert result.sent > 0


def test_r24_padded_ids_are_the_same_ids_by_night_and_in_reconcile(place: tuple[Town, str]) -> None:
    made, target = place
    odd(made, target, padded_ids=3)
    result = made.night(target)
    told = result.table("messages")
    assert result.sent > 10 * told["type"].eq("GP-STUDENT-UNKNOWN").sum(), "only students whom the generated district left out of a class are unknown"
    assert set(look(made, result)["verdict"]) & {"edited", "missing", "orphan"} == set()


@pytest.mark.parametrize(("name", "is_same"), [("Lab and notes", True), (" Lab\u00a0and  notes ", True), ("Lab and note", False)])
def test_r24_names_that_differ_in_spaces_only_are_the_same(name: str, is_same: bool) -> None:
    want, have = (
        pd.DataFrame({"name": [one], "points_possible": [1.0], "due_date": [None], "category_id": [None]}) for one in ("Lab  and notes", name)
    )
    assert list(compare_details(want, have)["name"]) == [not is_same]
