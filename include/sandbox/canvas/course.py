"""One course as the sandbox Canvas keeps it: rows by id, and what follows from them (who is enrolled, who is given what)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, cast

from include.sandbox import world
from include.sandbox.canvas.assigned import assigned

Row = dict[str, Any]

STUDENT_TYPES = ("StudentEnrollment", "StudentViewEnrollment")
_MOST_VARIANTS = 6
LATE_POLICY: Row = {
    "missing_submission_deduction_enabled": False,
    "missing_submission_deduction": 100.0,
    "late_submission_deduction_enabled": False,
    "late_submission_deduction": 0.0,
    "late_submission_interval": "day",
    "late_submission_minimum_percent_enabled": False,
    "late_submission_minimum_percent": 0.0,
}


class CourseStore:
    """The rows of one course. Rows are replaced, never changed in place, so that the generated world stays as it is."""

    def __init__(self, course: world.Course, new_id: Callable[[], int]) -> None:
        self.world, self.id = course, int(course.id)
        self._new_id = new_id
        self._fragments: dict[Hashable, dict[tuple[int, int], bytes]] = {}
        self._minute = ""
        self.late_policy = dict(LATE_POLICY)
        self.sections = {int(section.id): section for section in course.sections}
        self.groups, self.assignments, self.overrides, self.enrollments = map(
            _by_id, (course.groups, course.assignments, course.overrides, course.enrollments)
        )
        self.submissions = cast("dict[tuple[int, int], Row]", dict(course.submissions))
        self._assigned: dict[int, dict[int, str | None]] = {}
        self.settle()

    def settle(self, assignment_id: int | None = None) -> None:
        """Work out anew who is given an assignment (all without an id), and make the rows that Canvas keeps for each of them."""
        self._fragments.clear()
        self._synced: list[Row] | None = None
        self.roster = self._roster()
        going = {row["user_id"] for row in self.student_enrollments() if row.get("enrollment_state") != "completed"}
        self.concluded = frozenset(self.roster) - going
        for one in [assignment_id] if assignment_id is not None else list(self.assignments):
            row = self.assignments[one]
            overrides = [o for o in self.overrides.values() if o.get("assignment_id") == one]
            self._assigned[one] = assigned(row, overrides, self.roster, self.world.group_members)
            if row.get("grading_type") == "not_graded":
                continue
            for user in self._assigned[one]:
                key = (one, user)
                if key not in self.submissions:
                    self.submissions[key] = {"id": self._new_id()}
                elif "id" not in self.submissions[key]:
                    self.submissions[key] = {"id": self._new_id(), **self.submissions[key]}

    def due_dates(self, assignment_id: int) -> dict[int, str | None]:
        """Effective due date by user id, of those who are given the assignment."""
        return self._assigned[assignment_id]

    def live_assignments(self) -> dict[int, Row]:
        """Assignments that were not deleted."""
        return {key: row for key, row in self.assignments.items() if row.get("workflow_state") != "deleted"}

    def published(self) -> dict[int, Row]:
        """Assignments that students could see, if they are given them."""
        return {key: row for key, row in self.live_assignments().items() if is_published(row)}

    def synced(self) -> list[Row]:
        """Published assignments that go to the SIS, by id: kept until one changes, for each page of the account's list goes through all courses."""
        if self._synced is None:
            self._synced = [row for _, row in sorted(self.published().items()) if row.get("post_to_sis")]
        return self._synced

    def student_enrollments(self) -> list[Row]:
        """Student and Test Student enrollments that were not deleted."""
        return [
            row for row in self.enrollments.values() if row["type"] in STUDENT_TYPES and row.get("enrollment_state") not in ("deleted", "rejected")
        ]

    def put(self, table: str, key: Any, fields: Mapping[str, Any] | None) -> None:
        """Change, add, or (with None) take away one row of submissions, assignments, overrides, enrollments or groups."""
        rows: dict[Any, Row] = getattr(self, table)
        old = rows.get(key, {})
        if fields is None:
            rows.pop(key, None)
        else:
            rows[key] = {**old, **({} if table == "submissions" else {"id": key}), **fields}
        if table == "submissions":
            rows[key].setdefault("id", self._new_id())
            for texts in self._fragments.values():
                texts.pop(key, None)
        elif table == "assignments":
            self.settle(key)
        elif table == "overrides":
            self._settle_override(rows.get(key, old))
        elif table == "enrollments":
            self.settle()

    def fragments(self, variant: Hashable, minute: str) -> dict[tuple[int, int], bytes]:
        """Submissions already written out as text, for one way of asking. Late and missing depend on the time, so they last a minute of it."""
        if minute != self._minute or len(self._fragments) > _MOST_VARIANTS:
            self._fragments.clear()
            self._minute = minute
        return self._fragments.setdefault(variant, {})

    def forget_fragments(self) -> None:
        """Give back the memory of texts written out before."""
        self._fragments.clear()

    def _settle_override(self, row: Row) -> None:
        one = row.get("assignment_id")
        self.settle(one if one in self.assignments else None)

    def _roster(self) -> dict[int, frozenset[int]]:
        sections: dict[int, set[int]] = {}
        for row in self.student_enrollments():
            sections.setdefault(row["user_id"], set()).add(row["course_section_id"])
        return {user: frozenset(found) for user, found in sections.items()}


def _by_id(rows: Iterable[Mapping[str, Any]]) -> dict[int, Row]:
    return {int(row["id"]): cast("Row", row) for row in rows}


def is_published(assignment: Mapping[str, Any]) -> bool:
    """Whether an assignment row is published, by whichever of its two keys is there."""
    if "published" in assignment:
        return bool(assignment["published"])
    return bool(assignment.get("workflow_state", "published") == "published")
