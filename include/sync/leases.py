"""Who may write to a course: one run at a time, over all processes and hosts (A-22).

A lease ends by itself when its holder no longer says that it is alive, so that a killed run does not block its courses for ever. A second try of
the same run takes its own lease over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, case, delete, func, or_, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from include.errors import GradeSyncError
from include.sync import bulk, state
from include.sync.tables import LEASES

if TYPE_CHECKING:
    from include.sync.run import Run

TTL = timedelta(hours=2)


class CourseBusyError(GradeSyncError):
    """Another run holds a course: wait until it ends, or remove the course from this run. `holder` names that run, in words."""

    def __init__(self, message: str, holder: str = "") -> None:
        super().__init__(message)
        self.holder = holder


class LeaseLostError(GradeSyncError):
    """The lease ran out and was taken, or somebody released it: stop writing to the course."""


class OtherTryError(LeaseLostError):
    """A later try of the same run has the courses: stop writing to them, and leave the run's files to it."""


@dataclass(frozen=True)
class Holder:
    """Who asks: a name that a person understands (mode, user or host), and the run."""

    name: str
    run_id: str


@dataclass(frozen=True)
class Lease:
    """The right to write to these courses until `until`, unless it is renewed.

    It is the run's, or, with `since`, that of one try of it alone: a later try that takes the courses gives them another beginning.
    """

    engine: Engine
    target: str
    courses: tuple[str, ...]
    holder: Holder
    until: datetime
    since: datetime | None = None

    def renew(self, ttl: timedelta = TTL) -> Lease:
        """The same lease for another `ttl` from now; LeaseLostError when a course of it is no longer held."""
        with state.writing(self.engine) as connection:
            at = state.now(connection)
            self._update(connection, {"beat_at": at, "expires_at": at + ttl})
        return replace(self, until=at + ttl)

    def taken_over(self, ttl: timedelta = TTL) -> Lease:
        """The run's lease as that of this try alone; every earlier try has lost it now."""
        with state.writing(self.engine) as connection:
            at = state.now(connection)
            self._update(connection, {"acquired_at": at, "beat_at": at, "expires_at": at + ttl})
        return replace(self, until=at + ttl, since=at)

    def guard(self, connection: Connection) -> None:
        """LeaseLostError when a course of it is no longer held; else nobody takes one before this transaction has ended."""
        if lost := self._lost(connection, self._count(connection, self.since, lock=True)):
            raise lost

    def lost(self) -> LeaseLostError | None:
        """What to raise when a course of it is no longer held; None as long as all are."""
        with self.engine.connect() as connection:
            return self._lost(connection, self._count(connection, self.since))

    def _update(self, connection: Connection, values: dict[str, datetime]) -> None:
        mine = _held_by(self.target, self.holder.run_id, self.courses, self.since)
        held = sum(connection.execute(update(LEASES).where(condition).values(values)).rowcount for condition in mine)
        if lost := self._lost(connection, held):
            raise lost

    def _count(self, connection: Connection, since: datetime | None, lock: bool = False) -> int:
        """How many courses are held, since then."""
        asked = _counting(self.target, self.holder.run_id, self.courses, since, lock)
        return sum(connection.execute(one).scalar_one() for one in asked)

    def _lost(self, connection: Connection, held: int) -> LeaseLostError | None:
        if held == len(self.courses):
            return None
        if self._count(connection, None) == len(self.courses):
            return OtherTryError(f"a later try of run {self.holder.run_id} of {self.target} has taken over its courses")
        told = f"run {self.holder.run_id} of {self.target} holds {held} of its {len(self.courses)} courses"
        return LeaseLostError(f"{told}; the others' leases ran out and were taken, or were released")

    def release(self) -> None:
        """Let others have the courses; those that are no longer held, or that a later try has, are left alone."""
        _release(self.engine, self.target, self.holder.run_id, self.courses, self.since)

    @contextmanager
    def freed_on_failure(self) -> Iterator[None]:
        """Free the courses of this try for the next run when the block fails (I-7)."""
        try:
            yield
        except BaseException:
            with suppress(SQLAlchemyError):  # what cannot be freed now is freed by `close`, or ends by itself
                self.release()
            raise


def acquire(engine: Engine, target: str, courses: Iterable[str], holder: Holder, ttl: timedelta = TTL) -> Lease:
    """The lease on all of these courses, or on none: CourseBusyError names the run that holds one, since when and until when.

    One statement per lot of courses, in a fixed order, takes what is free, run out, or this run's own: two that ask at once cannot both
    get a course, nor wait for each other in a circle.
    """
    wanted = tuple(sorted(set(courses)))
    with state.writing(engine) as connection:
        at = state.now(connection)
        fixed = {"target": target, "holder": holder.name, "run_id": holder.run_id, "acquired_at": at, "beat_at": at, "expires_at": at + ttl}
        taken: set[str] = set()
        for chunk in bulk.chunks(wanted):
            taken |= _take(connection, [fixed | {"canvas_course_id": course} for course in chunk], holder.run_id, at)
        if len(taken) != len(wanted):
            raise CourseBusyError(*_busy(connection, target, [course for course in wanted if course not in taken]))
    return Lease(engine, target, wanted, holder, at + ttl)


def hold(run: Run, courses: Sequence[str], ttl: timedelta = TTL) -> Lease:
    """The run's lease on these courses."""
    name = f"{run.mode} by {run.posted_by}{f', {run.shown_id} in Airflow' if run.origin else ''}"
    return acquire(state.engine(run.district.state), run.target, courses, Holder(name, run.run_id), ttl)


def hold_free(run: Run, courses: Sequence[str], ttl: timedelta = TTL) -> dict[str, str]:
    """The run's lease on those of the courses that are free; for each of the others, who holds it."""
    try:
        hold(run, courses, ttl)
    except CourseBusyError:
        return {course: told for course in courses if (told := _busy_told(run, course, ttl))}
    return {}


def take(run: Run, courses: Sequence[str], ttl: timedelta = TTL) -> Lease:
    """The run's lease on these courses as that of this try alone; LeaseLostError when it has not held them all the time since it took them."""
    return Lease(state.engine(run.district.state), run.target, tuple(courses), Holder("", run.run_id), run.now).taken_over(ttl)


def _busy_told(run: Run, course: str, ttl: timedelta) -> str:
    try:
        hold(run, [course], ttl)
    except CourseBusyError as error:
        return error.holder
    return ""


def let_go(run: Run, courses: Sequence[str] | None = None) -> None:
    """Release the run's lease on these courses; None: on all that it holds, as its last act."""
    _release(state.engine(run.district.state), run.target, run.run_id, courses)


@contextmanager
def freed_on_failure(run: Run, courses: Sequence[str]) -> Iterator[None]:
    """Free these courses for the next run when the block fails, except those that another try of this run has renewed meanwhile (I-7)."""
    if run.preview:
        yield
        return
    engine = state.engine(run.district.state)
    with engine.connect() as connection:
        begun = state.now(connection)
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):
            _release(engine, run.target, run.run_id, courses, LEASES.c.beat_at <= begun)
        raise


def _release(engine: Engine, target: str, run_id: str, courses: Sequence[str] | None, only: datetime | ColumnElement[bool] | None = None) -> None:
    """Release the run's leases; `only` those of the try that took them then, or that meet this condition."""
    since, more = (None, only) if isinstance(only, ColumnElement) else (only, true())
    with state.writing(engine) as connection:
        for condition in _held_by(target, run_id, courses, since):
            connection.execute(delete(LEASES).where(condition, more))


@lru_cache(maxsize=8)
def _counting(target: str, run_id: str, courses: tuple[str, ...], since: datetime | None, lock: bool) -> list[Select[Any]]:
    """How many leases these are: asked around every write, so put together once. `lock`: their rows stay as they are; SQLite, where one transaction
    writes at a time, needs none."""
    found = (select(LEASES.c.canvas_course_id).where(condition) for condition in _held_by(target, run_id, courses, since))
    rows = ((one.with_for_update(read=True) if lock else one).subquery() for one in found)
    return [select(func.count()).select_from(one) for one in rows]


def _held_by(target: str, run_id: str, courses: Sequence[str] | None, since: datetime | None = None) -> list[ColumnElement[bool]]:
    """Conditions that together pick the run's leases on these courses; `since`: those of the try that took them then."""
    mine = and_(LEASES.c.target == target, LEASES.c.run_id == run_id)
    mine = mine if since is None else and_(mine, LEASES.c.acquired_at == since)
    return [mine] if courses is None else [and_(mine, LEASES.c.canvas_course_id.in_(chunk)) for chunk in bulk.chunks(courses)]


def _take(connection: Connection, rows: list[bulk.Record], run_id: str, at: datetime) -> set[str]:
    statement = bulk.upsert(connection.dialect.name, LEASES).values(rows)
    new: bulk.Values = {name: statement.excluded[name] for name in ("holder", "run_id", "beat_at", "expires_at")}
    new["acquired_at"] = case((LEASES.c.run_id == run_id, LEASES.c.acquired_at), else_=statement.excluded.acquired_at)
    free = or_(LEASES.c.expires_at <= at, LEASES.c.run_id == run_id)
    mine = statement.on_conflict_do_update(index_elements=list(LEASES.primary_key.columns), set_=new, where=free)
    return set(connection.execute(mine.returning(LEASES.c.canvas_course_id)).scalars())


def _busy(connection: Connection, target: str, courses: Sequence[str]) -> tuple[str, str]:
    """(the message about the first of these courses, which run holds it)."""
    rows = connection.execute(select(LEASES).where(LEASES.c.target == target, LEASES.c.canvas_course_id == courses[0])).all()
    others = f" (and {len(courses) - 1} more courses)" if len(courses) > 1 else ""
    told = _told(rows[0]) if rows else "another run"
    return f"course {courses[0]}{others} of {target} is in use by {told}. Wait until it ends, or remove the course from this run", told


def _told(row: Row[tuple[object, ...]]) -> str:
    since, until = (moment.isoformat(timespec="seconds") for moment in (row.acquired_at, row.expires_at))
    return f"{row.holder}, run {row.run_id}, started {since}; its reservation ends by {until}"
