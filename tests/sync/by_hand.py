"""Runs by hand at stage level: a plan, its sending, and what stands in the state database meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from include.district import load_district
from include.sync import stages, state
from include.sync.close import close
from include.sync.run import Run
from tests.town import Result, Town


def plan(place: Town, target: str, mode: str, **asked: Any) -> Run:
    """A run up to its checked plan."""
    run = place.run(target, mode, **asked)
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
        stages.transform(run, batch, place.client(target))
        stages.validate(run, batch)
    return run


def send(place: Town, run: Run, approval: str = "") -> Result:
    """The rest of a run."""
    for batch in run.batches():
        stages.load(run, batch, place.client(run.target))
        stages.publish(run, batch)
    return Result(run, close(run, approval))


def reject(run: Run, who: str = "ada") -> Result:
    """The end of a run whose plan a person did not want."""
    return Result(run, close(replace(run, preview=True), f"rejected by {who}"))


def leased(place: Town) -> dict[str, str]:
    """Course to the run that holds it."""
    with state.engine(load_district(place.file).state).connect() as connection:
        return {row.canvas_course_id: row.run_id for row in connection.execute(text("SELECT canvas_course_id, run_id FROM leases"))}


def forget_leases(place: Town) -> None:
    """All leases have run out, and others have had the courses since."""
    with state.engine(load_district(place.file).state).begin() as connection:
        connection.execute(text("DELETE FROM leases"))
