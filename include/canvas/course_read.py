"""What was read of one course, and what of it could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from include.canvas.checkpoints import Checkpointed
from include.canvas.parse import Broken
from include.canvas.rows import Assignment, Section, Submission

_KINDS: dict[type, str] = {Section: "section", Assignment: "assignment", Checkpointed: "assignment", Submission: "grade"}


@dataclass
class CourseRead:
    """What was read of one course, by frame name: rows of the short lists, Arrow tables of the long one; and the rows that cannot be used."""

    course_id: str
    rows: dict[str, Sequence[Any]] = field(default_factory=dict)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    problems: list[dict[str, object]] = field(default_factory=list)
    complete: bool = True

    def add(self, name: str, table: pa.Table) -> None:
        """One more part of a frame."""
        self.tables.setdefault(name, []).append(table)

    def reject(self, row_type: type, broken: list[Broken]) -> None:
        """Rows that broke their types: reported one by one. Without a section or an assignment nothing may be concluded for the course."""
        for row in broken:
            self.problems.append(_problem(self.course_id, _KINDS.get(row_type, "course"), row))
        if broken and row_type is not Submission:
            self.complete = False

    @classmethod
    def failed(cls, course_id: str, told: str) -> CourseRead:
        """A course that was not read to its end: nothing of it is used (invariant 6)."""
        problem: dict[str, object] = {
            "kind": "course",
            "canvas_course_id": course_id,
            "reason_code": "GP-COURSE-INCOMPLETE",
            "value": told,
            "stage": "extract",
        }
        return cls(course_id, problems=[problem], complete=False)


def _problem(course_id: str, kind: str, row: Broken) -> dict[str, object]:
    own = {"section": "canvas_section_id", "assignment": "canvas_assignment_id"}.get(kind)
    return {
        "kind": kind,
        "canvas_course_id": course_id,
        "canvas_section_id": row.ids.get("course_section_id"),
        "canvas_assignment_id": row.ids.get("assignment_id"),
        "canvas_user_id": row.ids.get("user_id"),
        **({own: row.ids.get("id")} if own else {}),
        "reason_code": "GP-CONTRACT",
        "value": row.field,
        "limit": row.expected,
        "stage": "extract",
    }
