"""Outlines of many courses in one request: sections, students, assignment groups and assignments, by GraphQL (canvas-api.md §4.3); in the
accelerated mode also what changed of their submissions, which on most nights leaves nothing more to ask.

What REST tells in three requests a course is told here for up to ten courses at once. Only what is the same by either way is taken: an
assignment with an override of any kind, a list that goes on beyond a hundred rows, SIS ids that nobody shows, a field that cannot be read. Such
a list is left out of the outline, and its course reads it by REST. A Canvas that does not answer GraphQL as expected is not asked again by this
client.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

import msgspec
from msgspec import Raw, Struct

from include.canvas.client import CanvasClient
from include.canvas.outline_query import query
from include.canvas.outline_rows import Listed, ToldCourse, ToldSubmission, whole
from include.canvas.parse import decoder
from include.canvas.rows import Assignment, Enrollment, Group, Section, Submission
from include.errors import AccessError, SourceError, UnavailableError

log = logging.getLogger(__name__)

GRAPHQL = "/api/graphql"
AT_ONCE = 10  # courses per request at most: more would be refused as too complex one day
LEAST = 5  # fewer are not worth a request of their own, even where connections have nothing to do
MOST_STUDENTS = 90  # a course with more has its list of students read by REST anyway


class _Error(Struct):
    message: str = ""


class _Answer(Struct):
    data: dict[str, Raw] | None = None
    errors: list[_Error] = []


@dataclass(frozen=True)
class Outline:
    """What one course's outline tells; None for a list that must be read by REST. `body` is Canvas's own answer.

    `changed` are the submissions written after `since`, cleared and un-excused ones among them (§4.3): all of them, or None. Where `since` is None
    they were not asked for. `asked_at` is a moment of Canvas's clock before any of this was read. Lists that were kept (`listed.py`) hold only for as
    long as the same students are `given` the same work.
    """

    body: bytes
    sections: list[Section] | None = None
    students: list[Enrollment] | None = None
    work: tuple[list[Group], list[Assignment]] | None = None
    changed: list[Submission] | None = None
    since: datetime | None = None
    asked_at: datetime | None = None
    given: str | None = None
    source: str = GRAPHQL


def together(courses: int, connections: int) -> int:
    """How many courses one request asks for: so few that all connections are at work from the first moment, when nothing else can be asked yet."""
    return min(AT_ONCE, max(LEAST, -(-courses // connections)))


def outlines(
    client: CanvasClient, courses: Sequence[tuple[str, int]], group_data: bool = False, since: Mapping[str, datetime] = MappingProxyType({})
) -> dict[str, Outline]:
    """Outlines by course of these courses (id, students), as far as they can be had in one request. Never an error for one that cannot.

    `group_data`: the groups' integration_data is needed (R-13), which GraphQL has not; then no assignments are taken either. `since`: the courses
    of which it is also told what changed of their submissions after these moments; not asked for before Canvas has told its time.
    """
    if not client.graphql or not courses:
        return {}
    asked_at = client.clock
    moments = {} if asked_at is None else {course_id: since[course_id] for course_id, _ in courses if course_id in since}
    try:
        answer = _ask(client, courses, moments)
    except AccessError:
        raise
    except (SourceError, UnavailableError) as error:
        log.warning("courses are read one by one: %s", error)
        return {}
    found = {}
    for place, (course_id, _) in enumerate(courses):
        outline = read_outline(bytes(answer.get(f"c{place}", b"null")), group_data)
        if outline is not None:
            found[course_id] = replace(outline, since=moments.get(course_id), asked_at=asked_at)
    return found


def _ask(client: CanvasClient, courses: Sequence[tuple[str, int]], since: Mapping[str, datetime]) -> dict[str, Raw]:
    variables = {f"c{place}": course_id for place, (course_id, _) in enumerate(courses)}
    moments = {f"s{place}": _written(since[course_id]) for place, (course_id, _) in enumerate(courses) if course_id in since}
    text = query([students <= MOST_STUDENTS for _, students in courses], [course_id in since for course_id, _ in courses])
    answer = client.post_graphql({"query": text, "variables": variables | moments})
    try:
        told: _Answer = decoder(_Answer).decode(answer)
    except msgspec.DecodeError as error:
        client.graphql = False
        raise SourceError(f"Canvas's GraphQL gave an answer that cannot be read: {error}") from error
    if told.errors or told.data is None:
        client.graphql = False
        raise SourceError(f"Canvas's GraphQL refused: {told.errors[0].message[:200] if told.errors else 'no data'}")
    return told.data


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_outline(body: bytes, group_data: bool = False) -> Outline | None:
    """The outline of one course out of its part of the answer; None where Canvas does not show the course, or not as it should."""
    try:
        told = decoder(ToldCourse | None).decode(body)
    except msgspec.DecodeError as error:
        log.info("an outline cannot be read, its course is read by REST: %s", error)
        return None
    if told is None:
        return None
    return Outline(body, _sections(told), _students(told), None if group_data else _work(told), _changed(told))


def _sections(told: ToldCourse) -> list[Section] | None:
    """Sections of which some show a SIS id: without the right to see them Canvas shows null, as it does where there is none (§1.1)."""
    rows = whole(told.sections_connection)
    return [row.row() for row in rows] if rows and any(row.sis_id for row in rows) else None


def _students(told: ToldCourse) -> list[Enrollment] | None:
    rows = whole(told.enrollments_connection)
    return [row.row() for row in rows] if rows and any(row.user.sis_id for row in rows) else None


def _work(told: ToldCourse) -> tuple[list[Group], list[Assignment]] | None:
    """Groups and assignments, when every assignment is for everyone and has no override: REST alone tells overrides without loss (§2.8)."""
    groups, rows = whole(told.assignment_groups_connection), whole(told.assignments_connection)
    if groups is None or rows is None or not all(row.for_everyone for row in rows):
        return None
    return [group.row() for group in groups], [row.row() for row in rows]


def _changed(told: ToldCourse) -> list[Submission] | None:
    """All that changed, or None: where the list goes on, where scores are not shown to this user, and where a row cannot be read."""
    if not bytes(told.submissions_connection) or not told.shows_scores:
        return None
    try:
        rows = whole(decoder(Listed[ToldSubmission] | None).decode(told.submissions_connection))
    except msgspec.DecodeError as error:
        log.info("changed submissions cannot be read, their course is read fully: %s", error)
        return None
    return None if rows is None else [row.row() for row in rows]
