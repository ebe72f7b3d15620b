"""Readers of single values of a OneRoster record: each returns the value in its type, or nothing for what cannot be one (I-7)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

from include.text import clean_text

_FIRST, _LAST = date(1900, 1, 1), date(2100, 12, 31)
_LONGEST_NUMBER = 40


def identifier(value: object) -> str:
    """Return an ID without outer spaces (R-24); empty when it is not text or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean_text(value) if isinstance(value, str) else ""


def words(value: object) -> str:
    """Return text with single spaces (R-24); empty when it is not text or a number."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() and "  " not in value.strip() and value == value.strip() else _spaced(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number(value: object) -> float | None:
    """Return a finite number, also when it is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and len(value) > _LONGEST_NUMBER):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def is_true(value: object) -> bool:
    """Return whether a flag is set, as servers write it: true, "true", 1."""
    return isinstance(value, str | int) and str(value).strip().lower() in ("true", "1")


def reference(value: object) -> str:
    """Return the ID that a reference holds, in its full or its short form; empty without one."""
    return identifier(value.get("sourcedId")) if isinstance(value, dict) else ""


def table(value: object) -> dict[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def instant(value: object) -> datetime | None:
    """Return a moment in UTC; None for none, and for a day no school uses: an open end, such as 0001-01-01 or 9999-12-31."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if not _FIRST <= at.date() <= _LAST:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _spaced(text: str) -> str:
    return " ".join(clean_text(text).split())
