"""Courses in which nothing is synced are not read by night, where a district wants it (`extract: {skip_idle: true}`)."""

from __future__ import annotations

import zlib

from sqlalchemy import select

from include.canvas.client import CanvasClient
from include.canvas.sis_list import courses_with_synced
from include.gradebook.dates import local_today
from include.gradebook.sieve import Sieve
from include.sync import state
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, SEEN_SECTIONS

_COURSE = "canvas_course_id"


def drop_idle(run: Run, canvas: CanvasClient, courses: Sieve) -> Sieve:
    """The courses without those that Canvas's list of synced assignments does not name.

    Read all the same: whatever people start or look at; a course of which anything was ever sent, for what vanished from it must be told; one whose
    sections no run has seen, for the pages list them; and each in its turn, every `full_every` days, so that the pages learn of new groups.
    """
    if not run.config.extract.skip_idle or run.mode != "nightly" or run.preview or courses.kept.empty:
        return courses
    busy = courses_with_synced(canvas, run.config.canvas_account)
    if busy is None:
        return courses
    sent, seen = _known(run)
    ids = courses.kept[_COURSE]
    return courses.drop(~ids.isin(busy | sent) & ids.isin(seen) & ~ids.map(lambda course: _turn(run, course)), "GP-COURSE-IDLE")


def _known(run: Run) -> tuple[set[str], set[str]]:
    """Courses of which the ledger knows an assignment, and those whose sections a run has seen."""
    with state.engine(run.district.state).connect() as connection:
        asked = (select(table.c.canvas_course_id).where(table.c.target == run.target).distinct() for table in (LEDGER_ASSIGNMENTS, SEEN_SECTIONS))
        sent, seen = ({str(course) for course in connection.execute(each).scalars()} for each in asked)
    return sent, seen


def _turn(run: Run, course: str) -> bool:
    """Whether this is the course's day: each has one in `full_every`, spread over them."""
    today = local_today(run.now, run.district.time_zone).toordinal()
    return (today + zlib.crc32(course.encode())) % run.config.extract.full_every == 0
