"""The smallest town that has everything a night can meet: creates, updates, adoptions, clears, deletes, refused rows, an unknown student.

One course with two sections. A first night has sent part of it; then teachers change things, and a part of the ledger is lost. What the next
night does about that is what the bench disturbs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete
from starlette.applications import Starlette

from faults.variants import Variant
from include.canvas.client import CanvasClient
from include.connection import Connection
from include.district import load_district
from include.sandbox import serving
from include.sandbox.canvas.app import canvas_app
from include.sandbox.canvas.state import CanvasState
from include.sandbox.generate import Size, generate
from include.sandbox.journal import Journal
from include.sandbox.world import Course, District
from include.sync import stages, state
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES
from tests.town import Town, bind_copy

SIZE = Size(courses=2, sections=2, students=5, assignments=8)  # with seven, the one new assignment is that with the long name
TOKEN = "canvas-full-token"  # noqa: S105  # the sandbox's own, known to everybody
LONG = "A name that is far too long for any gradebook that the five systems bring along"
RUNS = {"tonight": "nightly", "next night": "nightly", "remaster": "remaster"}
"""The runs that are ready: Canvas is read and filtered for each. The first is the one that is disturbed, and its plan is made as well."""
BATCH = "batch-000"
PATIENT, IMPATIENT = 20.0, 0.6
"""Seconds that clients wait for an answer: long on a busy machine, short where the case is about just that."""


@dataclass
class SmallTown:
    """The state before the night: both servers' states in memory, ledger and run folders on disk. Every trial works on a copy."""

    variant: Variant
    folder: Path
    district: District
    course: Course
    apps: dict[str, Starlette] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The SIS's name."""
        return self.variant.target

    @property
    def stranger(self) -> str:
        """The student whom the SIS no longer lists in his class."""
        return self.course.sections[0].students[-1]

    def town(self, folder: Path, urls: dict[str, str]) -> Town:
        """A copy of the prepared files in this folder, and the servers that it speaks to."""
        if not folder.exists():
            # Whatever is written into a run folder replaces a file as a whole, so the prepared ones need no copy.
            shutil.copytree(self.folder / "artifacts", folder / "artifacts", copy_function=os.link)
            for file in self.folder.glob("state.db*"):
                shutil.copy(file, folder)
            bind_copy(folder / "state.db", urls[self.target])
        path = folder / "district.yaml"
        path.write_text(yaml.safe_dump(self._district_file(folder)))
        return Town(urls, path, extras={self.target: {**self.variant.extra, "timeout_s": PATIENT}})

    def run(self, town: Town, name: str) -> Run:
        """One of the prepared runs."""
        district = load_district(town.file)
        return Run(district, self.target, name.replace(" ", "-"), RUNS[name], "bench", _noon(), courses=(self.course.id,))

    def _district_file(self, folder: Path) -> dict[str, Any]:
        target = {
            "sis": self.target,
            "connection": f"{self.target}_default",
            "canvas_account": self.district.accounts[self.target],
            "rules": dict(self.variant.rules),
        }
        return {
            "time_zone": "America/New_York",
            "canvas": {"connection": "canvas_default"},
            "artifacts": str(folder / "artifacts"),
            "state": f"sqlite:///{folder}/state.db",
            "lease_wait": 0,
            "targets": {self.target: target},
        }


def canvas(town: Town, timeout: float = PATIENT) -> CanvasClient:
    """A client of the sandbox's Canvas that is as eager as those of the SIS, so that a second try costs little."""
    extra = {"read_timeout": timeout, "tries": 3, "first_delay": 0.02, "patience": 20}
    return CanvasClient(Connection("canvas_default", town.urls["canvas"], password=TOKEN, extra=extra), workers=2)


def keep_engines() -> None:
    """Children take over their parent's engines with the statements that these have compiled; each opens its own connections.

    The parent's are closed before it forks (see `small_town`).
    """
    make = getattr(state, "_engine")  # noqa: B009  # not ours, and only the bench does this
    kept = cache(lambda url: make(url, 0))
    setattr(state, "_engine", lambda url, _process: kept(url))  # noqa: B010


@contextmanager
def small_town(variant: Variant, folder: Path, trials: Path, size: Size = SIZE) -> Iterator[SmallTown]:
    """Make one: the first night, the changes after it, and Canvas read for the runs to come.

    It is made where its `trials` will be, so that these find the same database there, and moved to `folder`.
    """
    trials.mkdir(parents=True)
    district = generate(size=size)
    course = next(course for course in district.courses if course.target == variant.target)
    place = SmallTown(variant, trials, district, course)
    place.apps = {"canvas": canvas_app(district, Journal(None)), variant.target: variant.app(district)}
    stranger = next(one for one in district.students if one.id == place.stranger)
    place.apps[variant.target].state.sandbox.move_student(stranger.sis_id, course.sections[0].sis_id, "")
    with serving.run_in_thread(place.apps["canvas"]) as one, serving.run_in_thread(place.apps[variant.target]) as other:
        town = place.town(trials, {"canvas": one.url, variant.target: other.url})
        state.upgrade(load_district(town.file).state)
        _first_night(place, town)
        _since_then(place, town)
        for name in RUNS:
            _read_canvas(place.run(town, name), town)
        tonight = place.run(town, "tonight")
        stages.transform(tonight, BATCH, town.client(variant.target))
        stages.validate(tonight, BATCH)
    engine = state.engine(load_district(town.file).state)
    engine.dispose()
    for app in place.apps.values():
        app.state.sandbox.log.clear()
    trials.rename(folder)
    yield replace(place, folder=folder)
    shutil.rmtree(folder)


def _first_night(place: SmallTown, town: Town) -> None:
    first = tuple(_graded(place)[:4])
    town.nights += 1
    run = Run(load_district(town.file), place.target, "first-night", "on_demand", "bench", _noon(), courses=(place.course.id,), assignments=first)
    _read_canvas(run, town)
    sis = town.client(place.target)
    stages.transform(run, BATCH, sis)
    stages.validate(run, BATCH)
    stages.load(run, BATCH, sis)
    stages.publish(run, BATCH)


def _read_canvas(run: Run, town: Town) -> None:
    client = canvas(town)
    (batch,) = stages.choose(run, client)
    stages.extract(run, batch, client)
    stages.filter_rows(run, batch)


def _since_then(place: SmallTown, town: Town) -> None:
    """What happens after the first night: each of the four assignments that it sent meets another fate, the others are new."""
    moved, blanked, removed, lost, *fresh = _graded(place)
    books: CanvasState = place.apps["canvas"].state.sandbox
    course = int(place.course.id)
    put = partial(_put, books, course)
    put("assignments", int(moved), name="Renamed since", points_possible=40.0)
    for user in _scored(place, moved)[:3]:
        put("submissions", [int(moved), user], score=3.25, entered_score=3.25, grade="3.25", entered_grade="3.25")
    for user in _scored(place, blanked)[:2]:
        put("submissions", [int(blanked), user], score=None, entered_score=None, grade=None, entered_grade=None)
    put("assignments", int(removed), workflow_state="deleted", published=False)
    put("assignments", int(fresh[0]), name=LONG)
    for user in _scored(place, fresh[-1])[:1]:
        put("submissions", [int(fresh[-1]), user], score=None, entered_score=None, grade=None, entered_grade=None, excused=True)
    with state.writing(state.engine(load_district(town.file).state)) as connection:
        for table in (LEDGER_SCORES, LEDGER_ASSIGNMENTS):
            connection.execute(delete(table).where(table.c.canvas_assignment_id == lost))


def _put(books: CanvasState, course: int, table: str, key: object, **fields: Any) -> None:
    books.clock.tick()
    books.write(table, course, key, fields)


def _graded(place: SmallTown) -> list[str]:
    """The assignments that have scores, as they stand in the course."""
    return [str(row["id"]) for row in place.course.assignments if _scored(place, str(row["id"]))]


def _scored(place: SmallTown, assignment: str) -> list[int]:
    """Who of those whom the SIS knows has a number in it, in the order of their ids."""
    rows = place.course.submissions.items()
    return sorted(user for (one, user), row in rows if one == int(assignment) and row.get("score") is not None and str(user) != place.stranger)


def _noon() -> Any:
    from tests.town import NOON

    return NOON
