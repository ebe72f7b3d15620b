"""A-17: the due date keeps its local calendar date, whatever the zone, the time of day and the season."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.district import load_district
from include.gradebook.dates import earliest, local_dates, local_today
from include.gradebook.filtering import filter_rows
from include.sync import state
from include.sync.run import Run
from tests.classroom import NOW, Classroom

ZONES = ("America/New_York", "America/Denver", "America/Phoenix", "America/St_Johns", "Pacific/Honolulu", "Pacific/Auckland", "Asia/Kolkata", "UTC")
NIGHTS = (time(23, 59, 59), time(23, 59), time(0, 0, 1), time(0, 1), time(12), time(15), time(19, 30), time(20, 30))


def shown(instant: datetime, zone: str | None, district: str = "America/New_York") -> str:
    """The date that a SIS shows for an instant."""
    dates = local_dates(pd.Series([instant.astimezone(UTC)]).astype("datetime64[us, UTC]"), pd.Series([zone], dtype="str"), district)
    return str(dates.iloc[0])


@pytest.mark.parametrize(
    ("due_at", "day"),
    [
        ("2025-09-19T03:59:00Z", "2025-09-18"),  # 18 Sep 23:59 EDT: the documents tell of systems that show the 19th
        ("2025-09-18T19:00:00Z", "2025-09-18"),  # 15:00
        ("2025-09-19T00:00:00Z", "2025-09-18"),  # 20:00 EDT, where the naive date turns over
        ("2025-12-19T04:59:59Z", "2025-12-18"),  # EST
        ("2026-03-08T04:59:59Z", "2026-03-07"),  # the night in which clocks go forward
        ("2026-03-09T03:59:59Z", "2026-03-08"),  # its end, an hour earlier in UTC
        ("2026-11-01T03:59:59Z", "2026-10-31"),  # the night in which clocks go back
        ("2026-11-02T04:59:59Z", "2026-11-01"),
        ("2026-11-01T05:30:00Z", "2026-11-01"),  # 01:30 for the first time
        ("2026-11-01T06:30:00Z", "2026-11-01"),  # 01:30 for the second time
        ("2027-01-01T04:59:59Z", "2026-12-31"),  # New Year's Eve
        ("2028-03-01T04:59:59Z", "2028-02-29"),  # leap day
        ("2027-03-01T04:59:59Z", "2027-02-28"),
    ],
)
def test_a17_due_in_new_york(due_at: str, day: str) -> None:
    place = Classroom()
    place.add(due_at=due_at)
    assert list(place.filtered().copies["due_date"]) == [day]


@pytest.mark.parametrize(
    ("course_zone", "day"),
    [
        ("America/New_York", "2026-11-09"), ("America/Los_Angeles", "2026-11-09"), ("Europe/Berlin", "2026-11-10"),
        ("Pacific/Auckland", "2026-11-10"),
        (None, "2026-11-09"), ("", "2026-11-09"), ("Eastern Time (US & Canada)", "2026-11-09"), ("../etc", "2026-11-09"),
    ],
)  # fmt: skip
def test_a17_the_courses_zone_counts_and_else_the_districts(course_zone: str | None, day: str) -> None:
    place = Classroom(course={"time_zone": course_zone})
    place.add()  # 9 Nov 23:59:59 in New York
    assert list(place.filtered().copies["due_date"]) == [day]


@pytest.mark.parametrize(
    ("target_zone", "course_zone", "day", "today"),
    [
        (None, None, "2026-11-09", "2026-11-13"),
        ("Asia/Tokyo", None, "2026-11-10", "2026-11-14"),
        ("Asia/Tokyo", "America/New_York", "2026-11-09", "2026-11-14"),
    ],
)
def test_a17_a_targets_own_zone_comes_before_the_districts(
    tmp_path: Path, target_zone: str | None, course_zone: str | None, day: str, today: str
) -> None:
    zone = f", time_zone: {target_zone}" if target_zone else ""
    (tmp_path / "district.yaml").write_text(
        "{time_zone: America/New_York, canvas: {connection: c}, artifacts: a, state: 'sqlite:///s.db', "
        f"targets: {{genesis: {{sis: genesis, connection: g, canvas_account: '1'{zone}}}}}}}"
    )
    district = load_district(tmp_path / "district.yaml")
    state.upgrade(district.state)
    run = Run(district, "genesis", "r", "nightly", "test", NOW)
    place = Classroom(course={"time_zone": course_zone})
    place.add()  # 9 Nov 23:59:59 in New York
    assert list(filter_rows(place.canvas(), run.policy()).copies["due_date"]) == [day]
    assert run.today == today


def test_a17_two_courses_of_one_run_each_keep_their_own_zone() -> None:
    instants = pd.Series(pd.to_datetime(["2026-11-10T04:59:59Z"] * 3)).astype("datetime64[us, UTC]")
    zones = pd.Series(["America/New_York", "Europe/Berlin", None], dtype="str")
    assert list(local_dates(instants, zones, "America/Los_Angeles")) == ["2026-11-09", "2026-11-10", "2026-11-09"]


def test_a17_each_section_has_its_own_local_date() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    place.override(place.add(), "section", "2", due_at="2026-11-02T04:59:59Z")
    copies = place.filtered().copies
    assert dict(zip(copies["sis_section_id"], copies["due_date"], strict=True)) == {"S1": "2026-11-09", "S2": "2026-11-01"}


def test_a17_a_score_carries_the_local_day_on_which_it_was_graded() -> None:
    place = Classroom()
    place.add(scores={"score": 8.0, "graded_at": "2026-11-12T04:30:00Z"})
    assert set(place.filtered().scores["scored_on"]) == {"2026-11-11"}


def test_a17_the_assign_date_is_local_too_and_never_after_the_due_date() -> None:
    place = Classroom()
    place.add(unlock_at="2026-11-02T03:59:59Z")
    place.add("Late unlock", unlock_at="2026-12-24T12:00:00Z")
    place.add("Never locked", created_at="2026-10-01T02:00:00Z")
    assert list(place.filtered().copies["assign_date"]) == ["2026-11-01", "2026-11-09", "2026-09-30"]


@given(day=st.dates(min_value=date(2000, 1, 1), max_value=date(2037, 12, 31)), at=st.sampled_from(NIGHTS), zone=st.sampled_from(ZONES))
def test_a17_any_day_in_any_zone_at_any_time_stays_that_day(day: date, at: time, zone: str) -> None:
    assert shown(datetime.combine(day, at, ZoneInfo(zone)), zone) == day.isoformat()


def test_a17_no_due_date_stays_none_and_the_day_of_a_run_is_local() -> None:
    dates = local_dates(pd.Series([pd.NaT], dtype="datetime64[us, UTC]"), pd.Series(["America/New_York"], dtype="str"), "UTC")
    assert dates.isna().all()
    assert local_today(datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "America/New_York") == date(2026, 12, 31)
    first, second = pd.Series(["2026-11-09", None], dtype="str"), pd.Series([None, "2026-11-09"], dtype="str")
    assert list(earliest(first, second).fillna("-")) == ["2026-11-09", "2026-11-09"]
