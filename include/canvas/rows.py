"""Canvas's JSON rows as far as they are read: the names and types that canvas-api.md §2 gives them.

A key without a default must be there: a score that is absent is not a blank one. Keys that Canvas leaves out where the token may not read
SIS data default to UNSET, so that absent and null can be told apart (§1.1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Id = str | int  # text by our Accept header; a server that ignores it sends numbers, read without loss all the same
SisId = str | int | None | UnsetType
Time = Annotated[datetime, Meta(tz=True)] | None


class Term(Struct):
    """A course's term (§2.2); null dates are open ends."""

    id: Id | None = None
    sis_term_id: SisId = UNSET
    start_at: Time = None
    end_at: Time = None


class Course(Struct):
    """A row of the account's courses (§2.1)."""

    id: Id
    workflow_state: str
    name: str | None = None
    sis_course_id: SisId = UNSET
    time_zone: str | None = None
    grade_passback_setting: str | None = None
    enrollment_term_id: Id | None = None
    end_at: Time = None
    term: Term | None = None
    total_students: int | None = None


class Section(Struct):
    """A section of a course (§2.4)."""

    id: Id
    name: str | None = None
    sis_section_id: SisId = UNSET
    nonxlist_course_id: Id | None = None


class User(Struct):
    """The user inside an enrolment row."""

    sortable_name: str | None = None
    sis_user_id: SisId = UNSET


class Enrollment(Struct):
    """An enrolment of a student or of the test student (§2.5)."""

    user_id: Id
    course_section_id: Id
    type: str
    enrollment_state: str
    sis_user_id: SisId = UNSET
    user: User | None = None


class Override(Struct):
    """An override of an assignment's dates or assignees (§2.8): exactly one of the targets is set."""

    id: Id
    due_at: Time | UnsetType = UNSET
    unassign_item: bool | None = None
    course_section_id: Id | None = None
    student_ids: list[Id] | None = None
    group_id: Id | None = None
    course_id: Id | None = None
    noop_id: Id | None = None
    context_module_id: Id | None = None


class Assignment(Struct):
    """An assignment with its overrides (§2.7)."""

    id: Id
    name: str | None
    points_possible: float | None
    grading_type: str | None
    published: bool
    due_at: Time
    post_to_sis: bool | None = None
    assignment_group_id: Id | None = None
    description: str | None = None
    submission_types: list[str] | None = None
    unlock_at: Time = None
    created_at: Time = None
    omit_from_final_grade: bool | None = None
    only_visible_to_overrides: bool | None = None
    visible_to_everyone: bool | None = None
    has_overrides: bool | None = None
    overrides: list[Override] | UnsetType = UNSET


class Group(Struct):
    """An assignment group (§2.6); its assignments are read one by one, so that a broken one spoils no other."""

    id: Id
    name: str | None = None
    integration_data: Raw = Raw()
    assignments: list[Raw] | UnsetType = UNSET


class Comment(Struct, gc=False):
    """A comment on a submission (§2.9); an anonymous one has no author."""

    author_id: Id | None = None
    comment: str | None = None
    created_at: Time = None


class Submission(Struct, gc=False):
    """One student's submission of one assignment (§2.9)."""

    assignment_id: Id
    user_id: Id
    score: float | None
    excused: bool | None
    late: bool | None
    missing: bool | None
    graded_at: Time = None
    posted_at: Time = None
    workflow_state: str | None = None
    submission_comments: list[Comment] | UnsetType = UNSET


class StudentSubmissions(Struct, gc=False):
    """A row of the grouped form (§2.9): one student with all submissions that were asked for, and one of the sections that he sits in."""

    submissions: list[Submission]
    user_id: Id | None = None
    section_id: Id | None = None
    sis_user_id: SisId = UNSET


class RawStudentSubmissions(Struct):
    """The same with submissions that are still to be read one by one, since one of them is broken."""

    submissions: list[Raw]
