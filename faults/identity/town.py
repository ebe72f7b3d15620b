"""The prepared state of the identity cases: two courses that a first night has sent, and a copy of it with its servers per case."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine
from starlette.applications import Starlette

from faults import servers
from faults.identity.judge import Seen
from faults.identity.world import EXAM, Truth, Whose, first_world, in_the_sis, sections
from faults.small_town import PATIENT
from faults.variants import Variant
from include.district import load_district
from include.errors import GradeSyncError
from include.sandbox import serving
from include.sandbox.canvas.app import canvas_app
from include.sandbox.journal import Journal
from include.sandbox.world import District
from include.sis.contract import SisClient
from include.sync import stages, state
from include.sync.close import close
from include.sync.run import Run
from tests.town import Town

World = Callable[[District], District]
"""What happens in Canvas after the first night."""


@dataclass(frozen=True)
class Told:
    """What a night left for people: its messages, or the error that stopped it; how many rows it wrote into the SIS."""

    rows: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    written: int = 0

    @property
    def texts(self) -> list[str]:
        """Everything that it says."""
        return [self.error] if self.error else [str(row["message"]) for row in self.rows]


@dataclass
class Prepared:
    """Servers and files after the first night. `other` is an empty SIS of another district."""

    variant: Variant
    folder: Path
    world: District
    apps: dict[str, Starlette] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The SIS's name."""
        return self.variant.target

    @contextmanager
    def scene(self, folder: Path, worlds: Mapping[str, World], rules: Mapping[str, Any]) -> Iterator[Scene]:
        """A copy of all: one Canvas per world, the SIS at two addresses, and another SIS."""
        changed = {name: change(self.world) for name, change in worlds.items()}
        canvases: dict[str, Starlette] = {f"canvas {name}": canvas_app(world, Journal(None)) for name, world in changed.items()}
        sis = {self.target: self.apps[self.target], "elsewhere": self.apps[self.target], "other": self.apps["other"]}
        try:
            with servers.serving({"canvas": self.apps["canvas"], **canvases, **sis}, {}) as urls:
                town = self.town(folder, urls, rules)
                yield Scene(self, town, {"": Truth(self.world), **{name: Truth(world) for name, world in changed.items()}}, urls)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def town(self, folder: Path, urls: dict[str, str], rules: Mapping[str, Any]) -> Town:
        """A copy of the prepared files, and the servers that it speaks to; the copied ledger belongs to this case's server (I-4)."""
        if not folder.exists():
            shutil.copytree(self.folder / "artifacts", folder / "artifacts", copy_function=os.link)
            shutil.copy(self.folder / "state.db", folder)
            with sqlite3.connect(folder / "state.db") as connection:
                connection.execute("UPDATE sis_bindings SET server = replace(server, substr(server, 1, instr(server || '/', '/') - 1), ?)",
                                   (urls[self.target].split("//")[1],))  # fmt: skip
            connection.close()
        path = folder / "district.yaml"
        target: dict[str, Any] = {"sis": self.target, "connection": f"{self.target}_default", "canvas_account": self.world.accounts[self.target]}
        told: dict[str, Any] = {"time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": str(folder / "artifacts")}
        told |= {"state": f"sqlite:///{folder}/state.db", "lease_wait": 0}
        path.write_text(yaml.safe_dump({**told, "targets": {self.target: {**target, "rules": {**self.variant.rules, **rules}}}}))
        return Town(dict(urls), path, nights=10, extras={self.target: {**self.variant.extra, "timeout_s": PATIENT}})


@dataclass
class Scene:
    """One case at work. `canvas` names the world that Canvas shows now; "" is that of the first night."""

    place: Prepared
    town: Town
    truths: Mapping[str, Truth]
    addresses: Mapping[str, str]
    canvas: str = ""

    @property
    def target(self) -> str:
        """The SIS's name."""
        return self.place.target

    @property
    def truth(self) -> Truth:
        """What Canvas says now."""
        return self.truths[self.canvas]

    @cached_property
    def whose(self) -> Whose:
        """Every number that Canvas ever had."""
        return {number: owner for truth in self.truths.values() for number, owner in truth.whose.items()}

    @property
    def engine(self) -> Engine:
        """The state database."""
        return state.engine(load_district(self.town.file).state)

    def client(self) -> SisClient:
        """A client of the SIS."""
        return self.town.client(self.target)

    def lead_to(self, server: str) -> None:
        """The connection leads to this server from now on."""
        self.town.urls[self.target] = self.addresses[server]

    def settings(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Edit the district file."""
        told = yaml.safe_load(self.town.file.read_text())
        edit(told)
        self.town.file.write_text(yaml.safe_dump(told))

    def seen(self, server: str = "") -> Seen:
        """What stands in the SIS."""
        return Seen.of(self.town.admin(server or self.target, "state"))

    def night(self, target: str = "", run: Run | None = None) -> Told:
        """A whole nightly run of all courses; errors that the product raises on purpose are told, all others fall through."""
        name = self.canvas and f"canvas {self.canvas}"
        town = replace(self.town, urls={**self.town.urls, "canvas": self.addresses[name or "canvas"]})
        self.town.nights += 1
        town.nights = self.town.nights
        before = self._written()
        try:
            rows = _staged(town, run or town.run(target or self.target, allow_large_change=True), self.client())
        except GradeSyncError as error:
            return Told(error=str(error), written=self._written() - before)
        return Told(tuple(rows), written=self._written() - before)

    def _written(self) -> int:
        return sum(len(self.town.admin(server, "log?writes=1")) for server in (self.target, "other"))


@contextmanager
def prepared(variant: Variant, folder: Path, cases: Path) -> Iterator[Prepared]:
    """Make one, where its `cases` will be, so that these find the same database there, and move it to `folder`."""
    cases.mkdir(parents=True)
    world = first_world(variant.target)
    place = Prepared(variant, cases, world)
    known = in_the_sis(world)
    place.apps = {"canvas": canvas_app(world, Journal(None)), variant.target: variant.app(known), "other": variant.app(known)}
    with serving.run_in_thread(place.apps["canvas"]) as one, serving.run_in_thread(place.apps[variant.target]) as sis:
        town = place.town(cases, {"canvas": one.url, variant.target: sis.url}, {})
        state.upgrade(load_district(town.file).state)
        for section in sections(world):
            _grade_exam(town, variant.target, section.sis_id, known)
        town.admin(variant.target, "save", "POST", json={"name": "before the first night"})
        _staged(town, town.run(variant.target, allow_large_change=True), town.client(variant.target))
        found = Seen.of(town.admin(variant.target, "state"))
        wanted = Truth(world).wanted
        if {key: numbers[0] for key, numbers in found.scores.items()} != wanted:
            raise AssertionError(f"{variant.name}: the first night sent {len(found.scores)} scores of {len(wanted)}")
    state.engine(load_district(town.file).state).dispose()
    for app in place.apps.values():
        app.state.sandbox.log.clear()
    cases.rename(folder)
    yield replace(place, folder=folder)
    shutil.rmtree(folder)


def _grade_exam(town: Town, target: str, section: str, world: District) -> None:
    """The teacher grades one student in the exam of her own."""
    class_id = next(one for one in sections(world) if one.sis_id == section)
    student = next(one.sis_id for one in world.students if one.id == class_id.students[0])
    town.admin(
        target, "teacher", "POST", json={"do": "edit_score", "class": section, "section": section, "name": EXAM, "student": student, "score": 7}
    )


def _staged(town: Town, run: Run, sis: SisClient) -> list[dict[str, Any]]:
    canvas = town.canvas()
    for batch in stages.choose(run, canvas):
        stages.extract(run, batch, canvas)
        stages.filter_rows(run, batch)
        stages.transform(run, batch, sis)
        stages.validate(run, batch)
        stages.load(run, batch, sis)
        stages.publish(run, batch)
    close(run)
    rows: list[dict[str, Any]] = run.folder.read_frame("messages").fillna("").astype(str).to_dict("records")
    return rows
