"""Canvas's SIS assignments list: everything synced below an account, a hundred assignments a request (canvas-api.md §3.1).

It leaves out too much to be read instead of the courses: grading type, description, overrides for anything but sections and students, and whether an
override sets its due date to none. What it can say is in which courses anything is synced at all, and in which nothing that it tells has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from msgspec import Raw, Struct

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import raws_of, read_each, text
from include.canvas.rows import Assignment, Id, Section, SisId, Time
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)


class Told(NamedTuple):
    """What the list tells of a course: a digest of all of it; and numbers for its synced work and the sections named with it, of which the course's
    own lists tell the same."""

    whole: str
    work: str
    sections: str


class _Group(Struct):
    id: Id | None = None


class _Section(Struct):
    id: Id
    sis_id: SisId = None


class _Synced(Struct):
    course_id: Id
    id: Id
    name: str | None = None
    points_possible: float | None = None
    due_at: Time = None
    assignment_group: _Group | None = None
    sections: list[_Section] = []


def synced_below(client: CanvasClient, account: str) -> dict[str, Told] | None:
    """By Canvas id, the published courses below the account that have a published, synced assignment; None where Canvas does not tell (it refuses
    unless bulk grade export or a passback app is on), or not so that it can be read."""
    courses: dict[str, _Course] = {}
    try:
        for course_id, row, raw in _rows(client, account):
            courses.setdefault(course_id, _Course()).add(row, raw)
    except (SourceError, UnavailableError) as error:
        log.warning("all courses are read because Canvas's list of synced assignments cannot be used: %s", error)
        return None
    return {course_id: course.told() for course_id, course in courses.items()}


class _Course:
    """What was told of a course so far."""

    def __init__(self) -> None:
        self._whole, self._work, self._sections = blake2b(digest_size=12), 0, set[int]()

    def add(self, row: _Synced, raw: Raw) -> None:
        group = row.assignment_group.id if row.assignment_group else None
        self._whole.update(raw)
        self._work += _number(row.id, row.name, row.points_possible, _moment(row.due_at), group)
        self._sections.update(_number(section.id, text(section.sis_id)) for section in row.sections)

    def told(self) -> Told:
        return Told(self._whole.hexdigest(), str(self._work), str(sum(self._sections)))


def work_of(synced: Iterable[Assignment]) -> str:
    """These synced assignments, as `Told.work`."""
    return str(sum(_number(row.id, row.name, row.points_possible, _moment(row.due_at), row.assignment_group_id) for row in synced))


def sections_of(sections: Iterable[Section]) -> str:
    """These sections, as `Told.sections`."""
    return str(sum({_number(row.id, text(row.sis_section_id)) for row in sections}))


NOTHING = Told("", work_of(()), sections_of(()))
"""What is told of a course that the list does not have."""


def _number(*values: object) -> int:
    """A large number for these values, so that a sum of them tells the rows, whatever their order."""
    return int.from_bytes(blake2b(str([str(value) for value in values]).encode(), digest_size=12).digest())


def _moment(at: datetime | None) -> float | None:
    return at.timestamp() if at is not None else None


def _rows(client: CanvasClient, account: str) -> Iterator[tuple[str, _Synced, Raw]]:
    for page in client.pages_ahead(f"/api/sis/accounts/{quoted(account)}/assignments", (("include[]", "student_overrides"),)):
        raws = raws_of(page.body)
        rows, broken = read_each(raws, _Synced)
        if broken:
            raise SourceError(f"{len(broken)} rows of a page cannot be read; in the first, {broken[0].field} is not valid")
        yield from ((str(row.course_id), row, raw) for row, raw in zip(rows, raws, strict=True))
