"""Deleting what the state database knows of a student or of a course, when a district may not keep it any longer (docs/privacy.md).

Nothing in a SIS or in Canvas is touched. What still syncs is learned again by the next run, so the person or the course leaves Canvas's sync first.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, or_, select

from include.errors import ConfigError
from include.sync import state
from include.sync.tables import (
    COURSE_SETTINGS,
    DOUBTS,
    LEDGER_ASSIGNMENTS,
    LEDGER_SCORES,
    RUN_COURSES,
    SECTION_MAPPINGS,
    SEEN_COURSES,
    SEEN_GROUPS,
    SEEN_SECTIONS,
    STUDENT_MAPPINGS,
)

Counts = dict[str, int]
Ids = set[tuple[str, str]]
"""The SIS's id and Canvas's of students, as they are known together; empty where one is not known."""

_BY_STUDENT = (LEDGER_SCORES, DOUBTS, STUDENT_MAPPINGS)
_BY_COURSE = (
    LEDGER_ASSIGNMENTS,
    DOUBTS,
    COURSE_SETTINGS,
    RUN_COURSES,
    SEEN_SECTIONS,
    SEEN_GROUPS,
    SEEN_COURSES,
    SECTION_MAPPINGS,
    STUDENT_MAPPINGS,
)


def canvas_ids(engine: Engine, target: str, student: str) -> set[str]:
    """Canvas's ids of a student whom the ledger knows by this SIS id."""
    scores = LEDGER_SCORES.c
    asked = select(scores.canvas_user_id).where(scores.target == target, scores.sis_student_id == student).distinct()
    with engine.connect() as connection:
        return {str(user) for user in connection.execute(asked).scalars() if user}


def known_ids(engine: Engine, target: str, student: str) -> Ids:
    """Under which ids the ledger and the doubts know whoever has this id, be it the SIS's or Canvas's."""
    asked = [select(table.c.sis_student_id, table.c.canvas_user_id).where(_theirs(table, target, student, "")) for table in _BY_STUDENT]
    with engine.connect() as connection:
        return {(str(sis), str(canvas or "")) for query in asked for sis, canvas in connection.execute(query.distinct())}


def refuse_two(student: str, known: Ids) -> None:
    """ConfigError where the id is the SIS's of one student and Canvas's of another: nobody loses his rows unasked."""
    by_sis = any(sis == student != canvas for sis, canvas in known)
    by_canvas = any(canvas == student != sis for sis, canvas in known)
    if by_sis and by_canvas:
        raise ConfigError(f'"{student}" is the SIS ID of one student and the Canvas ID of another. Nothing was deleted. Add --sis-id or --canvas-id')


def forget_student(engine: Engine, target: str, student: str, whose: str = "") -> Counts:
    """All scores of one student, by the id of `whose` (sis, canvas; empty: either); how many rows went, by table."""
    theirs = {table: _theirs(table, target, student, whose) for table in _BY_STUDENT}
    with state.writing(engine) as connection:
        return _away(connection, theirs)


def forget_sent_for(engine: Engine, target: str, student: str, user: str) -> Counts:
    """The scores under this SIS student that were sent for this Canvas user, and are gone from the SIS (I-2); what is the student's own stays."""
    theirs = {
        table: and_(table.c.target == target, table.c.sis_student_id == student, table.c.canvas_user_id == user) for table in (LEDGER_SCORES, DOUBTS)
    }
    with state.writing(engine) as connection:
        return _away(connection, theirs)


def forget_course(engine: Engine, target: str, course: str) -> Counts:
    """Everything of one course, by Canvas's id: its assignments and scores, its switch, its lines in the history, its names."""
    scores, copies = LEDGER_SCORES.c, LEDGER_ASSIGNMENTS.c
    same = [getattr(copies, name) == getattr(scores, name) for name in ("target", "sis_section_id", "canvas_assignment_id")]
    of_course = and_(scores.target == target, exists().where(*same, copies.canvas_course_id == course))
    named = {table: and_(table.c.target == target, table.c.canvas_course_id == course) for table in _BY_COURSE}
    with state.writing(engine) as connection:
        return _away(connection, {LEDGER_SCORES: of_course, **named})


def _theirs(table: Table, target: str, student: str, whose: str) -> ColumnElement[bool]:
    columns = {"sis": table.c.sis_student_id, "canvas": table.c.canvas_user_id}
    return and_(table.c.target == target, or_(*(column == student for name, column in columns.items() if whose in ("", name))))


def _away(connection: Connection, conditions: Mapping[Table, ColumnElement[bool]]) -> Counts:
    return {table.name: connection.execute(delete(table).where(condition)).rowcount for table, condition in conditions.items()}
