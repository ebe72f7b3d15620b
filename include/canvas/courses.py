"""The account's list of courses: one listing, whatever the number of courses (reference: canvas-api.md §2.1, §4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
import pandas as pd
from msgspec import UNSET

from include.canvas.client import CanvasClient, Params
from include.canvas.course_rows import Listed, course_rows, open_end, tidied
from include.canvas.frames import LISTED_COURSES
from include.canvas.parse import text
from include.canvas.permissions import PERMISSIONS
from include.canvas.rows import Term
from include.errors import AccessError, SourceError

_INCLUDE = (("include[]", "term"), ("include[]", "total_students"))
_MOST_STUDENTS = 1_000_000  # of a course; more is a mistake that must not fill a batch
_SHORTEST_SEARCH = 3  # characters that Canvas wants for a search


def list_courses(
    client: CanvasClient, account_id: str, *, chosen: Sequence[str] = (), terms: Sequence[str] = (), ends_after: datetime | None = None
) -> pd.DataFrame:
    """LISTED_COURSES of the account and the accounts below it, in every state but deleted, ordered by id as Canvas lists them.

    `chosen` (Canvas ids or SIS ids) asks for these courses alone, one small request each: what the account does not hold is just not
    there. `terms` (Canvas ids or `sis_term_id:` ones) and `ends_after` spare the pages of years gone by.
    """
    listings: list[Params] = [(("search_term", wanted),) if len(wanted) >= _SHORTEST_SEARCH else () for wanted in chosen]
    if not chosen:
        listings = [(("enrollment_term_id", term),) for term in terms] or [()]
    dates = () if ends_after is None or chosen else (("ends_after", ends_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),)
    found: dict[str, Listed] = {}
    for listing in dict.fromkeys(tuple(each) for each in listings):
        found.update((str(each.course.id), each) for each in _listing(client, account_id, (*_INCLUDE, *listing, *dates)))
    courses = [each for each in found.values() if not chosen or {str(each.course.id), text(each.course.sis_course_id)} & set(chosen)]
    zone = _account_zone(client, account_id) if any(not each.course.time_zone for each in courses) else None
    return LISTED_COURSES.of([_row(each, zone) for each in courses])


def quoted(identity: str) -> str:
    """An id for use in a path: plain, `shard~local`, or with a prefix such as `sis_account_id:`."""
    return quote(identity, safe=":~")


def _listing(client: CanvasClient, account_id: str, params: Params) -> list[Listed]:
    courses: list[Listed] = []
    for page in client.pages(f"accounts/{quoted(account_id)}/courses", params):
        courses += course_rows(page.body, len(courses))
    if courses and all(each.course.sis_course_id is UNSET for each in courses):
        raise AccessError(
            f"connection {client.connection.id}: Canvas shows no SIS IDs to this token (sis_course_id is absent from all {len(courses)} "
            f"courses of account {account_id}). Grant its user the permission {PERMISSIONS['sis_course_id']} on that account"
        )
    return courses


def _row(listed: Listed, account_zone: str | None) -> dict[str, object]:
    course, unread = listed.course, listed.unread
    term = course.term or Term()
    return {
        "canvas_course_id": text(course.id),
        "name": tidied(course.name),
        "sis_course_id": tidied(course.sis_course_id),
        "workflow_state": course.workflow_state,
        "time_zone": course.time_zone or account_zone,
        "nightly_setting": course.grade_passback_setting,
        "term_id": text(course.enrollment_term_id) or text(term.id),
        "sis_term_id": tidied(term.sis_term_id),
        "term_start": open_end(term.start_at),
        "term_end": open_end(term.end_at),
        "course_end": open_end(course.end_at),
        "students": min(max(course.total_students or 0, 0), _MOST_STUDENTS),
        "unread": unread.told if unread else None,
        "allowed": unread.allowed if unread else None,
    }


def _account_zone(client: CanvasClient, account_id: str) -> str | None:
    """The account's own time zone, for courses without one (canvas-api.md §5)."""
    try:
        account = msgspec.json.decode(client.get(f"accounts/{quoted(account_id)}"))
    except msgspec.DecodeError as error:
        raise SourceError(f"Canvas's account {account_id} cannot be read: {error}") from error
    zone = account.get("default_time_zone") if isinstance(account, dict) else None
    return zone if isinstance(zone, str) and zone else None
