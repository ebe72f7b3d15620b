"""Courses in which nothing is synced are not read by night, where a district wants it (`extract: {skip_idle: true}`)."""

from __future__ import annotations

from collections.abc import Container

from sqlalchemy import select

from include.canvas.listed import is_turn
from include.gradebook.sieve import Sieve
from include.sync import state
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, SEEN_SECTIONS

_COURSE = "canvas_course_id"


def drop_idle(run: Run, courses: Sieve, synced: Container[str] | None) -> Sieve:
    """The courses without those that Canvas's list of synced assignments does not name; all of them where it was not asked for or is not to be had.

    Read all the same: whatever people start or look at; a course of which anything was ever sent, for what vanished from it must be told; one whose
    sections no run has seen, for the pages list them; and each in its turn, every `full_every` days, so that the pages learn of new groups.
    """
    if not run.config.extract.skip_idle or not run.by_night or synced is None:
        return courses
    sent, seen = _known(run)
    ids, day, every = courses.kept[_COURSE], run.day, run.config.extract.full_every
    read = ids.map(lambda course: course in synced or course in sent or course not in seen or is_turn(course, day, every)).astype(bool)
    return courses.drop(~read, "GP-COURSE-IDLE")


def _known(run: Run) -> tuple[set[str], set[str]]:
    """Courses of which the ledger knows an assignment, and those whose sections a run has seen."""
    with state.engine(run.district.state).connect() as connection:
        asked = (select(table.c.canvas_course_id).where(table.c.target == run.target).distinct() for table in (LEDGER_ASSIGNMENTS, SEEN_SECTIONS))
        sent, seen = ({str(course) for course in connection.execute(each).scalars()} for each in asked)
    return sent, seen
