"""Canvas's SIS assignments list: everything synced below an account, a hundred assignments a request (canvas-api.md §3.1).

It leaves out too much to be read instead of the courses: grading type, description, overrides of groups and modules, and whether an override sets
its due date to none. What it can say is in which courses anything is synced at all, and in which nothing that it tells has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import decoder, read_each
from include.canvas.rows import Assignment, Id, Time
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)


class Told(NamedTuple):
    """What the list tells of a course: a digest of all of it, and one of its synced work, of which the course's own lists tell the same."""

    whole: str
    work: str


class _Group(Struct):
    id: Id | None = None


class _Synced(Struct):
    course_id: Id
    id: Id
    name: str | None = None
    points_possible: float | None = None
    due_at: Time = None
    assignment_group: _Group | None = None


def synced_below(client: CanvasClient, account: str) -> dict[str, Told] | None:
    """By Canvas id, the published courses below the account that have a published, synced assignment; None where Canvas does not tell (it refuses
    unless bulk grade export or a passback app is on), or not so that it can be read."""
    digests: dict[str, blake2b] = {}
    work: dict[str, int] = {}
    try:
        for course_id, row, raw in _rows(client, account):
            digests.setdefault(course_id, blake2b(digest_size=12)).update(raw)
            group = row.assignment_group.id if row.assignment_group else None
            work[course_id] = work.get(course_id, 0) + _number(row.id, row.name, row.points_possible, row.due_at, group)
    except (SourceError, UnavailableError) as error:
        log.warning("all courses are read, for Canvas's list of synced assignments cannot be used: %s", error)
        return None
    return {course_id: Told(digest.hexdigest(), str(work[course_id])) for course_id, digest in digests.items()}


def work_of(assignments: Iterable[Assignment]) -> str:
    """The synced work among a course's assignments, as `Told.work`."""
    synced = (row for row in assignments if row.published and row.post_to_sis)
    return str(sum(_number(row.id, row.name, row.points_possible, row.due_at, row.assignment_group_id) for row in synced))


def _number(*values: object) -> int:
    """A large number for these values, so that a sum of them tells the rows, whatever their order."""
    return int.from_bytes(blake2b(str([str(value) for value in values]).encode(), digest_size=12).digest())


def _rows(client: CanvasClient, account: str) -> Iterator[tuple[str, _Synced, Raw]]:
    for page in client.pages_ahead(f"/api/sis/accounts/{quoted(account)}/assignments", (("include[]", "student_overrides"),)):
        try:
            raws: list[Raw] = decoder(list[Raw]).decode(page.body)
        except msgspec.DecodeError as error:
            raise SourceError(f"a page cannot be read: {error}") from error
        rows, broken = read_each(raws, _Synced)
        if broken:
            raise SourceError(f"{len(broken)} rows cannot be read; the first lacks {broken[0].field}")
        yield from ((str(row.course_id), row, raw) for row, raw in zip(rows, raws, strict=True))


NOTHING = Told("", work_of(()))
"""What is told of a course that the list does not have."""
