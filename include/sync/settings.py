"""The nightly switch of each course (A-18, D-11, R-12). A course without a stored setting follows its target's default."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, select

from include.sync import bulk, state
from include.sync.tables import COURSE_SETTINGS as TABLE


def switches(engine: Engine, target: str) -> dict[str, bool]:
    """Canvas course to on or off, for the courses that somebody switched."""
    statement = select(TABLE.c.canvas_course_id, TABLE.c.nightly).where(TABLE.c.target == target).order_by(TABLE.c.canvas_course_id)
    with engine.connect() as connection:
        return {row.canvas_course_id: row.nightly for row in connection.execute(statement)}


def switch(engine: Engine, target: str, courses: dict[str, bool], who: str, when: datetime) -> None:
    """Switch courses on or off."""
    fixed = {"target": target, "changed_by": who, "changed_at": when}
    rows = [fixed | {"canvas_course_id": course, "nightly": nightly} for course, nightly in courses.items()]
    with state.writing(engine) as connection:
        bulk.replace_all(connection, TABLE, rows)


def follow_default(engine: Engine, target: str, courses: Iterable[str]) -> int:
    """Forget what was set for these courses; how many had a setting."""
    keys = [{"target": target, "canvas_course_id": course} for course in courses]
    with state.writing(engine) as connection:
        return bulk.remove(connection, TABLE, ["target", "canvas_course_id"], keys)
