"""What was read of one course, and what of it could not be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from include.canvas.blame import Broken
from include.canvas.costs import COURSE, NOUNS, Cost, cost_of
from include.canvas.rows import Assignment, Group
from include.explain import shown
from include.text import clean_text

_KINDS = {"student": "grade", "group": "assignment"}
_PLACES = {"section": "canvas_section_id", "assignment": "canvas_assignment_id", "student": "canvas_user_id"}


def _named(noun: str, row: Broken) -> str:
    """The kind of row that could not be read, with its ID where it still shows one."""
    return f"{noun.partition(' ')[2]} {row.ids['id']}" if "id" in row.ids else noun


@dataclass
class CourseRead:
    """What was read of one course, by frame name: rows of the short lists, Arrow tables of the long one; and the rows that cannot be used."""

    course_id: str
    rows: dict[str, Sequence[Any]] = field(default_factory=dict)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    problems: list[dict[str, object]] = field(default_factory=list)
    complete: bool = True
    lost_groups: list[Broken] = field(default_factory=list)

    def add(self, name: str, table: pa.Table) -> None:
        """One more part of a frame."""
        self.tables.setdefault(name, []).append(table)

    def reject(self, row_type: type, broken: Iterable[Broken]) -> None:
        """Report unreadable rows one by one, each at the cost that `costs.py` names (I-7)."""
        for row in broken:
            cost = cost_of(row_type, row)
            if cost.part == "group":
                self.lost_groups.append(row)
            else:
                self._report(cost, row, NOUNS[row_type])

    def without_group(self, assignments: Iterable[Assignment], groups: Iterable[Group]) -> None:
        """Withhold the assignments of groups that cannot be read, or that Canvas does not list: their category is unknown."""
        known = {clean_text(str(group.id)) for group in groups}
        for row in assignments:
            group = row.assignment_group_id
            if (group is None and self.lost_groups) or (group is not None and clean_text(str(group)) not in known):
                told, limit = f"assignment_group_id is {shown(group)}", "a group that Canvas lists for the course"
                if self.lost_groups:
                    told, limit = f"its assignment group: {self.lost_groups[0].told}", self.lost_groups[0].allowed
                self.withhold(row, "GP-UNREADABLE-ASSIGNMENT", told, limit)

    def withhold(self, row: Assignment, code: str, value: str, limit: str) -> None:
        """Withhold one assignment that was read itself."""
        self._problem("assignment", code, value, limit, canvas_assignment_id=str(row.id))

    def incomplete(self, code: str, value: str, limit: str = "") -> None:
        """Conclude nothing for the whole course (invariant 6)."""
        self._problem("course", code, value, limit)
        self.complete = False

    @classmethod
    def failed(cls, course_id: str, told: str) -> CourseRead:
        """A course that was not read to its end: nothing of it is used (invariant 6)."""
        read = cls(course_id)
        read.incomplete("GP-COURSE-INCOMPLETE", told)
        return read

    def _report(self, cost: Cost, row: Broken, noun: str) -> None:
        if cost is COURSE:
            self.incomplete(cost.code, f"in {noun}, {row.told}", row.allowed)
            return
        names = ("canvas_assignment_id", "canvas_user_id") if cost.part == "grade" else (_PLACES[cost.part],)
        ids: dict[str, object] = {place: row.ids[name] for place, name in zip(names, cost.ids, strict=True)}
        told = row.told if noun.endswith(cost.part) or cost.part == "grade" else f"in {_named(noun, row)}, {row.told}"
        named = f'"{row.name}": {told}' if row.name else told  # no frame has the name of what could not be read
        self._problem(_KINDS.get(cost.part, cost.part), cost.code, named, row.allowed, **ids)

    def _problem(self, kind: str, code: str, value: str, limit: str, **ids: object) -> None:
        told = {"kind": kind, "canvas_course_id": self.course_id, "reason_code": code, "value": value, "limit": limit, "stage": "extract"}
        self.problems.append({**told, **ids})
