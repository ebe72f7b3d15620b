"""The OneRoster records that this product reads, for 1.1 and 1.2: one table per record says what is required and what may be missing (I-7).

A record without what is required is unreadable, and counts as such; any other field that is missing, null, or of a wrong kind is taken as absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from include.sis.oneroster import fields

Row = Mapping[str, Any]
Record = TypeVar("Record")


class Category(msgspec.Struct, frozen=True):
    """A category; `class_id` is empty for one that every class has (1.1: a convention in its metadata)."""

    sourced_id: str  # required
    title: str  # required
    state: str = "active"  # active, hidden, deleted
    class_id: str = ""


class LineItem(msgspec.Struct, frozen=True):
    """A line item. Without a title it still holds its place under its ID."""

    sourced_id: str  # required
    title: str = ""
    due_date: str = ""
    points_possible: float | None = None
    category: str = ""
    is_active: bool = True
    metadata: dict[str, Any] = {}


class Result(msgspec.Struct, frozen=True):
    """A result. One whose number cannot be read has none."""

    sourced_id: str  # required
    line_item: str  # required
    student: str  # required
    score: float | None = None
    status: str = ""
    missing: bool = False
    late: bool = False
    is_active: bool = True
    modified: str = ""
    metadata: dict[str, Any] = {}


class Student(msgspec.Struct, frozen=True):
    """A user in the role of a student: its ID alone is read (F-12)."""

    sourced_id: str  # required
    is_active: bool = True


class Session(msgspec.Struct, frozen=True):
    """An academic session or grading period; a day that is missing or at the end of time is an open end."""

    sourced_id: str = ""
    start: datetime | None = None
    end: datetime | None = None


class Class(msgspec.Struct, frozen=True):
    """A class, read by its ID: nothing in it is required."""

    title: str = ""
    school: str = ""
    terms: tuple[str, ...] = ()
    is_active: bool = True


_HIDDEN = ("hidden", "ishidden")


def category(row: Row) -> Category | None:
    """Return the category; None when its ID or title cannot be read."""
    sourced_id, title = fields.identifier(row.get("sourcedId")), fields.words(row.get("title"))
    class_id = fields.identifier(metadata(row).get("classId"))
    return Category(sourced_id, title, _category_state(row), class_id) if sourced_id and title else None


def line_item(row: Row) -> LineItem | None:
    """Return the line item; None when its ID cannot be read."""
    sourced_id = fields.identifier(row.get("sourcedId"))
    if not sourced_id:
        return None
    due, points = row.get("dueDate"), fields.number(row.get("resultValueMax"))
    return LineItem(
        sourced_id,
        fields.words(row.get("title")),
        due if isinstance(due, str) else "",
        points,
        fields.reference(row.get("category")),
        active(row),
        metadata(row),
    )


def result(row: Row) -> Result | None:
    """Return the result; None when its ID, its line item, or its student cannot be read."""
    sourced_id, item, person = fields.identifier(row.get("sourcedId")), fields.reference(row.get("lineItem")), fields.reference(row.get("student"))
    if not (sourced_id and item and person):
        return None
    more, status, modified = metadata(row), row.get("scoreStatus"), row.get("dateLastModified")
    return Result(
        sourced_id,
        item,
        person,
        score=fields.number(row.get("score")),
        status=status.strip().lower() if isinstance(status, str) else "",
        missing=fields.is_true(row.get("missing", more.get("missing"))),
        late=fields.is_true(row.get("late", more.get("late"))),
        is_active=active(row),
        modified=modified if isinstance(modified, str) else "",
        metadata=more,
    )


def student(row: Row) -> Student | None:
    """Return the student; None when the ID cannot be read."""
    sourced_id = fields.identifier(row.get("sourcedId"))
    return Student(sourced_id, active(row)) if sourced_id else None


def session(row: Row) -> Session:
    """Return the academic session or grading period."""
    return Session(fields.identifier(row.get("sourcedId")), fields.instant(row.get("startDate")), fields.instant(row.get("endDate")))


def class_(row: Row) -> Class:
    """Return the class."""
    terms = row.get("terms")
    ids = [fields.reference(one) for one in terms] if isinstance(terms, list) else []
    return Class(fields.words(row.get("title")), fields.reference(row.get("school")), tuple(dict.fromkeys(one for one in ids if one)), active(row))


def readable(rows: Iterable[object], read: Callable[[Row], Record | None]) -> tuple[list[Record], int]:
    """Return (the records, how many rows cannot be read)."""
    found = [read(row) if isinstance(row, dict) else None for row in rows]
    kept = [one for one in found if one is not None]
    return kept, len(found) - len(kept)


def keyed(rows: Sequence[object]) -> dict[str, Any]:
    """Return rows by their ID, and rows without one by their content, so that none of them is lost or hides another."""
    found: dict[str, Any] = {}
    for place, row in enumerate(rows):
        sourced_id = fields.identifier(row.get("sourcedId")) if isinstance(row, dict) else ""
        found[sourced_id or f"\0{place}{json.dumps(row, sort_keys=True)}"] = row
    return found


def active(row: Row) -> bool:
    """Return whether a record is in use: its status is active, or it has none; anything else counts as deleted (§4)."""
    status = row.get("status")
    return status is None or (isinstance(status, str) and status.strip().lower() in ("active", ""))


def metadata(row: Row) -> dict[str, Any]:
    """Return a record's extensions; an empty object where there are none."""
    return fields.table(row.get("metadata"))


def _category_state(row: Row) -> str:
    """Return active, hidden, or deleted (R-14). Hidden is not a OneRoster word: a metadata key or the status itself may say it."""
    status, more = fields.words(row.get("status") or "active").lower(), metadata(row)
    state = fields.words(more.get("state") or "active").lower()
    if "hidden" in (status, state) or any(key.lower() in _HIDDEN and fields.is_true(value) for key, value in more.items()):
        return "hidden"
    return "active" if status == state == "active" else "deleted"
