"""What a SIS holds, cell by cell, so that two states can be compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

Cell = tuple[str, str, str]
"""SIS section, assignment by name, SIS student; no student: the assignment itself."""
Book = Mapping[Cell, str]


def book(snapshot: Mapping[str, Any]) -> dict[Cell, str]:
    """Return each cell's value as text. A second assignment of a name in a section gets a number."""
    found: dict[Cell, str] = {}
    for section, sheet in snapshot.get("sections", snapshot).items():
        times: Counter[str] = Counter()
        for item in sheet["assignments"]:
            name = str(item["name"])
            times[name] += 1
            place = name if times[name] == 1 else f"{name} (again)"
            found[section, place, ""] = json.dumps({key: value for key, value in item.items() if key != "scores"}, sort_keys=True)
            for student, score in item["scores"].items():
                found[section, place, student] = json.dumps(score, sort_keys=True)
    return found


def duplicates(cells: Book) -> list[str]:
    """Name the assignments that a section has twice, and the students who have two scores for one."""
    twice = [f"twice: {name.removesuffix(' (again)')} in {section}" for section, name, student in cells if name.endswith(" (again)") and not student]
    return twice + [
        f"two scores of {student} for {name} in {section}" for (section, name, student), value in cells.items() if _is_double(student, value)
    ]


def _is_double(student: str, value: str) -> bool:
    told = json.loads(value)
    return bool(student) and isinstance(told, list) and len(told) > 1
