"""Canvas's SIS assignments list: everything synced below an account, a hundred assignments a request (canvas-api.md §3.1).

It leaves out too much to be read instead of the courses: grading type, description, overrides of groups and modules, and whether an override sets
its due date to none. What it can say is in which courses anything is synced at all, and in which nothing that it tells has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from hashlib import blake2b

import msgspec
from msgspec import Raw, Struct

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import decoder, read_each
from include.canvas.rows import Id
from include.errors import SourceError, UnavailableError

log = logging.getLogger(__name__)


class _Synced(Struct):
    course_id: Id


def synced_below(client: CanvasClient, account: str) -> dict[str, str] | None:
    """By Canvas id, the published courses below the account that have a published, synced assignment, each with a digest of all that Canvas tells of
    these; None where Canvas does not tell (it refuses unless bulk grade export or a passback app is on), or not so that it can be read."""
    digests: dict[str, blake2b] = {}
    try:
        for course_id, row in _rows(client, account):
            digests.setdefault(course_id, blake2b(digest_size=12)).update(row)
    except (SourceError, UnavailableError) as error:
        log.warning("all courses are read, for Canvas's list of synced assignments cannot be used: %s", error)
        return None
    return {course_id: digest.hexdigest() for course_id, digest in digests.items()}


def _rows(client: CanvasClient, account: str) -> Iterator[tuple[str, Raw]]:
    for page in client.pages_ahead(f"/api/sis/accounts/{quoted(account)}/assignments", (("include[]", "student_overrides"),)):
        try:
            raws: list[Raw] = decoder(list[Raw]).decode(page.body)
        except msgspec.DecodeError as error:
            raise SourceError(f"a page cannot be read: {error}") from error
        rows, broken = read_each(raws, _Synced)
        if broken:
            raise SourceError(f"{len(broken)} rows name no course")
        yield from ((str(row.course_id), raw) for row, raw in zip(rows, raws, strict=True))
