"""R-21 and R-22: assign dates stay inside the term and never after the due date; impossible due dates cost only their own assignment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.courses import Selection
from include.gradebook.dates import assign_dates, local_dates
from include.gradebook.schemas import ASSIGNMENTS
from include.sis.registry import SIS
from tests.classroom import NOW, TERM, Classroom

EVERY = sorted(SIS)
FAR = ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "1999-12-30T12:00:00Z",
       "2100-01-01T12:00:00Z", "1970-01-01T00:00:00Z"]  # fmt: skip
ZONES = ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", None]


def assigned(place: Classroom) -> list[Any]:
    """The assign dates of what is created."""
    rows = place.night().plan.assignments
    return list(rows.loc[rows["action"] == "create", "assign_date"])


@pytest.mark.parametrize(
    ("columns", "day"),
    [
        ({"created_at": "2026-08-01T12:00:00Z"}, "2026-08-24"),  # before the term: its first day
        ({"created_at": "2026-11-01T12:00:00Z"}, "2026-11-01"),
        ({"created_at": "2026-08-01T12:00:00Z", "unlock_at": "2026-10-02T03:00:00Z"}, "2026-10-01"),
        ({"unlock_at": "2026-08-01T12:00:00Z"}, "2026-08-24"),
        ({"unlock_at": "2026-12-24T12:00:00Z"}, "2026-11-09"),  # never after the due date
        ({"created_at": None}, "2026-11-09"),
        ({"unlock_at": "0001-01-01T00:00:00Z"}, "2026-11-01"),  # an impossible date is none
        ({"unlock_at": "9999-12-31T23:59:59Z", "created_at": "0001-01-01T00:00:00Z"}, "2026-11-09"),
    ],
)
@pytest.mark.parametrize("sis_name", EVERY)
def test_r21_the_assign_date_stays_inside_the_term(sis_name: str, columns: dict[str, Any], day: str) -> None:
    place = Classroom(rules=SIS[sis_name].rules)
    place.add(**columns)
    assert assigned(place) == [day]


@pytest.mark.parametrize(("created", "day"), [("2027-02-01T12:00:00Z", "2027-01-22"), (None, "2026-11-13"), ("2026-01-01T12:00:00Z", "2026-08-24")])
def test_r21_without_a_due_date_it_stays_inside_the_term(created: str | None, day: str) -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    place.add(due_at=None, created_at=created)
    assert assigned(place) == [day]


@pytest.mark.parametrize(
    ("term", "day"),
    [
        ((None, None), "2026-11-01"),
        (("2026-11-05", None), "2026-11-05"),
        ((None, "2026-10-05"), "2026-10-05"),
        (("2027-01-01", "2026-01-01"), "2026-11-01"),
    ],
)
def test_r21_an_open_end_limits_nothing_and_a_term_that_ends_before_it_begins_is_none(term: tuple[str | None, str | None], day: str) -> None:
    place = Classroom(rules=SIS["genesis"].rules, term=term)
    place.add()
    assert assigned(place) == [day]


def test_r21_the_unlock_date_of_what_is_not_for_everyone_does_not_count() -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    quiz = place.add(only_visible_to_overrides=True, unlock_at="2026-10-01T12:00:00Z")
    place.override(quiz, "section", "1", due_at="2026-11-20T12:00:00Z")
    assert assigned(place) == ["2026-11-01"]


@pytest.mark.parametrize("sis_name", EVERY)
def test_r21_r16_an_unchanged_night_after_a_moved_assign_date_writes_nothing(sis_name: str) -> None:
    place = Classroom(rules=SIS[sis_name].rules)
    quiz = place.add(created_at="2026-08-01T12:00:00Z")
    place.accept(place.night())
    unchanged = place.night()
    assert (unchanged.writes(), unchanged.sections_read) == (0, ())
    place.term = ("2026-09-01", TERM[1])  # the SIS moves its term: no reason to write either
    assert (place.night().writes(), place.night().sections_read) == (0, ())
    place.score(quiz, "u1", 9.0)
    night = place.night()
    assert set(night.plan.assignments["action"]) == {"none"}
    place.selection = Selection(now=NOW, mode="remaster")
    assert list(place.night().plan.assignments["assign_date"]) == ["2026-09-01"]


DAYS = st.one_of(st.none(), st.dates().map(lambda day: day.isoformat()))


@given(day=DAYS, due=DAYS, first=DAYS, last=DAYS)
def test_r21_never_after_the_due_date_and_never_outside_a_term_that_holds_the_due_date(
    day: str | None, due: str | None, first: str | None, last: str | None
) -> None:
    moved = assign_dates(*(pd.Series([one], dtype="str") for one in (day, due, first, last))).iloc[0]
    if day is None:
        return
    assert due is None or moved <= due
    sound = first is None or last is None or first <= last
    if sound and (due is None or first is None or first <= due):
        assert first is None or moved >= first
        assert last is None or moved <= last


@pytest.mark.parametrize("due_at", FAR)
@pytest.mark.parametrize("zone", ZONES)
def test_r22_a_due_date_outside_the_century_is_withheld_whatever_the_zone(due_at: str, zone: str | None) -> None:
    place = Classroom(course={"time_zone": zone})
    place.add("Far", due_at=due_at)
    place.add("Near")
    filtered = place.filtered()
    rows = filtered.withheld[filtered.withheld["kind"] == "assignment"]
    assert (list(filtered.copies["name"]), list(rows["reason_code"])) == (["Near"], ["GP-DUE-RANGE"])
    assert rows["value"].item()[:4] in {due_at[:4], "1969"}


@pytest.mark.parametrize("sis_name", EVERY)
@pytest.mark.parametrize("due_at", FAR[:3])
def test_r22_a_due_date_outside_the_century_costs_only_its_assignment_and_is_named(sis_name: str, due_at: str) -> None:
    place = Classroom(rules=SIS[sis_name].rules)
    place.add("Far", due_at=due_at)
    place.add("Near")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Near")], ["GP-DUE-RANGE"])
    assert night.told("GP-DUE-RANGE") == f"The due date is {due_at[:10]}; the SIS accepts dates from 2000-01-01 to 2099-12-31."


@pytest.mark.parametrize(("due_at", "day"), [("2000-01-01T12:00:00Z", "2000-01-01"), ("2100-01-01T04:59:59Z", "2099-12-31")])
def test_r22_both_ends_are_allowed(due_at: str, day: str) -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    place.add(due_at=due_at)
    assert list(place.filtered().copies["due_date"]) == [day]


def test_r22_a_sections_own_far_date_costs_only_that_section() -> None:
    place = Classroom(rules=SIS["genesis"].rules, sections={"1": ["u1"], "2": ["u2"]})
    place.override(place.add(), "section", "2", due_at="0001-01-01T00:00:00Z")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Quiz")], ["GP-DUE-RANGE"])


def test_r22_what_was_sent_before_stays_and_is_not_called_removed() -> None:
    place = Classroom()
    place.add()
    place.accept(place.night())
    place.assignments[0]["due_at"] = "0001-01-01T00:00:00Z"
    night = place.night()
    assert (night.writes(), night.why(), night.notes()) == (0, ["GP-DUE-RANGE"], [])


@pytest.mark.parametrize("graded_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", None])
def test_r22_a_score_graded_at_an_impossible_time_is_dated_today(graded_at: str | None) -> None:
    place = Classroom()
    place.add(scores={"score": 8.0, "graded_at": graded_at})
    assert set(place.filtered().scores["scored_on"]) == {"2026-11-13"}


@given(
    microseconds=st.lists(st.integers(-62_135_700_000_000_000, 253_402_400_000_000_000), min_size=1, max_size=4),
    zones=st.lists(st.sampled_from(ZONES), min_size=4, max_size=4),
)
def test_r22_no_instant_in_any_zone_is_too_far_for_a_local_date(microseconds: list[int], zones: list[str | None]) -> None:
    """The range reaches a day past both ends of Python's calendar: an offset can lead there."""
    instants = pd.Series(microseconds, dtype="int64").astype("datetime64[us]").dt.tz_localize("UTC")
    days = local_dates(instants, pd.Series(zones[: len(instants)], dtype="str"), "Asia/Kolkata")
    assert days.str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    for day, instant in zip(days, microseconds, strict=True):
        held = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
        assert abs(held * 1_000_000 - instant) < 3 * 86_400_000_000


def test_r22_far_dates_pass_through_the_frames() -> None:
    frame = ASSIGNMENTS.of([{"canvas_course_id": "1", "canvas_assignment_id": str(n), "due_at": due} for n, due in enumerate(FAR)])
    assert frame["due_at"].notna().all()
    assert ASSIGNMENTS.check(frame) is frame
