"""Canvas's SIS assignments list: everything synced below an account, a hundred assignments a request (canvas-api.md §3.1).

It leaves out too much to be read instead of the courses: grading type, description, overrides of groups and modules, and whether an override sets
its due date to none. What it can say is in which courses anything is synced at all.
"""

from __future__ import annotations

import logging

from msgspec import Struct

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import rows_of
from include.canvas.rows import Id
from include.errors import SourceError

log = logging.getLogger(__name__)


class _Synced(Struct):
    course_id: Id


def courses_with_synced(client: CanvasClient, account: str) -> frozenset[str] | None:
    """Canvas ids of the published courses below the account that have a published, synced assignment; None where Canvas does not tell (it refuses
    unless bulk grade export or a passback app is on), or not so that it can be read."""
    found: set[str] = set()
    try:
        for page in client.pages(f"/api/sis/accounts/{quoted(account)}/assignments"):
            rows, broken = rows_of(page.body, _Synced)
            if broken:
                raise SourceError(f"{len(broken)} rows name no course")
            found.update(str(row.course_id) for row in rows)
    except SourceError as error:
        log.warning("all courses are read, for Canvas's list of synced assignments cannot be used: %s", error)
        return None
    return frozenset(found)
