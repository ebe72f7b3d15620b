"""What an unreadable row costs: the smallest part of its course that cannot be evaluated without it (I-7).

A row costs the first entry whose IDs it still shows. A row that shows none of them costs its whole course, because then nothing in the course can be
told from what is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from include.canvas.blame import Broken
from include.canvas.checkpoints import Checkpointed
from include.canvas.rows import Assignment, Enrollment, Group, Section, Submission


class Cost(NamedTuple):
    """A part of a course, the IDs that name it in the row, and the reason code of its message."""

    part: str
    ids: tuple[str, ...]
    code: str


_ASSIGNMENT = Cost("assignment", ("id",), "GP-UNREADABLE-ASSIGNMENT")
_STUDENT = Cost("student", ("user_id",), "GP-UNREADABLE-STUDENT")
COURSE = Cost("course", (), "GP-UNREADABLE-COURSE")

COSTS: Mapping[type, tuple[Cost, ...]] = {
    Section: (Cost("section", ("id",), "GP-UNREADABLE-SECTION"),),
    Enrollment: (_STUDENT, Cost("section", ("course_section_id",), "GP-UNREADABLE-SECTION")),
    Group: (Cost("group", (), "GP-UNREADABLE-ASSIGNMENT"),),  # all assignments whose group is not among the readable ones
    Assignment: (_ASSIGNMENT,),  # its overrides are a part of it
    Checkpointed: (_ASSIGNMENT,),
    Submission: (
        Cost("grade", ("assignment_id", "user_id"), "GP-UNREADABLE-SCORE"),
        Cost("assignment", ("assignment_id",), "GP-UNREADABLE-ASSIGNMENT"),
        _STUDENT,
    ),
}
NOUNS: Mapping[type, str] = {
    Section: "a section",
    Enrollment: "an enrollment",
    Group: "an assignment group",
    Assignment: "an assignment",
    Checkpointed: "a checkpoint",
    Submission: "a submission",
}


def cost_of(row_type: type, row: Broken) -> Cost:
    """What this row costs."""
    return next((cost for cost in COSTS[row_type] if all(name in row.ids for name in cost.ids)), COURSE)
