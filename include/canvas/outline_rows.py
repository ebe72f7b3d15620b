"""Rows of an outline under the names that GraphQL gives them, and the same as the rows that REST gives (canvas-api.md §4.3)."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Raw, Struct

from include.canvas.rows import Assignment, Enrollment, Group, Id, Section, SisId, Submission, Time, User

_Node = TypeVar("_Node")


def _canvas(name: str) -> str:
    """`_id` is REST's id and `sisId` its SIS id of whatever the row is; all else is in camel case."""
    if name in ("id", "sis_id"):
        return {"id": "_id", "sis_id": "sisId"}[name]
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


class PageInfo(Struct, rename=_canvas):
    """Whether a list goes on."""

    has_next_page: bool


class Nodes(Struct, Generic[_Node]):
    """The rows of a list that is not paged any further."""

    nodes: list[_Node]


class Listed(Nodes[_Node], rename=_canvas):
    """A page of a list."""

    page_info: PageInfo


def whole(told: Listed[_Node] | None) -> list[_Node] | None:
    """The rows of a list; None where it is not shown or goes on."""
    return None if told is None or told.page_info.has_next_page else told.nodes


class HasId(Struct, rename=_canvas):
    """Something that is only referred to."""

    id: Id


class ToldSection(Struct, rename=_canvas):
    """A section."""

    id: Id
    name: str | None
    sis_id: SisId

    def row(self) -> Section:
        """As REST has it."""
        return Section(self.id, self.name, self.sis_id)


class ToldGroup(Struct, rename=_canvas):
    """An assignment group."""

    id: Id
    name: str | None

    def row(self) -> Group:
        """As REST has it, without integration_data, which GraphQL has not (R-13)."""
        return Group(self.id, self.name)


class ToldUser(Struct, rename=_canvas):
    """The user of a seat."""

    id: Id
    sortable_name: str | None
    sis_id: SisId


class Seat(Struct):
    """An enrolment."""

    type: str
    state: str
    section: HasId
    user: ToldUser

    def row(self) -> Enrollment:
        """As REST has it."""
        user = self.user
        return Enrollment(user.id, self.section.id, self.type, self.state, user.sis_id, User(user.sortable_name, user.sis_id))


class ToldAssignment(Struct, rename=_canvas):
    """An assignment, with one of its overrides if there are any."""

    id: Id
    name: str | None
    description: str | None
    points_possible: float | None
    grading_type: str
    submission_types: list[str] | None
    published: bool
    post_to_sis: bool | None
    omit_from_final_grade: bool | None
    created_at: Time
    due_at: Time
    unlock_at: Time
    only_visible_to_overrides: bool
    visible_to_everyone: bool
    assignment_group: HasId
    assignment_overrides: Nodes[HasId]

    @property
    def for_everyone(self) -> bool:
        """Whether it is given to the whole course, on the same dates."""
        return self.visible_to_everyone and not self.only_visible_to_overrides and not self.assignment_overrides.nodes

    def row(self) -> Assignment:
        """As REST has one that is for everyone."""
        return Assignment(
            self.id,
            self.name,
            self.points_possible,
            self.grading_type,
            self.published,
            self.due_at,
            self.post_to_sis,
            self.assignment_group.id,
            self.description,
            self.submission_types,
            self.unlock_at,
            self.created_at,
            self.omit_from_final_grade,
            self.only_visible_to_overrides,
            has_overrides=False,
            overrides=[],
        )


class ToldSubmission(Struct, rename=_canvas, gc=False):
    """A submission that was written since. An anonymous one has no user, and cannot be read."""

    assignment_id: Id
    user: HasId
    score: float | None
    excused: bool | None
    late: bool | None
    missing: bool | None
    graded_at: Time
    posted_at: Time
    state: str | None

    def row(self) -> Submission:
        """As REST has it."""
        flags = (self.excused, self.late, self.missing)
        return Submission(self.assignment_id, self.user.id, self.score, *flags, self.graded_at, self.posted_at, self.state)


class Permissions(Struct, rename=_canvas):
    """What the token's user may see in the course; either of the two shows all scores."""

    view_all_grades: bool | None
    manage_grades: bool | None


class ToldCourse(Struct, rename=_canvas):
    """One course's part of the answer. What changed stays as it came: it may be unreadable without the rest being so."""

    sections_connection: Listed[ToldSection] | None
    assignment_groups_connection: Listed[ToldGroup] | None
    assignments_connection: Listed[ToldAssignment] | None
    enrollments_connection: Listed[Seat] | None = None
    submissions_connection: Raw = Raw()
    permissions: Permissions | None = None

    @property
    def shows_scores(self) -> bool:
        """Whether the scores of all students are shown."""
        return self.permissions is not None and bool(self.permissions.view_all_grades or self.permissions.manage_grades)
