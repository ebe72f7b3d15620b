"""What is wrong with a row that cannot be read: the IDs that it still shows, the field, its value, and what is allowed (I-7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from include.explain import shown

Row = TypeVar("Row", bound=msgspec.Struct)

EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Between these a moment can be written in every time zone."""
_DATE = "a date and time such as 2026-09-18T03:59:59Z"
_FILLED = "a value that is not empty"
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_ABSENT = re.compile(r"missing required field `(\w+)`")
_STEP = re.compile(r"(\w+)|\[(\d+)\]")
_ALLOWED = (
    ("datetime", _DATE),
    ("float", "a number"),
    ("out of range", "a number within the usual range"),
    ("int | str", "an ID"),
    ("of length >= 1", _FILLED),
    ("bool", "true or false"),
    ("array", "a list"),
    ("object", "an object"),
    ("str", "text"),
    ("int", "a whole number"),
)
_IDS = ("id", "assignment_id", "user_id", "course_section_id")


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read: the IDs that it still shows, the field to blame, its value as people see it, and what is allowed."""

    ids: dict[str, str]
    field: str
    value: str
    allowed: str
    name: str = ""

    @property
    def told(self) -> str:
        """The field with its value, for the run's messages; never for a log (F-12)."""
        return f"{self.field} is {self.value}"


def blame(raw: bytes, error: Exception) -> Broken:
    """Why this row cannot be read."""
    row = _plain(raw)
    found = _WHERE.match(str(error))
    what, path = (found["what"], (found["path"] or "").strip(".")) if found else (str(error), "")
    absent = _ABSENT.search(what)
    if isinstance(error, RecursionError) or not isinstance(row, dict):
        return Broken(_ids(row), "the record", "not a readable object", "an object as Canvas documents it")
    if absent:
        field = ".".join(part for part in (path, absent[1]) if part)
        return Broken(_ids(row), field, "missing", "a value that Canvas shows to the token's user", _name(row))
    allowed = "an ID" if path.endswith("id") and _allowed(what) == _FILLED else _allowed(what)
    return Broken(_ids(row), path or "the record", shown(_at(row, path)), allowed, _name(row))


def in_range(rows: list[Row]) -> tuple[list[Row], list[Broken]]:
    """The rows whose moments can be written in every time zone, and the others."""
    bad = [(row, *found) for row in rows if (found := next(_far(row, ""), None))]
    lost = {id(row) for row, *_ in bad}
    told = []
    for row, path, moment in bad:
        plain = msgspec.structs.asdict(row)
        told.append(Broken(_ids(plain), path, moment.isoformat(), "a date from 2000 to 2099", _name(plain)))
    return [row for row in rows if id(row) not in lost] if lost else rows, told


def is_far(moment: datetime) -> bool:
    """Whether some time zone cannot write this moment."""
    return not EARLIEST.year <= moment.year <= LATEST.year


def _far(row: Any, path: str) -> Iterator[tuple[str, datetime]]:
    """(field, moment) of the moments of a row, and of the rows inside it, that are out of range."""
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if isinstance(value, datetime) and is_far(value):
            yield f"{path}{name}", value
        elif isinstance(value, msgspec.Struct):
            yield from _far(value, f"{path}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], msgspec.Struct):
            for place, each in enumerate(value):
                yield from _far(each, f"{path}{name}[{place}].")


def _allowed(what: str) -> str:
    told = "datetime" if "RFC3339" in what or "timezone" in what else what.partition(", got")[0]
    return next((words for sign, words in _ALLOWED if sign in told), what)


def _at(row: Any, path: str) -> object:
    """The value at a path such as `overrides[0].due_at`."""
    for name, place in _STEP.findall(path):
        try:
            row = row[int(place)] if place else row[name]
        except (KeyError, IndexError, TypeError):
            return None
    return row


def _plain(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _name(row: dict[str, Any]) -> str:
    """What people call an assignment or a section, where the row still shows it."""
    name = row.get("name")
    return name.replace("\0", "") if isinstance(name, str) else ""


def _ids(row: object) -> dict[str, str]:
    """The IDs that a broken row still shows, so that its message can name it."""
    if not isinstance(row, dict):
        return {}
    user = row.get("user")
    shown_ids = {**row, "user_id": user.get("id")} if isinstance(user, dict) and not _is_id(row.get("user_id")) else row
    return {name: str(shown_ids[name]) for name in _IDS if _is_id(shown_ids.get(name))}


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value))
