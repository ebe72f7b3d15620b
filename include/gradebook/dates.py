"""Instants to local calendar dates, in one place (A-17).

A due date of 23:59 on 18 September in New York is 03:59 UTC on the 19th; the SIS must show the 18th. The zone is the course's, else the
target's, else the district's; the date is taken after the conversion, so daylight-saving changes, leap days and year ends need no thought elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

FIRST_DAY, LAST_DAY = "2000-01-01", "2099-12-31"
"""The dates that a due date may have (R-22)."""

_CALENDAR = (pd.Timestamp("0001-01-03", tz="UTC"), pd.Timestamp("9999-12-29", tz="UTC"))
"""Between these every instant has a date in every time zone."""

_ORDINARY = (pd.Timestamp(FIRST_DAY, tz="UTC"), pd.Timestamp(LAST_DAY, tz="UTC"))


def local_dates(instants: pd.Series, zones: pd.Series, default_zone: str) -> pd.Series:
    """Local dates as text YYYY-MM-DD for UTC instants, each in the IANA zone of its row; null stays null.

    A zone that is missing or unknown counts as `default_zone`. Where the calendar ends (the years 1 and 9999) a date is the UTC one (R-22).
    """
    known = zones.where(zones.isin([zone for zone in zones.dropna().unique() if is_zone(zone)]), default_zone).fillna(default_zone)
    near = instants.between(_CALENDAR[0], _CALENDAR[1])
    parts = [_day_texts(rows.dt.tz_convert(zone)) for zone, rows in instants[near].groupby(known)]
    far = instants[~near].dropna()
    parts += [_far_texts(far)] if len(far) else []
    return pd.concat(parts).reindex(instants.index) if parts else pd.Series(None, index=instants.index, dtype="str")


def _far_texts(moments: pd.Series) -> pd.Series:
    """ISO dates in UTC; what lies before year 1 or after year 9999 is the first or the last day of these."""
    days = moments.dt.strftime("%Y-%m-%d").astype("str")
    outside = pd.Series("0001-01-01", index=days.index, dtype="str").mask(moments > _CALENDAR[1], "9999-12-31")
    return days.where((days.str.len() == 10) & (days >= "0001-01-01"), outside)


def _day_texts(moments: pd.Series) -> pd.Series:
    """ISO dates; each day is written out once, however many moments it has."""
    codes, days = pd.factorize(moments.dt.tz_localize(None).dt.normalize())
    return pd.Series(pd.Series(days.strftime("%Y-%m-%d"), dtype="str").array.take(codes), index=moments.index)


def is_zone(name: object) -> bool:
    """Whether this is the name of an IANA time zone."""
    try:
        ZoneInfo(str(name))
    except (ValueError, OSError, KeyError):
        return False
    return bool(name)


def local_today(now: datetime, zone: str) -> date:
    """The calendar date of this moment in this zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def earliest(first: pd.Series, second: pd.Series) -> pd.Series:
    """The earlier of two ISO dates, row by row; null counts as open."""
    return first.where(second.isna() | (first <= second), second)


def is_ordinary(instants: pd.Series) -> pd.Series:
    """Return which instants lie in the years in which a school has dates (R-22); null does not."""
    return instants.between(*_ORDINARY)


def assign_dates(days: pd.Series, due: pd.Series, first: pd.Series, last: pd.Series) -> pd.Series:
    """Return the assign dates moved to the first or last day of the section's term, and never after the due date (R-21).

    All are ISO dates. A null `first` or `last` is an open end, and so are both where they contradict each other.
    """
    sound = first.isna() | last.isna() | (first <= last)
    first, last = first.where(sound), last.where(sound)
    moved = days.where(days.isna() | first.isna() | (days >= first), first)
    moved = moved.where(moved.isna() | last.isna() | (moved <= last), last)
    return earliest(moved, due)


def day_text(day: str) -> str:
    """Return an ISO date as people write it (Nov 13, 2026); any other text unchanged."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{found:%b} {found.day}, {found.year}"


def day_after(day: str) -> str:
    """The ISO date one day later."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
