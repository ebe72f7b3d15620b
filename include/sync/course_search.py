"""Which course does a person mean? Looked up in what earlier runs saw, by name, Canvas id or SIS id; nobody is asked over the network (D-9, D-10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, func, literal, or_, select

from include.sync import bulk
from include.sync.tables import RUN_COURSES, RUNS, SEEN_COURSES, SEEN_SECTIONS


@dataclass(frozen=True)
class Course:
    """A course as a run last saw it; texts are empty where that is not known."""

    canvas_course_id: str
    name: str = ""
    sis_course_id: str = ""
    workflow_state: str = ""


def find_courses(engine: Engine, target: str, text: str, most: int = 20) -> list[Course]:
    """Courses with this id, or with this text in their name or SIS id; without a text the first of all. By name."""
    seen = SEEN_COURSES.c
    query = select(seen.canvas_course_id, seen.name, seen.sis_course_id, seen.workflow_state).where(seen.target == target)
    if text:
        query = query.where(or_(seen.canvas_course_id == text, _has(seen.name, text), _has(seen.sis_course_id, text)))
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(seen.name, seen.canvas_course_id).limit(most)).all()
        found = {row[0]: Course(*(value or "" for value in row)) for row in rows}
        for row in connection.execute(_of_runs(target, text).limit(most)).all():
            found.setdefault(row[0], Course(row[0], row[1] or ""))
    exact = [course for course in found.values() if text and text in (course.canvas_course_id, course.sis_course_id)]
    return exact if len(exact) == 1 else sorted(found.values(), key=lambda course: (course.name.lower(), course.canvas_course_id))[:most]


def course_of(engine: Engine, target: str, asked: str) -> Course | None:
    """The one course of this Canvas or SIS id; None where no run knows it, or two carry it."""
    found = [course for course in find_courses(engine, target, asked) if asked in (course.canvas_course_id, course.sis_course_id)]
    return found[0] if len(found) == 1 else None


def names_of(engine: Engine, target: str, courses: Collection[str]) -> dict[str, str]:
    """Canvas id → name of those of these courses whose name is known: as it was last seen, else as a run had it (D-5)."""
    named: dict[str, str] = {}
    with engine.connect() as connection:
        for table in (SEEN_COURSES.c, RUN_COURSES.c):
            for chunk in bulk.chunks(sorted(set(courses) - set(named))):
                query = select(table.canvas_course_id, func.max(table.name)).where(table.target == target, table.canvas_course_id.in_(chunk))
                named.update({row[0]: row[1] for row in connection.execute(query.group_by(table.canvas_course_id)) if row[1]})
    return named


def sections_of(engine: Engine, target: str, course: str) -> list[tuple[str, str]]:
    """(Canvas id, name) of a course's sections, by name."""
    seen = SEEN_SECTIONS.c
    query = select(seen.canvas_section_id, seen.name).where(seen.target == target, seen.canvas_course_id == course)
    with engine.connect() as connection:
        return sorted(((row[0], row[1] or row[0]) for row in connection.execute(query)), key=lambda row: (row[1].lower(), row[0]))


def tables_of(engine: Engine, target: str, course: str, most: int = 10) -> Sequence[Any]:
    """run_id, mode, artifacts and updated_at of the newest runs that have told something of this course."""
    runs = RUNS.c
    here = RUN_COURSES.select().where(
        RUN_COURSES.c.target == runs.target, RUN_COURSES.c.run_id == runs.run_id, RUN_COURSES.c.canvas_course_id == course
    )
    query = select(runs.run_id, runs.mode, runs.artifacts, runs.updated_at).where(runs.target == target, runs.artifacts.is_not(None), here.exists())
    with engine.connect() as connection:
        return connection.execute(query.order_by(runs.started_at.desc()).limit(most)).all()


def _of_runs(target: str, text: str) -> Select[Any]:
    """Courses of listed runs, which may not have been seen otherwise."""
    ran = RUN_COURSES.c
    wanted = or_(ran.canvas_course_id == text, _has(ran.name, text)) if text else literal(True)
    newest = func.max(ran.name)
    return select(ran.canvas_course_id, newest).where(ran.target == target, wanted).group_by(ran.canvas_course_id).order_by(newest)


def _has(column: Any, text: str) -> Any:
    return func.lower(column).contains(text.lower(), autoescape=True)
