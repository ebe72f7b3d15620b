"""Deleting what the state database knows of a student or of a course, when a district may not keep it any longer (docs/privacy.md).

Nothing in a SIS or in Canvas is touched. What still syncs is learned again by the next run, so the person or the course leaves Canvas's sync first.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, or_, select

from include.sync import state
from include.sync.tables import COURSE_SETTINGS, DOUBTS, LEDGER_ASSIGNMENTS, LEDGER_SCORES, RUN_COURSES, SEEN_COURSES, SEEN_GROUPS, SEEN_SECTIONS

Counts = dict[str, int]
_BY_COURSE = (LEDGER_ASSIGNMENTS, DOUBTS, COURSE_SETTINGS, RUN_COURSES, SEEN_SECTIONS, SEEN_GROUPS, SEEN_COURSES)


def canvas_ids(engine: Engine, target: str, student: str) -> set[str]:
    """Canvas's ids of a student whom the ledger knows by this SIS id."""
    scores = LEDGER_SCORES.c
    asked = select(scores.canvas_user_id).where(scores.target == target, scores.sis_student_id == student).distinct()
    with engine.connect() as connection:
        return {str(user) for user in connection.execute(asked).scalars() if user}


def forget_student(engine: Engine, target: str, student: str) -> Counts:
    """All scores of one student, by the SIS's id or Canvas's; how many rows went, by table."""
    theirs = {
        table: and_(table.c.target == target, or_(table.c.sis_student_id == student, table.c.canvas_user_id == student))
        for table in (LEDGER_SCORES, DOUBTS)
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


def _away(connection: Connection, conditions: Mapping[Table, ColumnElement[bool]]) -> Counts:
    return {table.name: connection.execute(delete(table).where(condition)).rowcount for table, condition in conditions.items()}
