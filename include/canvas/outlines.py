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
from typing import Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from include.canvas.client import CanvasClient
from include.canvas.outline_query import query
from include.canvas.parse import decoder
from include.canvas.rows import Assignment, Enrollment, Group, Id, Section, SisId, Submission, User
from include.errors import AccessError, SourceError, UnavailableError

log = logging.getLogger(__name__)

GRAPHQL = "/api/graphql"
AT_ONCE = 10  # courses per request at most: more would be refused as too complex one day
LEAST = 5  # fewer are not worth a request of their own, even where connections have nothing to do
MOST_STUDENTS = 90  # a course with more has its list of students read by REST anyway

_Node = TypeVar("_Node")


class _PageInfo(Struct, rename="camel"):
    has_next_page: bool


class _Nodes(Struct, Generic[_Node]):
    nodes: list[_Node]


class _List(_Nodes[_Node], rename="camel"):
    page_info: _PageInfo


class _HasId(Struct):
    id: Id


class _Student(Struct):
    id: Id
    sortable_name: str | None
    sis_user_id: SisId


class _Seat(Struct):
    type: str
    state: str
    section: _HasId
    user: _Student


class _Outlined(Assignment, kw_only=True):
    grading_type: str
    group: _HasId
    only_visible_to_overrides: bool
    visible_to_everyone: bool
    overridden: _Nodes[_HasId]


class _Changed(Submission, kw_only=True):
    user_id: Id = ""  # stands inside `user`
    user: _HasId


class _Course(Struct):
    sections: _List[Section] | None
    groups: _List[Group] | None
    assignments: _List[_Outlined] | None
    students: _List[_Seat] | None = None
    changed: Raw = Raw()


class _Error(Struct):
    message: str = ""


class _Answer(Struct):
    data: dict[str, Raw] | None = None
    errors: list[_Error] = []


@dataclass(frozen=True)
class Outline:
    """What one course's outline tells; None for a list that must be read by REST. `body` is Canvas's own answer.

    `changed` are the submissions written since the moment asked for, cleared and un-excused ones among them (§4.3), whole or None; `asked_at` is a
    moment of Canvas's clock before any of this was read, None where it is not known.
    """

    body: bytes
    sections: list[Section] | None = None
    students: list[Enrollment] | None = None
    work: tuple[list[Group], list[Assignment]] | None = None
    changed: list[Submission] | None = None
    asked_at: datetime | None = None


def together(courses: int, connections: int) -> int:
    """How many courses one request asks for: so few that all connections are at work from the first moment, when nothing else can be asked yet."""
    return min(AT_ONCE, max(LEAST, -(-courses // connections)))


def outlines(
    client: CanvasClient, courses: Sequence[tuple[str, int]], group_data: bool = False, since: Mapping[str, datetime] = MappingProxyType({})
) -> dict[str, Outline]:
    """Outlines by course of these courses (id, students), as far as they can be had in one request. Never an error for one that cannot.

    `group_data`: the groups' integration_data is needed (R-13), which GraphQL has not; then no assignments are taken either. `since`: the courses
    of which it is also told what changed of their submissions since these moments, or longer.
    """
    if not client.graphql or not courses:
        return {}
    try:
        asked_at = client.clock
        answer = _ask(client, courses, since)
    except AccessError:
        raise
    except (SourceError, UnavailableError) as error:
        log.warning("courses are read one by one: %s", error)
        return {}
    found = {}
    for place, (course_id, _) in enumerate(courses):
        body = bytes(answer.get(f"c{place}", b"null"))
        outline = read_outline(body, group_data)
        if outline is not None:
            found[course_id] = replace(outline, asked_at=asked_at)
    return found


def _ask(client: CanvasClient, courses: Sequence[tuple[str, int]], since: Mapping[str, datetime]) -> dict[str, Raw]:
    variables = {f"c{place}": course_id for place, (course_id, _) in enumerate(courses)}
    if since:
        variables["since"] = msgspec.to_builtins(min(since.values()).astimezone(UTC).replace(microsecond=0))
    text = query([students <= MOST_STUDENTS for _, students in courses], [course_id in since for course_id, _ in courses])
    answer = client.post_graphql({"query": text, "variables": variables})
    try:
        told: _Answer = decoder(_Answer).decode(answer)
    except msgspec.DecodeError as error:
        client.graphql = False
        raise SourceError(f"Canvas's GraphQL gave an answer that cannot be read: {error}") from error
    if told.errors or told.data is None:
        client.graphql = False
        raise SourceError(f"Canvas's GraphQL refused: {told.errors[0].message[:200] if told.errors else 'no data'}")
    return told.data


def read_outline(body: bytes, group_data: bool = False) -> Outline | None:
    """The outline of one course out of its part of the answer; None where Canvas does not show the course, or not as it should."""
    try:
        told = decoder(_Course | None).decode(body)
        if told is None:
            return None
        work = None if group_data else _work(told)
        return Outline(body, _sections(told.sections), _students(told.students), work, _changed(told.changed))
    except msgspec.DecodeError as error:
        log.info("an outline cannot be read, its course is read by REST: %s", error)
        return None


def _sections(told: _List[Section] | None) -> list[Section] | None:
    """Sections of which some show a SIS id: without the right to see them Canvas shows null, as it does where there is none (§1.1)."""
    rows = _whole(told)
    return rows if rows and any(row.sis_section_id for row in rows) else None


def _students(told: _List[_Seat] | None) -> list[Enrollment] | None:
    rows = _whole(told)
    if not rows or not any(row.user.sis_user_id for row in rows):
        return None
    return [
        Enrollment(row.user.id, row.section.id, row.type, row.state, row.user.sis_user_id, User(row.user.sortable_name, row.user.sis_user_id))
        for row in rows
    ]


def _work(told: _Course) -> tuple[list[Group], list[Assignment]] | None:
    """Groups and assignments, when every assignment is for everyone and has no override: REST alone tells overrides without loss (§2.8)."""
    groups, rows = _whole(told.groups), _whole(told.assignments)
    if groups is None or rows is None:
        return None
    for row in rows:
        if row.overridden.nodes or row.only_visible_to_overrides or not row.visible_to_everyone:
            return None
        row.assignment_group_id = row.group.id
        row.overrides, row.has_overrides = [], False
    return groups, list(rows)


def _whole(told: _List[_Node] | None) -> list[_Node] | None:
    return None if told is None or told.page_info.has_next_page else told.nodes


def _changed(body: Raw) -> list[Submission] | None:
    """All that changed, or None: one row that cannot be read (an anonymous one has no user) has the course ask by REST, which tells which it is."""
    if not bytes(body):
        return None
    try:
        rows = _whole(decoder(_List[_Changed] | None).decode(body))
    except msgspec.DecodeError as error:
        log.info("changed submissions cannot be read, they are read by REST: %s", error)
        return None
    for row in rows or ():
        row.user_id = row.user.id
    return None if rows is None else list(rows)
