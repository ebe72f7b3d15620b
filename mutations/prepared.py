"""The state before the mutated run: a first run has sent a part, Canvas has changed, and the runs to come are ready up to their filter stage."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete

from include.canvas.client import CanvasClient
from include.connection import Connection
from include.district import load_district
from include.sandbox.canvas.app import canvas_app
from include.sandbox.journal import Journal
from include.sandbox.running import server
from include.sandbox.world import District
from include.sync import stages, state
from include.sync.close import close
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES
from mutations import world
from mutations.interceptor import Interceptor
from mutations.variants import Variant
from tests.town import NOON, Town, bind_copy

TOKEN = "canvas-full-token"  # noqa: S105  # the sandbox's own, known to everybody
CANVAS = "canvas"
CHOOSE, EXTRACT, TRANSFORM, LOAD = STARTS = ("choose", "extract", "transform", "load")
"""The stages that ask another system. A run starts with the first one whose responses are mutated: those before it are done."""
FIRST, TONIGHT, NEXT = "first", "tonight", "next"
_RUNS = {FIRST: 0, TONIGHT: 1, NEXT: 2}


@dataclass
class Prepared:
    """One variant's servers in memory, its files in a folder, and the sockets on which the servers listen."""

    variant: Variant
    district: District
    folder: Path
    apps: dict[str, Interceptor]
    sockets: dict[str, socket.socket] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Return the SIS's name."""
        return self.variant.target

    def town(self) -> Town:
        """Return the town in the current folder."""
        urls = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in self.sockets.items()}
        return Town(urls, Path("district.yaml"), extras={self.target: dict(self.variant.connection)})

    def run(self, name: str) -> Run:
        """Return one of the three runs."""
        return Run(load_district(Path("district.yaml")), self.target, name, "nightly", "bench", NOON + timedelta(minutes=_RUNS[name]))

    @contextmanager
    def serving(self, ends: bool = True) -> Iterator[Town]:
        """Serve from threads until the block `ends`, or until this process does."""
        servers = {name: server(app) for name, app in self.apps.items()}
        threads = [threading.Thread(target=one.run, kwargs={"sockets": [self.sockets[name].dup()]}, daemon=True) for name, one in servers.items()]
        for thread in threads:
            thread.start()
        while not all(one.started for one in servers.values()):
            time.sleep(0.001)
        yield self.town()
        for one in servers.values() if ends else ():
            one.should_exit = True
        for thread in threads if ends else ():
            thread.join()

    def copy_to(self, folder: Path, start: str) -> None:
        """Copy the files of a run that starts with this stage, and work in the copy from now on."""
        folder.mkdir()
        source = self.folder / LOAD if start == LOAD else self.folder
        shutil.copytree(source / "artifacts", folder / "artifacts", copy_function=os.link)
        for file in (*source.glob("state.db*"), source / "district.yaml"):
            shutil.copy(file, folder)
        bind_copy(folder / "state.db", self.town().urls[self.target])
        os.chdir(folder)
        run = Path("artifacts", self.target, TONIGHT)
        for done in {CHOOSE: [run], EXTRACT: run.glob("work/batch-*")}.get(start, ()):
            shutil.rmtree(done)


def listen(prepared: Prepared) -> None:
    """Open the sockets; children of this process share them one after the other."""
    for name in prepared.apps:
        prepared.sockets[name] = socket.create_server(("127.0.0.1", 0), backlog=512)


def canvas(town: Town) -> CanvasClient:
    """Return a client of the sandbox's Canvas with one request at a time, so that a run always asks in the same order."""
    extra = {"read_timeout": 20.0, "tries": 3, "first_delay": 0.02, "patience": 20}
    return CanvasClient(Connection("canvas_default", town.urls["canvas"], password=TOKEN, extra=extra), workers=1)


def keep_engine() -> None:
    """Let children use their parent's engine with its compiled statements; each opens its own connections."""
    make = getattr(state, "_engine")  # noqa: B009  # the bench's alone
    kept = cache(lambda url: make(url, 0))
    setattr(state, "_engine", lambda url, _process: kept(url))  # noqa: B010


def prepare(variant: Variant, folder: Path) -> Prepared:
    """Make the state of one variant in a new folder."""
    folder.mkdir()
    os.chdir(folder)
    one = world.district(variant.target)
    servers = {"canvas": canvas_app(one, Journal(None)), variant.target: variant.app(one)}
    prepared = Prepared(variant, one, folder, {name: Interceptor(app) for name, app in servers.items()})
    Path("district.yaml").write_text(yaml.safe_dump(_district_file(prepared)))
    listen(prepared)
    state.upgrade(load_district(Path("district.yaml")).state)
    with prepared.serving() as town:
        _first_run(prepared, town)
        world.let_time_pass(prepared.apps["canvas"].state.sandbox, one)
        _forget(prepared)
        for name in (TONIGHT, NEXT):
            read_canvas(prepared.run(name), canvas(town))
    state.engine(load_district(Path("district.yaml")).state).dispose()
    for app in prepared.apps.values():
        app.state.sandbox.log.clear()
    return prepared


def validate(prepared: Prepared) -> None:
    """Make the files of a run that starts with its load stage. In a child only: the servers that it asks are not those of the runs."""
    prepared.copy_to(prepared.folder / LOAD, TRANSFORM)
    run = prepared.run(TONIGHT)
    with prepared.serving() as town:
        for batch in run.batches():
            stages.transform(run, batch, town.client(prepared.target))
            stages.validate(run, batch)


def _first_run(prepared: Prepared, town: Town) -> None:
    """Send the first two assignments of each course."""
    chosen = tuple(str(one) for course in prepared.district.courses for one in world.graded(course)[:2])
    courses = tuple(course.id for course in prepared.district.courses)
    run = prepared.run(FIRST)
    run = Run(run.district, run.target, run.run_id, "on_demand", run.posted_by, run.now, courses=courses, assignments=chosen)
    for batch in read_canvas(run, canvas(town)):
        sis = town.client(prepared.target)
        stages.transform(run, batch, sis)
        stages.validate(run, batch)
        stages.load(run, batch, sis)
        stages.publish(run, batch)
    close(run)


def read_canvas(run: Run, client: CanvasClient) -> list[str]:
    """Run the stages up to the filter."""
    batches = stages.choose(run, client)
    for batch in batches:
        stages.extract(run, batch, client)
        stages.filter_rows(run, batch)
    return batches


def _forget(prepared: Prepared) -> None:
    """Forget one sent assignment per course in the ledger: the next run finds it in the SIS and adopts it."""
    lost = [str(world.graded(course)[1]) for course in prepared.district.courses]
    with state.writing(state.engine(load_district(Path("district.yaml")).state)) as connection:
        for table in (LEDGER_SCORES, LEDGER_ASSIGNMENTS):
            connection.execute(delete(table).where(table.c.canvas_assignment_id.in_(lost)))


def _district_file(prepared: Prepared) -> Mapping[str, Any]:
    target = prepared.target
    entry = {"sis": target, "connection": f"{target}_default", "canvas_account": prepared.district.accounts[target], "rules": {}}
    return {
        "time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": "artifacts",
        "state": "sqlite:///state.db", "lease_wait": 0, "targets": {target: entry},
    }  # fmt: skip
