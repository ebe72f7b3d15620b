"""Instants to local calendar dates, in one place (A-17).

A due date of 23:59 on 18 September in New York is 03:59 UTC on the 19th; the SIS must show the 18th. The zone is the course's, else the
target's, else the district's; the date is taken after the conversion, so daylight-saving changes, leap days and year ends need no thought elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd


def local_dates(instants: pd.Series, zones: pd.Series, default_zone: str) -> pd.Series:
    """Local dates as text YYYY-MM-DD for UTC instants, each in the IANA zone of its row; null stays null.

    A zone that is missing or unknown counts as `default_zone`.
    """
    known = zones.where(zones.isin([zone for zone in zones.dropna().unique() if is_zone(zone)]), default_zone).fillna(default_zone)
    parts = [_day_texts(rows.dt.tz_convert(zone)) for zone, rows in instants.dropna().groupby(known)]
    return pd.concat(parts).reindex(instants.index) if parts else pd.Series(None, index=instants.index, dtype="str")


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


def day_after(day: str) -> str:
    """The ISO date one day later."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
