"""One run as Airflow makes it, its stages called one after the other; a run that goes on exactly as an undisturbed one stops there."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq

from include.errors import GradeSyncError
from include.run_folder import RunFolder
from include.sis.contract import SisClient
from include.sync import stages
from include.sync.close import close
from include.sync.run import Run
from mutations.calls import PASSING, Call, Recorder
from mutations.findings import INTERNAL
from mutations.prepared import CHOOSE, Prepared, canvas
from tests.town import Town

_TOLD = ("messages.parquet", "problems.parquet", "withheld.parquet", "notes.parquet", "receipts.parquet")
_WORDS = ("value", "limit", "message", "reason_value")
_PLAIN = re.compile(r"[ -~…]{1,400}")
_COMPARED = ("choose", "extract", "filter", "transform", "load")


class SameError(Exception):
    """The run goes on exactly as an earlier one, whose digest is given."""


@dataclass(frozen=True)
class Crash:
    """An exception that a stage raised: its type, its words, and the place in the product."""

    stage: str
    error: str
    place: str
    on_purpose: bool


@dataclass
class Nightly:
    """One run, from one of its stages on.

    `known` are digests of runs whose end is known; after `compared` stages they are looked at, for then nothing more is mutated.
    """

    prepared: Prepared
    run: Run
    known: Collection[str] = ()
    compared: Collection[str] = _COMPARED
    crashes: list[Crash] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    on_stage: Callable[[str], None] = lambda _: None
    calls: list[Call] | None = None
    """Where the calls of SIS clients are kept."""

    def play(self, town: Town, start: str) -> None:
        """Run all stages. SameError ends it early."""
        batches = self._choose(town) if start == CHOOSE else list(self.run.batches())
        for batch in batches or ():
            self._batch(town, batch, "extract" if start == CHOOSE else start)
        self._try("close", lambda: close(self.run))

    def _choose(self, town: Town) -> list[str] | None:
        found: list[str] = []
        if self._try("choose", lambda: found.extend(stages.choose(self.run, canvas(town)))) and "choose" in self.compared:
            self._compare("choose", ".")
        return found

    def _batch(self, town: Town, batch: str, start: str) -> None:
        run = self.run
        steps: dict[str, Callable[[], Any]] = {
            "extract": lambda: stages.extract(run, batch, canvas(town)),
            "filter": lambda: stages.filter_rows(run, batch),
            "transform": lambda: stages.transform(run, batch, self._client(town, "transform")),
            "validate": lambda: stages.validate(run, batch),
            "load": lambda: stages.load(run, batch, self._client(town, "load")),
            "publish": lambda: stages.publish(run, batch),
        }
        for name in list(steps)[list(steps).index(start) :]:
            self.on_stage(name)
            if not self._try(name, steps[name]):
                return
            if name in self.compared:
                self._compare(name, batch)

    def _client(self, town: Town, stage: str) -> SisClient:
        client = town.client(self.run.target)
        return client if self.calls is None else cast("SisClient", Recorder(client, stage, self.calls))

    def _compare(self, stage: str, batch: str) -> None:
        found = self.digests[stage] = digest(self.run, batch)
        if found in self.known and not self.crashes:
            raise SameError(found)

    def _try(self, stage: str, step: Callable[[], Any]) -> bool:
        try:
            step()
        except Exception as error:  # judged later
            self.crashes.append(_crash(stage, error))
            return False
        return True


def _crash(stage: str, error: Exception) -> Crash:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/include/" in frame.filename]
    place = f"include/{frames[-1].filename.split('/include/')[-1]}:{frames[-1].lineno} ({frames[-1].name})" if frames else "outside include/"
    return Crash(stage, f"{type(error).__name__}: {error}"[:300], place, isinstance(error, GradeSyncError))


def digest(run: Run, batch: str) -> str:
    """Sum up all that the following stages build on: the run's frames and the state database, without moments and what messages only repeat."""
    found = hashlib.sha256(run.target.encode())
    for line in _files(run.folder.child("work"), batch):
        found.update(line)
    found.update(database())
    return found.hexdigest()


def database() -> bytes:
    """Return the state database's rows without moments and ports."""
    with closing(sqlite3.connect("state.db")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sorted(f"{name} {row}" for name in names for row in _table(connection, name))
    return PASSING.sub("", "\n".join(rows)).encode("utf-8", "surrogatepass")


def _table(connection: sqlite3.Connection, name: str) -> Iterator[list[object]]:
    cursor = connection.execute(f"SELECT * FROM {name}")  # noqa: S608  # a name that the database has just given
    told = [column[0] in _WORDS for column in cursor.description]
    return ([_alike(value) if word else value for value, word in zip(row, told, strict=True)] for row in cursor)


def _files(work: RunFolder, batch: str) -> Iterator[bytes]:
    folder = Path(work.root.path)
    for path in sorted([*folder.glob("*.parquet"), *(folder / batch).rglob("*.parquet")]):
        yield str(path.relative_to(folder)).encode()
        if path.name in _TOLD:
            frame = pq.read_table(path)
            yield frame.schema.to_string().encode()
            for name in frame.column_names:
                if name != "finished_at":
                    values = frame[name].to_pylist()
                    yield repr([_alike(value) for value in values] if name in _WORDS else values).encode("utf-8", "surrogatepass")
        else:
            yield path.read_bytes()


def _alike(value: str | None) -> str | None:
    """Hide a value that a message only repeats. What could break a table, helps nobody, or is an interpreter's, stays."""
    return "…" if value and _PLAIN.fullmatch(value) and re.search(r"\w", value) and not INTERNAL.search(value) else value
