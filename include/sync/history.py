"""The list of runs, and what each did per course (D-1 to D-3). What was sent row by row lies in the run's artifacts, not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Engine, and_, delete, exists, func, or_, select, update

from include.errors import ConfigError
from include.sync import bulk, state
from include.sync.tables import RUN_COURSES, RUNS, SEEN_COURSES
from include.sync.tally import COUNTS

if TYPE_CHECKING:
    from include.sync.run import Run

RUNNING, COMPLETED, WITH_ERRORS, FAILED = "Running", "Completed", "Completed with errors", "Failed"


@dataclass(frozen=True)
class Page:
    """One page of runs, newest first: `rows` (columns of the table `runs`), which page it is, how many pages and runs there are."""

    rows: list[dict[str, Any]]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class Forgotten:
    """A run that is no longer listed, and where its artifacts lie."""

    target: str
    run_id: str
    artifacts: str | None


def start(engine: Engine, run: Run, courses: pd.DataFrame) -> None:
    """List a run as running, with its courses (COURSES). Started again by a retry, it stays one run."""
    row = _row(run) | {"updated_at": datetime.now(UTC), "stage": "choose", "status": RUNNING, "courses": len(courses)}
    listed = bulk.records(courses, ["canvas_course_id", "name"])
    fixed = {"target": run.target, "run_id": run.run_id, "status": RUNNING}
    with state.writing(engine) as connection:
        bulk.replace_all(connection, RUNS, [row])
        bulk.replace_all(connection, RUN_COURSES, [fixed | course for course in listed])


def reach(engine: Engine, run: Run, stage: str) -> None:
    """Note the stage that a run has reached."""
    with state.writing(engine) as connection:
        connection.execute(update(RUNS).where(_is(run)).values(stage=stage, updated_at=datetime.now(UTC)))


def finish(engine: Engine, run: Run, summary: Mapping[str, Any], counted: pd.DataFrame) -> None:
    """Note how a run ended (`summary`: status, artifacts), and what it did per course, as `tally` counted it in its four tables.

    A course that was started, but that no table names, belongs to a batch that failed, unless it is among those that got `through`: then it
    had nothing to tell.
    """
    through = set(summary.get("through", ()))
    total = {name: int(counted[name].sum()) for name in COUNTS}
    row = _row(run) | {"updated_at": datetime.now(UTC), "stage": "close", "status": summary["status"], "artifacts": summary["artifacts"], **total}
    told = counted.assign(status=counted["errors"].gt(0).map({True: WITH_ERRORS, False: COMPLETED})).reset_index()
    fixed = {"target": run.target, "run_id": run.run_id}
    with state.writing(engine) as connection:
        bulk.replace_all(connection, RUNS, [row])
        known = list(connection.execute(select(RUN_COURSES.c.canvas_course_id).where(_is(run, RUN_COURSES))).scalars())
        bulk.replace_all(connection, RUN_COURSES, [fixed | course for course in bulk.records(told, ["canvas_course_id", "status", *COUNTS])])
        untold = [course for course in known if course not in counted.index]
        lost = [fixed | {"canvas_course_id": course, "status": COMPLETED if course in through else FAILED} for course in untold]
        bulk.replace_all(connection, RUN_COURSES, lost)
        if not known:
            connection.execute(update(RUNS).where(_is(run)).values(courses=len(counted)))
        connection.execute(_named(run))


def recent(engine: Engine, target: str | None = None, course: str | None = None, page: int = 1, size: int = 10, *, previews: bool = True) -> Page:
    """A page of runs, newest first (D-1); of one target, or of one course, or without previews, if asked."""
    if page < 1 or not 1 <= size <= 1000:
        raise ConfigError(f"history: page {page} of {size} rows cannot be shown. Use pages from 1 on, with 1 to 1000 rows each")
    of_course = exists().where(RUN_COURSES.c.target == RUNS.c.target, RUN_COURSES.c.run_id == RUNS.c.run_id, RUN_COURSES.c.canvas_course_id == course)
    asked = ((target, RUNS.c.target == target), (course, of_course), (not previews, RUNS.c.preview.is_(False)))
    wanted = [condition for wants, condition in asked if wants]
    newest = select(RUNS).where(*wanted).order_by(RUNS.c.started_at.desc(), RUNS.c.target, RUNS.c.run_id).limit(size).offset((page - 1) * size)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(RUNS).where(*wanted)).scalar_one()
        rows = [dict(row) for row in connection.execute(newest).mappings()]
    return Page(rows, page, max(1, -(-total // size)), total)


def one(engine: Engine, target: str, run_id: str) -> dict[str, Any] | None:
    """One run's row (D-3), None when it is not listed."""
    with engine.connect() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.target == target, RUNS.c.run_id == run_id)).mappings().one_or_none()
    return dict(row) if row else None


def courses_of(engine: Engine, target: str, run_id: str) -> list[dict[str, Any]]:
    """What a run did per course, by course id."""
    wanted = select(RUN_COURSES).where(RUN_COURSES.c.target == target, RUN_COURSES.c.run_id == run_id).order_by(RUN_COURSES.c.canvas_course_id)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]


def forget(engine: Engine, now: datetime, successful: timedelta = timedelta(days=7), failed: timedelta = timedelta(days=14)) -> list[Forgotten]:
    """Take runs off the list that ended longer ago than that (D-2); those with errors, and those that
    stand as running since then and so died, count as failed."""
    gone = delete(RUNS).where(_ended_before(now, successful, failed)).returning(RUNS.c.target, RUNS.c.run_id, RUNS.c.artifacts)
    with state.writing(engine) as connection:
        rows = connection.execute(gone).all()
    return sorted((Forgotten(*row) for row in rows), key=lambda run: (run.target, run.run_id))


def outlived(engine: Engine, now: datetime, successful: timedelta, failed: timedelta) -> list[Forgotten]:
    """The runs that `forget` would take off the list."""
    wanted = select(RUNS.c.target, RUNS.c.run_id, RUNS.c.artifacts).where(_ended_before(now, successful, failed))
    with engine.connect() as connection:
        return sorted((Forgotten(*row) for row in connection.execute(wanted)), key=lambda run: (run.target, run.run_id))


def listed(engine: Engine, target: str) -> set[str]:
    """The ids of all runs of a target that are on the list."""
    with engine.connect() as connection:
        return set(connection.execute(select(RUNS.c.run_id).where(RUNS.c.target == target)).scalars())


def _ended_before(now: datetime, successful: timedelta, failed: timedelta) -> Any:
    well = and_(RUNS.c.status == COMPLETED, RUNS.c.updated_at < now - successful)
    return or_(well, and_(RUNS.c.status != COMPLETED, RUNS.c.updated_at < now - failed))


def _row(run: Run) -> bulk.Record:
    return {
        "target": run.target,
        "run_id": run.run_id,
        "dag_id": run.origin.dag_id if run.origin else None,
        "dag_run_id": run.origin.dag_run_id if run.origin else None,
        "mode": run.mode,
        "posted_by": run.posted_by,
        "started_at": run.now,
        "preview": run.preview,
    }


def _named(run: Run) -> Any:
    """Names for the courses that the run left out before it listed its own: whoever looks them up knows a course by its name."""
    same = and_(SEEN_COURSES.c.target == RUN_COURSES.c.target, SEEN_COURSES.c.canvas_course_id == RUN_COURSES.c.canvas_course_id)
    name = select(SEEN_COURSES.c.name).where(same).scalar_subquery()
    return update(RUN_COURSES).where(_is(run, RUN_COURSES), RUN_COURSES.c.name.is_(None)).values(name=name)


def _is(run: Run, table: Any = RUNS) -> Any:
    return and_(table.c.target == run.target, table.c.run_id == run.run_id)
