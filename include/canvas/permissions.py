"""Fields that Canvas omits without a permission: a row without one of them is incomplete, never "no" (I-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from include.canvas.course_read import CourseRead
from include.canvas.rows import Assignment

SIS = "'SIS Data - read'"
ASSIGNMENTS = "'Assignments and Quizzes - edit' (older Canvas: 'Assignments and Quizzes - add / edit / delete')"
GRADES = "'Grades - view all grades'"

PERMISSIONS: Mapping[str, str] = {
    "sis_course_id": SIS,
    "sis_section_id": SIS,
    "sis_user_id": SIS,
    "has_overrides": ASSIGNMENTS,  # shown with 'Grades - edit' too, which is not enough for the overrides themselves
    "overrides": ASSIGNMENTS,
    "score": GRADES,
}
"""Field to permission, as Canvas's page of permissions names it."""


def withhold_unshown(read: CourseRead, assignments: Sequence[Assignment]) -> None:
    """Withhold synced assignments whose overrides Canvas does not show: a section's own due date must not be ignored.

    Where it shows those of none, the course is withheld instead, with one message.
    """
    synced = [row for row in assignments if row.published and row.post_to_sis]
    hidden = [row for row in synced if is_hidden(row)]
    if synced and all(row.has_overrides is UNSET for row in hidden) and len(hidden) == len(synced):
        read.incomplete("GP-NOT-SHOWN", "whether assignments have dates or assignees of their own (has_overrides, overrides)", ASSIGNMENTS)
        return
    for row in hidden:
        read.withhold(row, "GP-NOT-SHOWN", "the dates and assignees of its own (overrides)", ASSIGNMENTS)


def is_hidden(row: Assignment) -> bool:
    """Whether the assignment may have overrides that the list does not show."""
    return row.overrides is UNSET and row.has_overrides is not False


def may_lack_overrides(row: Assignment) -> bool:
    """Whether another list may show more: overrides that are announced and absent (25 and more, an older Canvas).

    Where Canvas says `visible_to_everyone`, overrides of modules are counted in `has_overrides` and never listed, so an empty list is complete.
    """
    if row.overrides is UNSET:
        return bool(row.has_overrides or (row.has_overrides is False and row.only_visible_to_overrides))
    return not row.overrides and row.visible_to_everyone is None and bool(row.has_overrides or row.only_visible_to_overrides)
