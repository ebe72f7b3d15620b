"""Whom an assignment is given to, and until when: Canvas's differentiation as a pure function (canvas-api.md §2.8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Row = Mapping[str, object]


def assigned(
    assignment: Row, overrides: Collection[Row], roster: Mapping[int, frozenset[int]], groups: Mapping[int, Collection[int]]
) -> dict[int, str | None]:
    """Effective due date by user id, for the students of `roster` (user id to section ids) who are given the assignment.

    `groups` holds the members of each student group.
    The latest date among a student's overrides counts, none at all being the latest; the base date where no override matches.
    """
    base = _text(assignment.get("due_at"))
    if not overrides:
        return dict.fromkeys(roster, base) if not assignment.get("only_visible_to_overrides") else {}
    everyone = not assignment.get("only_visible_to_overrides")
    result: dict[int, str | None] = {}
    for user, sections in roster.items():
        mine = [row for row in overrides if _matches(row, user, sections, groups)]
        given = [row for row in mine if not row.get("unassign_item")]
        if given:
            result[user] = _latest(_text(row["due_at"]) if "due_at" in row else base for row in given)
        elif everyone and not mine:
            result[user] = base
    return result


def _matches(override: Row, user: int, sections: frozenset[int], groups: Mapping[int, Collection[int]]) -> bool:
    students = override.get("student_ids")
    if isinstance(students, Collection):
        return user in students
    if override.get("course_section_id") is not None:
        return override["course_section_id"] in sections
    if override.get("course_id") is not None:
        return True
    group = override.get("group_id")
    return isinstance(group, int) and user in groups.get(group, ())


def _latest(dates: Iterable[str | None]) -> str | None:
    found = list(dates)
    return None if None in found else max(date for date in found if date is not None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
