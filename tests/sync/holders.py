"""Runs that hold courses: the little of a `Run` that leases ask for, here and in other processes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from sqlalchemy import Engine, select

from include.sync import state
from include.sync.heartbeat import beating
from include.sync.leases import hold
from include.sync.tables import LEASES


@dataclass(frozen=True)
class Place:
    """The district, as far as leases know it."""

    state: str
    lease_wait: float = 0.0


@dataclass(frozen=True)
class Holding:
    """A run, as far as leases know it."""

    district: Place
    run_id: str
    target: str = "genesis"
    mode: str = "nightly"
    posted_by: str = "schedule"
    now: datetime = datetime(2026, 11, 13, tzinfo=UTC)
    origin: None = None


def holding(database: Engine, run_id: str, lease_wait: float = 0.0, **more: str) -> Holding:
    """A run over this state database."""
    return Holding(Place(database.url.render_as_string(hide_password=False), lease_wait), run_id, **more)


def holders(database: Engine) -> dict[str, str]:
    """Course to the run that holds it."""
    with database.connect() as connection:
        return {row.canvas_course_id: row.run_id for row in connection.execute(select(LEASES))}


def live(url: str, courses: list[str], told: Connection) -> None:
    """Another process: a run that holds these courses and beats until it is killed."""
    run = Holding(Place(url), "run-elsewhere")
    state.engine(url)
    hold(run, courses, timedelta(seconds=0.8))
    with beating(run, courses, timedelta(seconds=0.1), timedelta(seconds=0.8)):
        told.send(os.getpid())
        time.sleep(60)
