"""Rows of the account's list of courses: what can be read of each, and what cannot (I-7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from include.canvas.blame import Broken, blame, is_far
from include.canvas.clean import OUTER, repaired
from include.canvas.parse import decoder, raws_of, text
from include.canvas.rows import Course

_SPARED = {"total_students": None, "name": None, "time_zone": None}
"""Fields that no decision depends on: where one cannot be read, the course is read as one without it."""
_STAND_INS = {"workflow_state": "unknown"}
_UNNAMED = "row "
"""With its place in Canvas's list, the ID of a course whose own cannot be read."""


@dataclass(frozen=True)
class Listed:
    """A course as far as it can be read, and what of it cannot."""

    course: Course
    unread: Broken | None = None


def course_rows(body: bytes, before: int = 0) -> list[Listed]:
    """The courses of a page, of which each unreadable one says why; `before` is how many the pages before it had."""
    try:
        found = [Listed(course) for course in decoder(list[Course]).decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = [_listed(repaired(bytes(raw)), before + place) for place, raw in enumerate(raws_of(body), 1)]
    shown = any(each.course.sis_course_id is not UNSET for each in found)
    return [_unshown(each) if shown and each.course.sis_course_id is UNSET else each for each in found]


def is_unnamed(course_id: str) -> bool:
    """Whether this names a course by its place in Canvas's list, because its ID cannot be read."""
    return course_id.startswith(_UNNAMED)


def open_end(moment: datetime | None) -> datetime | None:
    """The end of a term or a course; a date at the end of time is an open end."""
    return None if moment is None or is_far(moment) else moment


def tidied(value: object) -> str | None:
    """A text that people or a SIS wrote, cleaned (R-24)."""
    found = text(value)
    return text(found.replace("\0", "").strip(OUTER)) if found else None


def _listed(raw: bytes, place: int) -> Listed:
    try:
        return Listed(decoder(Course).decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _salvaged(raw, blame(raw, error), place)


def _salvaged(raw: bytes, first: Broken, place: int) -> Listed:
    """The fields that can be read. Without an ID the course is named by its place in the list."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        row = None
    fields: dict[str, Any] = {}
    lost: list[str] = []
    for field in msgspec.structs.fields(Course):
        try:
            if isinstance(row, dict) and field.name in row:
                fields[field.name] = msgspec.convert(row[field.name], field.type)
            elif field.required:
                lost.append(field.name)
        except msgspec.ValidationError:
            lost.append(field.name)
    course = Course(**{"id": f"{_UNNAMED}{place}", **_STAND_INS, **fields})
    serious = [name for name in lost if name not in _SPARED]
    if not serious:
        return Listed(course)
    return Listed(course, first if first.field.split(".")[0] in serious else replace(first, field=serious[0], value="unreadable"))


def _unshown(listed: Listed) -> Listed:
    """A course whose SIS ID Canvas omits while it shows those of others is incomplete, never one without a SIS ID (I-10)."""
    return listed if listed.unread else Listed(listed.course, Broken({}, "sis_course_id", "missing", "a value that Canvas shows to the token's user"))
