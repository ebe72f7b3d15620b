"""Single values of PowerSchool's JSON, whatever form they come in: numbers as text, padded IDs, far dates, lists of one (I-7)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from include.explain import shown
from include.text import clean_text

_WHOLE = re.compile(r"-?\d{1,18}(?:\.0+)?", re.ASCII)
_YEARS = range(1900, 2200)
"""What a school's calendar can hold: a day outside is a placeholder for "no day"."""


class RowError(ValueError):
    """One record that cannot be read: which field, its value, and what is allowed."""


def whole(row: Mapping[str, Any], name: str) -> int:
    """Return a number without decimals that the record must have."""
    found = maybe_whole(row, name)
    if found is None:
        raise RowError(f"{name} is missing")
    return found


def positive(row: Mapping[str, Any], name: str) -> int:
    """Return an ID that the record must have and that PowerSchool accepts in an address."""
    found = whole(row, name)
    if found < 1:
        raise RowError(f"{name} is {found}; it must be a whole number above 0")
    return found


def maybe_whole(row: Mapping[str, Any], name: str) -> int | None:
    """Return a number without decimals, None where the record has none."""
    value = row.get(name)
    text = _scalar(row, name)
    if not text:
        return None
    if isinstance(value, bool) or not _WHOLE.fullmatch(text):
        raise RowError(f"{name} is {shown(value)}; it must be a whole number")
    return int(text.partition(".")[0])


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Return cleaned text, empty where the record has none (R-24)."""
    return _scalar(row, name)


def number_of(row: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number, None where the record has none or something that is none."""
    try:
        found = float(_scalar(row, name))
    except ValueError:
        return None
    return found if math.isfinite(found) and not isinstance(row.get(name), bool) else None


def day_of(row: Mapping[str, Any], name: str) -> str | None:
    """Return a calendar day, None where there is none or one that no calendar of a school has, such as 9999-12-31."""
    text = _scalar(row, name)[:10]
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise RowError(f"{name} is {shown(row.get(name))}; it must be a date such as 2026-11-06") from error
    return found.isoformat() if found.year in _YEARS else None


def as_list(value: Any) -> list[dict[str, Any]]:
    """Return the records of a list, whatever came: PowerSchool sends a single member as an object, and nothing at all as an empty one."""
    return [one for one in entries(value) if isinstance(one, dict)]


def entries(value: Any) -> list[Any]:
    """Return the members of a list, readable or not. RowError for something that is no list and no single member."""
    if value is None or value in ({}, ""):
        return []
    if not isinstance(value, list | dict):
        raise RowError(f"a list was expected, but the value is {shown(value)}")
    return value if isinstance(value, list) else [value]


def as_flag(value: object) -> bool:
    """Return a flag: they come as true, 1, "1", or "true"."""
    return str(value).strip().lower() in ("true", "1")


def _scalar(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, list | dict):
        raise RowError(f"{name} is {shown(value)}; it must be a single value")
    return "" if value is None else clean_text(str(value))
