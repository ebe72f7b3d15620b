"""The smallest district with neighbors: two courses of two sections in two terms, with updates, creates, and an adoption to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from include.sandbox.canvas.state import CanvasState
from include.sandbox.generate import Size, generate
from include.sandbox.world import Course, District, Term

SIZE = Size(courses=3, sections=2, students=6, assignments=6)  # the third course is the awkward one, which is left out


def district(target: str) -> District:
    """Make the district of one target."""
    whole = generate(size=SIZE, targets=(target,))
    first, second = (course for course in whole.courses[:2])
    term = next(one for one in whole.terms if one.id == second.term_id)
    other = _half_year(term)
    courses = (_with_override(first), replace(_with_override(second), term_id=other.id))
    taught = {section.teacher_id for course in courses for section in course.sections}
    attending = {student for course in courses for section in course.sections for student in (*section.students, *section.sis_students)}
    return replace(
        whole,
        terms=(*whole.terms, other),
        courses=courses,
        teachers=tuple(one for one in whole.teachers if one.id in taught),
        students=tuple(one for one in whole.students if one.id in attending),
        foreign={courses[0].sections[0].sis_id: (_FOREIGN,), courses[1].sections[0].sis_id: (_FOREIGN,)},
        awkward={},
    )


_FOREIGN: Mapping[str, object] = {"name": "Made by hand", "due_date": "2026-11-02", "points_possible": 10.0, "category_id": ""}


def _half_year(term: Term) -> Term:
    return replace(term, id=f"{term.id}9", name="Fall", end=term.start + timedelta(days=230))


def _with_override(course: Course) -> Course:
    """Give the last graded assignment its own due date in the first section."""
    graded = [
        row for row in course.assignments if any(one == row["id"] and sub.get("score") is not None for (one, _), sub in course.submissions.items())
    ]
    row: Mapping[str, Any] = graded[-1]
    override = {
        "id": int(str(row["id"])) + 900_000,
        "assignment_id": row["id"],
        "title": course.sections[0].name,
        "unassign_item": False,
        "course_section_id": int(course.sections[0].id),
        "due_at": row["due_at"],
    }
    assignments = tuple({**one, "has_overrides": True} if one is row else one for one in course.assignments)
    return replace(course, assignments=assignments, overrides=(override,))


def graded(course: Course) -> list[int]:
    """Return the assignments that have scores, in the course's order."""
    scored = {one for (one, _), row in course.submissions.items() if row.get("score") is not None}
    return [int(str(row["id"])) for row in course.assignments if row["id"] in scored]


def let_time_pass(books: CanvasState, one: District) -> None:
    """Change Canvas after the first run: per course a renamed assignment, a new score, an excused and a missing student."""
    for course in one.courses:
        moved = graded(course)[0]
        _put(books, course, "assignments", moved, name=f"Renamed {moved}", points_possible=40.0)
        for section in course.sections:
            new, excused, missing = (int(student) for student in section.students[:3])
            _put(books, course, "submissions", [moved, new], score=3.25, entered_score=3.25, grade="3.25", entered_grade="3.25", excused=False)
            _put(books, course, "submissions", [graded(course)[2], excused], excused=True, score=None, entered_score=None)
            _put(books, course, "submissions", [graded(course)[2], missing], late_policy_status="missing", score=0.0, entered_score=0.0)


def _put(books: CanvasState, course: Course, table: str, key: object, **fields: Any) -> None:
    books.clock.tick()
    books.write(table, int(course.id), key, fields)
