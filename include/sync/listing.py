"""The list of runs as people look at it (D-1, D-2): filtered, paged, newest first; district-wide, or course by course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, and_, func, or_, select, true

from include.errors import ConfigError
from include.sync.tables import RUN_COURSES, RUNS

MODES = ("nightly", "on_demand", "remaster", "reconcile")
STATUSES = ("Running", "Completed", "Completed with errors", "Failed")
_PER_COURSE = (
    "status",
    "canvas_assignments",
    "sis_assignments",
    "sis_assignments_done",
    "sis_grades",
    "sis_grades_done",
    "warnings",
    "errors",
)


@dataclass(frozen=True)
class Wanted:
    """Which runs to list: of these targets and, where said, of one status, one mode, or courses of this id or with this in their name."""

    targets: tuple[str, ...]
    status: str = ""
    mode: str = ""
    course: str = ""


@dataclass(frozen=True)
class Listed:
    """One page of runs. With a course asked for, a row is a run's part for one course."""

    rows: list[dict[str, Any]]
    number: int
    pages: int
    total: int


def listed(engine: Engine, wanted: Wanted, page: int = 1, size: int = 10) -> Listed:
    """A page of what is wanted, newest first; a page past the end is the last one."""
    if page < 1 or not 1 <= size <= 1000:
        raise ConfigError(f"history: page {page} of {size} rows cannot be shown. Use pages from 1 on, with 1 to 1000 rows each")
    query = _of_courses(wanted) if wanted.course else _of_runs(wanted)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
        pages = max(1, -(-total // size))
        number = min(page, pages)
        rows = [dict(row) for row in connection.execute(query.limit(size).offset((number - 1) * size)).mappings()]
    return Listed(rows, number, pages, total)


def targets(engine: Engine) -> tuple[str, ...]:
    """Every target that has a run on the list, whether the district file still has it or not."""
    with engine.connect() as connection:
        return tuple(sorted(connection.execute(select(RUNS.c.target).distinct()).scalars()))


def only_courses(engine: Engine, runs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The name (or, without one, the id) of the course of those runs that have just one."""
    keys = list(runs)
    if not keys:
        return {}
    these = or_(*(and_(RUN_COURSES.c.target == target, RUN_COURSES.c.run_id == run_id) for target, run_id in keys))
    columns = (RUN_COURSES.c.target, RUN_COURSES.c.run_id, func.min(func.coalesce(RUN_COURSES.c.name, RUN_COURSES.c.canvas_course_id)))
    single = select(*columns).where(these).group_by(*columns[:2]).having(func.count() == 1)
    with engine.connect() as connection:
        return {(target, run_id): name for target, run_id, name in connection.execute(single)}


def courses_page(engine: Engine, target: str, run_id: str, page: int = 1, size: int = 10) -> Listed:
    """What a run did per course: those with most errors first, then by name."""
    table = RUN_COURSES.c
    query = select(RUN_COURSES).where(table.target == target, table.run_id == run_id)
    query = query.order_by((table.status != "Failed"), table.errors.desc(), table.warnings.desc(), table.name, table.canvas_course_id)
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
        pages = max(1, -(-total // size))
        number = min(max(1, page), pages)
        rows = [dict(row) for row in connection.execute(query.limit(size).offset((number - 1) * size)).mappings()]
    return Listed(rows, number, pages, total)


def of_dag_run(engine: Engine, dag_id: str, dag_run_id: str, among: Sequence[str]) -> list[dict[str, Any]]:
    """The runs of any of these targets that Airflow knows by this DAG and ID; and those of this ID from before the DAG was noted."""
    noted = and_(RUNS.c.dag_id == dag_id, RUNS.c.dag_run_id == dag_run_id)
    before = and_(RUNS.c.dag_id.is_(None), RUNS.c.run_id == dag_run_id)
    query = select(RUNS).where(RUNS.c.target.in_(among), or_(noted, before)).order_by(RUNS.c.dag_id.is_(None), RUNS.c.target)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _of_runs(wanted: Wanted) -> Select[Any]:
    return _newest(select(RUNS).where(*_conditions(wanted, RUNS.c.status)))


def _of_courses(wanted: Wanted) -> Select[Any]:
    per_course = [RUN_COURSES.c[name] for name in _PER_COURSE]
    rest = [column for column in RUNS.c if column.name not in _PER_COURSE]
    same = and_(RUN_COURSES.c.target == RUNS.c.target, RUN_COURSES.c.run_id == RUNS.c.run_id)
    named = func.lower(RUN_COURSES.c.name).contains(wanted.course.lower(), autoescape=True)
    query = select(*rest, *per_course, RUN_COURSES.c.canvas_course_id, RUN_COURSES.c.name.label("course_name")).join_from(RUNS, RUN_COURSES, same)
    return _newest(query.where(or_(RUN_COURSES.c.canvas_course_id == wanted.course, named), *_conditions(wanted, RUN_COURSES.c.status)))


def _conditions(wanted: Wanted, status: Any) -> list[Any]:
    asked: list[Any] = [RUNS.c.target.in_(wanted.targets)]
    asked.append(status == wanted.status if wanted.status else true())
    asked.append(RUNS.c.mode == wanted.mode if wanted.mode else true())
    return asked


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(RUNS.c.started_at.desc(), RUNS.c.target, RUNS.c.run_id)
