"""One course of the sandbox's Canvas, read night after night beside full readings, and what can happen in it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pandas as pd

from include.canvas.accelerated import Accelerated
from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.canvas.listed import Listed, is_turn
from include.canvas.shelf import Shelf
from include.canvas.sis_list import NOTHING, synced_below
from include.connection import Connection
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.sandbox.bay_high import BIOLOGY, QUIZ, enrollment
from tests.sandbox.canvas_caller import Caller

COURSE = f"courses/{BIOLOGY}"
ONE = COURSES.of([{"canvas_course_id": str(BIOLOGY), "sis_course_id": "C-BIO", "workflow_state": "available"}])
TURN = next(day for day in range(1000, 1031) if is_turn(str(BIOLOGY), day, 31))
KEY = ["canvas_assignment_id", "canvas_user_id"]


class Reader:
    """One target's readings, night after night."""

    def __init__(self, bay: Caller, folder: Path, full_every: int = 30, outlines: bool = False) -> None:
        self.bay, self.folder = bay, folder
        self.shelf = Shelf(RunFolder.at(folder).child("kept"))
        self.how = Accelerated(self.shelf, "made", full_every, timedelta(minutes=30))
        self.client = CanvasClient(
            Connection("canvas_test", bay.url, password="canvas-full-token", extra={"first_delay": 0.01, "tries": 2, "graphql": outlines}),
            workers=2,
        )
        self.file = folder / "kept" / f"{BIOLOGY}.parquet"

    def first(self) -> CanvasFrames:
        """A first night after which the course's turn is far away."""
        read = self.read()
        kept = self.shelf.load(str(BIOLOGY))
        assert kept is not None
        self.how.shelf.save(str(BIOLOGY), replace(kept, facts=msgspec.structs.replace(kept.facts, nights=0)))
        return read

    def read(self, how: Accelerated | None = None, comments: bool = False) -> CanvasFrames:
        return self._extract(how or self.how, comments)

    def by_rest(self) -> CanvasFrames:
        """A night on which Canvas's GraphQL does not answer."""
        with closing(CanvasClient(replace(self.client.connection, extra={**self.client.connection.extra, "graphql": False}), workers=2)) as client:
            return extract(client, ONE, RunFolder.at(self.folder / "raw"), how=self.how)

    def full(self) -> CanvasFrames:
        return self._extract(None, False)

    def _extract(self, how: Accelerated | None, comments: bool) -> CanvasFrames:
        return extract(self.client, ONE, RunFolder.at(self.folder / "raw"), comments, group_data=not self.client.graphql, how=how)

    def close(self) -> None:
        self.client.close()

    def asked(self) -> list[tuple[list[str], bool]]:
        """Requests for submissions since the last look: which assignments, and whether only what was graded since."""
        log = [row for row in self.bay.ask("/_sandbox/log").json() if row["path"].endswith("students/submissions")]
        self.bay.ask("/_sandbox/log", "DELETE")
        return [(sorted(asked["assignment_ids[]"]), "graded_since" in asked) for asked in (parse_qs(row["query"]) for row in log)]


@dataclass
class Nights:
    """One target's readings in the listed mode, night after night; the course's turn was the day before the first."""

    bay: Caller
    folder: Path
    every: int = 31
    day: int = TURN

    def __post_init__(self) -> None:
        extra = {"first_delay": 0.01, "tries": 2}
        self.client = CanvasClient(Connection("canvas_test", self.bay.url, password="canvas-full-token", extra=extra), workers=2)
        self.shelf = Shelf(RunFolder.at(self.folder).child("kept"))
        self.file = self.folder / "kept" / f"{BIOLOGY}.lists"

    def night(self, days: int = 1, **changes: Any) -> CanvasFrames:
        """The next night's reading."""
        self.day += days
        synced = synced_below(self.client, "1")
        listing = {} if synced is None else {str(BIOLOGY): synced.get(str(BIOLOGY), NOTHING)}
        how = Listed(self.shelf, "made", self.every, self.day, listing)
        return self._extract(replace(how, **changes))

    def full(self) -> CanvasFrames:
        """The same course, read by itself."""
        return self._extract(None)

    def asked(self) -> list[str]:
        """What was asked of the course since the last look, in order."""
        log = [row["path"] for row in self.bay.ask("/_sandbox/log").json() if f"/courses/{BIOLOGY}/" in row["path"]]
        self.bay.ask("/_sandbox/log", "DELETE")
        return [path.split(f"/courses/{BIOLOGY}/")[1] for path in log]

    def _extract(self, how: Listed | None) -> CanvasFrames:
        return extract(self.client, ONE, RunFolder.at(self.folder / "raw"), how=how)


def rows(frames: CanvasFrames) -> dict[tuple[str, str], Any]:
    records = json.loads(frames.submissions.to_json(orient="records", date_format="iso"))
    return {(row[KEY[0]], row[KEY[1]]): row for row in records}


def same(one: CanvasFrames, other: CanvasFrames) -> bool:
    """Whether both hold the same, whatever the order of their rows."""
    short = ("courses", "sections", "enrollments", "groups", "assignments", "overrides", "problems")
    return rows(one) == rows(other) and all(_same(getattr(one, name), getattr(other, name)) for name in short)


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return sorted(map(str, one.to_dict("records"))) == sorted(map(str, other.to_dict("records")))


def grade(bay: Caller, assignment: int, user: int, **fields: object) -> None:
    bay.put(f"{COURSE}/assignments/{assignment}/submissions/{user}", **{f"submission__{name}": value for name, value in fields.items()})


def edit(bay: Caller, assignment: int, **fields: object) -> None:
    bay.put(f"{COURSE}/assignments/{assignment}", **{f"assignment__{name}": value for name, value in fields.items()})


def override(bay: Caller, **fields: object) -> None:
    data = {f"assignment_override[{name}]": value for name, value in fields.items()}
    assert bay.ask(f"{COURSE}/assignments/{QUIZ}/overrides", "POST", data=data).ok


def enrol(bay: Caller, key: int, user: int, section: int, **fields: object) -> None:
    row = {name: value for name, value in enrollment(key, user, section, **fields).items() if name != "id"}
    bay.admin("change", "POST", do="enrollments", course=BIOLOGY, key=key, set=row)
