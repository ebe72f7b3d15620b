"""A small district for one SIS whose Canvas can be changed between nights, and what its nights leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sqlalchemy import select

from include.district import load_district
from include.sandbox import serving
from include.sandbox.canvas.app import canvas_app
from include.sandbox.generate import TODAY, Size, generate
from include.sandbox.journal import Journal
from include.sandbox.oneroster.app import oneroster_app
from include.sandbox.oneroster.traits import TRAITS
from include.sandbox.world import Course, District
from include.sync import stages, state
from include.sync.close import close
from include.sync.run import Run
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES
from tests.identity.tamper import Change, Tamper
from tests.town import Result, Town, _district_text, _sis_app

PLAIN_SIZE = Size(1, 2, 6, 6)


@dataclass
class Place(Town):
    """A town whose servers' responses pass through tampers, by system."""

    district: District | None = None
    tampers: dict[str, Tamper] = field(default_factory=dict)

    def change(self, change: Change, system: str = "canvas") -> None:
        """From now on every JSON object that this system responds passes through the change."""
        self.tampers[system].changes.append(change)

    def settings(self, edit: Any) -> None:
        """Edit the district file."""
        told = yaml.safe_load(self.file.read_text())
        edit(told)
        self.file.write_text(yaml.safe_dump(told))

    def staged(self, run: Run, client: Any) -> Result:
        """All stages of this run with this client."""
        for batch in stages.choose(run, self.canvas()):
            stages.extract(run, batch, self.canvas())
            stages.filter_rows(run, batch)
            stages.transform(run, batch, client)
            stages.validate(run, batch)
            stages.load(run, batch, client)
            stages.publish(run, batch)
        return Result(run, close(run))

    def scores(self, target: str) -> pd.DataFrame:
        """What the ledger says was accepted."""
        return self._rows(LEDGER_SCORES, target)

    def items(self, target: str) -> pd.DataFrame:
        """The ledger's assignments."""
        return self._rows(LEDGER_ASSIGNMENTS, target)

    def _rows(self, table: Any, target: str) -> pd.DataFrame:
        with state.engine(load_district(self.file).state).connect() as connection:
            rows = connection.execute(select(table).where(table.c.target == target)).mappings().all()
        frame = pd.DataFrame([dict(row) for row in rows])
        return frame[frame["fingerprint"].notna()] if len(frame) else frame


def messages(result: Result, code: str) -> pd.DataFrame:
    """The run's messages of this type."""
    table = result.table("messages")
    return table[table["type"] == code]


@contextmanager
def place(folder: Path, target: str, size: Size = PLAIN_SIZE, traits: dict[str, Any] | None = None, **rules: Any) -> Iterator[Place]:
    """A running sandbox of one target; `traits` change what its OneRoster server is like."""
    folder.mkdir(exist_ok=True)
    district = generate(size=size, today=TODAY, targets=(target,))
    with ExitStack() as stack:
        sis = oneroster_app(district, replace(TRAITS[target], **traits), Journal(None)) if traits else _sis_app(district, target)
        tampers = {"canvas": Tamper(canvas_app(district, Journal(None))), target: Tamper(sis)}
        urls = {name: stack.enter_context(serving.run_in_thread(app)).url for name, app in tampers.items()}
        path = folder / "district.yaml"
        path.write_text(_district_text(folder, district, (target,), {target: rules}))
        state.upgrade(load_district(path).state)
        yield Place(urls, path, district=district, tampers=tampers)


def courses(place: Place) -> list[Course]:
    """The plain courses: published, with scores."""
    assert place.district
    return [course for course in place.district.courses if course.workflow_state == "available" and course.submissions]
