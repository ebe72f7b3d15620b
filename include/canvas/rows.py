"""Canvas's JSON rows as far as they are read: the names and types that canvas-api.md §2 gives them.

A key without a default must be there: a score that is absent is not a blank one. Keys that Canvas leaves out where the token may not read
SIS data default to UNSET, so that absent and null can be told apart (§1.1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1)] | int  # text by our Accept header; a server that ignores it sends numbers, read without loss all the same
Word = Annotated[str, Meta(min_length=1)]
Number = Annotated[float, Meta(ge=-1e12, le=1e12)] | None
Flag = bool | None | UnsetType
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
    workflow_state: Word
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
    type: Word
    enrollment_state: Word
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


class Extension(Struct):
    """Who an override of a checkpoint is for; without students it is for a section or more."""

    student_ids: list[Id] | None = None


class Checkpoint(Struct):
    """One part of a discussion; it may have dates for some students alone."""

    due_at: Time = None
    only_visible_to_overrides: bool | None = None
    overrides: list[Extension] | None = None

    @property
    def for_everyone(self) -> bool:
        """Whether its date is everybody's, but for single students."""
        return not self.only_visible_to_overrides and all(each.student_ids is not None for each in self.overrides or ())


class Assignment(Struct):
    """An assignment with its overrides (§2.7). Its checkpoints are there only where the account uses them and the list was asked for them."""

    id: Id
    name: str | None
    points_possible: Number
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
    has_overrides: Flag = UNSET
    has_sub_assignments: Flag = UNSET
    checkpoints: list[Checkpoint] | UnsetType | None = UNSET
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


class Part(Struct, gc=False):
    """A student's submission of one checkpoint (R-17)."""

    score: Number
    excused: bool | None
    sub_assignment_tag: str | None = None


class Submission(Struct, gc=False):
    """One student's submission of one assignment (§2.9); with the parts of a checkpointed discussion, where they were asked for."""

    assignment_id: Id
    user_id: Id
    score: Number
    excused: bool | None
    late: bool | None
    missing: bool | None
    graded_at: Time = None
    posted_at: Time = None
    workflow_state: str | None = None
    submission_comments: list[Comment] | UnsetType = UNSET
    has_sub_assignment_submissions: bool | None = None
    sub_assignment_submissions: list[Part] | None = None


class StudentSubmissions(Struct, gc=False):
    """A row of the grouped form (§2.9): one student with all submissions that were asked for, and one of the sections that he sits in."""

    submissions: list[Submission]
    user_id: Id | None = None
    section_id: Id | None = None
    sis_user_id: SisId = UNSET


class RawStudentSubmissions(Struct):
    """The same, still to be read one by one, since something in it is broken: each submission names its student itself."""

    submissions: list[Raw]
    user_id: Raw = Raw(b"null")
