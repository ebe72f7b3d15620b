"""Notes what a run saw of a target's courses, sections, assignment groups and SIS categories, so that the pages can list them without asking
anybody (D-11, D-12). Nothing that is sent is decided by these notes, and what stands as it stood is not written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd
from sqlalchemy import Column, Connection, Engine, Table, delete, select, update

from include.district import Target
from include.gradebook.among import among
from include.gradebook.courses import Selection, keep_courses
from include.gradebook.schemas import SIS_CATEGORIES
from include.sis.contract import SectionsRead
from include.sync import bulk, state
from include.sync.choices import choices
from include.sync.tables import SEEN_CATEGORIES, SEEN_CLASSES, SEEN_COURSES, SEEN_GROUPS, SEEN_SECTIONS

_COURSE, _CLASS = "canvas_course_id", "sis_section_id"
_LISTED = (_COURSE, "name", "sis_course_id", "workflow_state", "sis_term_id", "nightly_setting", "students")


def note_courses(engine: Engine, target: Target, listed: pd.DataFrame, when: datetime, whole: bool = True) -> None:
    """LISTED_COURSES as Canvas just told them, with why a night leaves out those that it does. `whole`: what is not among them is gone."""
    out = keep_courses(listed, Selection(now=when, terms=target.terms)).withheld.drop_duplicates(_COURSE).set_index(_COURSE)
    codes = listed[_COURSE].map(out["reason_code"]).astype("str")
    rows = bulk.records(listed.assign(reason_code=codes, reason_value=listed[_COURSE].map(out["value"]).astype("str")), _NOTED)
    with engine.connect() as connection:
        known = None if whole else list(listed[_COURSE])
        changed = _differ(connection, SEEN_COURSES, target.name, SEEN_COURSES.c.canvas_course_id, known, rows)
    with state.writing(engine) as connection:
        if changed:
            _renew(connection, SEEN_COURSES, target.name, SEEN_COURSES.c.canvas_course_id, known, [row | {"seen_at": when} for row in rows])
            _forget_gone(connection, target.name)
        elif whole:
            connection.execute(update(SEEN_COURSES).where(SEEN_COURSES.c.target == target.name).values(seen_at=when))


def note_contents(engine: Engine, target: Target, courses: Sequence[str], sections: pd.DataFrame, groups: pd.DataFrame) -> None:
    """The SECTIONS and GROUPS of courses that were read completely; sections with their id in the SIS's own terms."""
    sections = sections.assign(sis_section_id=target.identity.section_id(sections))
    for table, frame, names in (
        (SEEN_SECTIONS, sections, ("canvas_section_id", _COURSE, "name", _CLASS)),
        (SEEN_GROUPS, groups, ("canvas_group_id", _COURSE, "name", "integration_data")),
    ):
        rows = bulk.records(frame[frame[_COURSE].isin(courses)], names)
        with engine.connect() as connection:
            changed = _differ(connection, table, target.name, table.c.canvas_course_id, courses, rows)
        if changed:
            with state.writing(engine) as connection:
                _renew(connection, table, target.name, table.c.canvas_course_id, courses, rows)


def with_chosen(engine: Engine, target: str, read: SectionsRead) -> SectionsRead:
    """With the categories that somebody chose and that the SIS no longer lists, as deleted: their names are known from earlier runs (B-6)."""
    found = list(read.sections.loc[read.sections["found"], _CLASS])
    chosen = choices(engine, target, found)[[_CLASS, "category_id"]].dropna().drop_duplicates()
    gone = chosen[~among(chosen, read.categories, [_CLASS, "category_id"])]
    if gone.empty:
        return read
    columns = SEEN_CATEGORIES.c
    noted = select(columns.sis_section_id, columns.category_id, columns.title).where(columns.target == target)
    with engine.connect() as connection:
        known = bulk.read(connection, noted, columns.sis_section_id, sorted(set(gone[_CLASS])))
    named = SIS_CATEGORIES.conform(gone.merge(known.dropna(), on=[_CLASS, "category_id"]).assign(state="deleted"))
    return replace(read, categories=pd.concat([read.categories, named], ignore_index=True)) if len(named) else read


def note_classes(engine: Engine, target: str, read: SectionsRead, when: datetime) -> None:
    """What the SIS told of its own sections: whether it knows them, when their terms begin, which categories they have."""
    asked = list(read.sections[_CLASS])
    if not asked:
        return
    classes = [row | {"seen_at": when} for row in bulk.records(read.sections, (_CLASS, "found", "title", "term_start"))]
    categories = bulk.records(read.categories, (_CLASS, "category_id", "title", "state"))
    with state.writing(engine) as connection:
        _renew(connection, SEEN_CLASSES, target, SEEN_CLASSES.c.sis_section_id, asked, classes)
        _renew(connection, SEEN_CATEGORIES, target, SEEN_CATEGORIES.c.sis_section_id, asked, categories)


_NOTED = (*_LISTED, "reason_code", "reason_value")


def _forget_gone(connection: Connection, target: str) -> None:
    """What belongs to courses that are not there any more."""
    courses = select(SEEN_COURSES.c.canvas_course_id).where(SEEN_COURSES.c.target == target)
    for table in (SEEN_SECTIONS, SEEN_GROUPS):
        connection.execute(delete(table).where(table.c.target == target, table.c.canvas_course_id.not_in(courses)))
    classes = select(SEEN_SECTIONS.c.sis_section_id).where(SEEN_SECTIONS.c.target == target, SEEN_SECTIONS.c.sis_section_id.is_not(None))
    for table in (SEEN_CLASSES, SEEN_CATEGORIES):
        connection.execute(delete(table).where(table.c.target == target, table.c.sis_section_id.not_in(classes)))


def _differ(connection: Connection, table: Table, target: str, column: Column[str], values: Sequence[str] | None, rows: list[bulk.Record]) -> bool:
    """Whether the table holds anything but these rows, for these values of the column (None: for the target)."""
    names = [name.name for name in table.c if name.name not in ("target", "seen_at")]
    wanted = select(*(table.c[name] for name in names)).where(table.c.target == target)
    parts = [wanted] if values is None else [wanted.where(column.in_(chunk)) for chunk in bulk.chunks(values)]
    held = {tuple(row) for part in parts for row in connection.execute(part)}
    return held != {tuple(row[name] for name in names) for row in rows}


def _renew(connection: Connection, table: Table, target: str, column: Column[str], values: Sequence[str] | None, rows: Iterable[bulk.Record]) -> None:
    """These rows instead of those that the table held for these values of the column (None: for the target)."""
    gone = delete(table).where(table.c.target == target)
    for part in [gone] if values is None else [gone.where(column.in_(chunk)) for chunk in bulk.chunks(values)]:
        connection.execute(part)
    bulk.replace_all(connection, table, [{"target": target, **row} for row in rows])
