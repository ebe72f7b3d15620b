"""The account's list of courses: one listing, whatever the number of courses (reference: canvas-api.md §2.1, §4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
import pandas as pd
from msgspec import UNSET

from include.canvas.client import CanvasClient, Params
from include.canvas.frames import LISTED_COURSES
from include.canvas.parse import rows_of, text
from include.canvas.rows import Course, Term
from include.errors import AccessError, SourceError

_INCLUDE = (("include[]", "term"), ("include[]", "total_students"))
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
    found: dict[str, Course] = {}
    for listing in dict.fromkeys(tuple(each) for each in listings):
        found.update((str(course.id), course) for course in _listing(client, account_id, (*_INCLUDE, *listing, *dates)))
    courses = [course for course in found.values() if not chosen or {str(course.id), text(course.sis_course_id)} & set(chosen)]
    zone = _account_zone(client, account_id) if any(not course.time_zone for course in courses) else None
    return LISTED_COURSES.of([_row(course, zone) for course in courses])


def quoted(identity: str) -> str:
    """An id for use in a path: plain, `shard~local`, or with a prefix such as `sis_account_id:`."""
    return quote(identity, safe=":~")


def _listing(client: CanvasClient, account_id: str, params: Params) -> list[Course]:
    courses: list[Course] = []
    for page in client.pages(f"accounts/{quoted(account_id)}/courses", params):
        rows, broken = rows_of(page.body, Course)
        if broken:
            first = broken[0]
            raise SourceError(
                f"Canvas's list of courses of account {account_id} has {len(broken)} rows that cannot be read; "
                f"the first is course {first.ids.get('id', '?')}, {first.field}: {first.expected}"
            )
        courses += rows
    if courses and all(course.sis_course_id is UNSET for course in courses):
        raise AccessError(
            f"connection {client.connection.id}: Canvas shows no SIS ids to this token (sis_course_id is absent from all {len(courses)} "
            f"courses of account {account_id}); grant its user 'SIS Data - read' on that account"
        )
    return courses


def _row(course: Course, account_zone: str | None) -> dict[str, object]:
    term = course.term or Term()
    return {
        "canvas_course_id": text(course.id),
        "name": course.name,
        "sis_course_id": text(course.sis_course_id),
        "workflow_state": course.workflow_state,
        "time_zone": course.time_zone or account_zone,
        "nightly_setting": course.grade_passback_setting,
        "term_id": text(course.enrollment_term_id) or text(term.id),
        "sis_term_id": text(term.sis_term_id),
        "term_start": term.start_at,
        "term_end": term.end_at,
        "course_end": course.end_at,
        "students": course.total_students or 0,
    }


def _account_zone(client: CanvasClient, account_id: str) -> str | None:
    """The account's own time zone, for courses without one (canvas-api.md §5)."""
    try:
        account = msgspec.json.decode(client.get(f"accounts/{quoted(account_id)}"))
    except msgspec.DecodeError as error:
        raise SourceError(f"Canvas's account {account_id} cannot be read: {error}") from error
    zone = account.get("default_time_zone") if isinstance(account, dict) else None
    return zone if isinstance(zone, str) and zone else None
