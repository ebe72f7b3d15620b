"""One course of the sandbox's Canvas, read night after night beside full readings, and what can happen in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.canvas.listed import Listed, is_turn
from include.canvas.shelf import Shelf
from include.canvas.sis_list import NOTHING, synced_below
from include.connection import Connection
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.sandbox.bay_high import AMY, AMY_QUIZ, BEN, BIOLOGY, CLEO, ESSAY, LAB, LEFT, P1, P2, PAPER, QUIZ, enrollment
from tests.sandbox.canvas_caller import Caller

COURSE = f"courses/{BIOLOGY}"
ONE = COURSES.of([{"canvas_course_id": str(BIOLOGY), "sis_course_id": "C-BIO", "workflow_state": "available"}])
TURN = next(day for day in range(1000, 1031) if is_turn(str(BIOLOGY), day, 31))
KEY = ["canvas_assignment_id", "canvas_user_id"]


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


WORK, PEOPLE = (QUIZ, LAB, ESSAY, PAPER), (AMY, BEN, CLEO)
LONG_AGO = {
    (work, user): {**AMY_QUIZ, "id": 4000 + 10 * work + user % 10, "assignment_id": work, "user_id": user, "graded_at": "2026-11-01T12:00:00Z"}
    for work in (QUIZ, ESSAY, PAPER)
    for user in PEOPLE
}
Event = tuple[str, int, int, int]


def put(bay: Caller, work: int, user: int, **fields: object) -> None:
    """A change that nobody made through the API: students hand in, grades are posted."""
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[work, user], set=fields)


def policy(bay: Caller, percent: int) -> None:
    told = {"late_submission_deduction_enabled": True, "late_submission_deduction": percent}
    bay.ask(f"{COURSE}/late_policy", "PATCH", json={"late_policy": told})


SEEN: dict[str, Callable[[Caller, int, int, int], object]] = {
    "score": lambda bay, work, user, number: grade(bay, work, user, posted_grade=str(number)),
    "excuse": lambda bay, work, user, _: grade(bay, work, user, excuse="true"),
    "status": lambda bay, work, user, number: grade(bay, work, user, late_policy_status=("late", "missing", "extended", "none")[number % 4]),
    "due": lambda bay, work, _, number: edit(bay, work, due_at=f"2026-11-{10 + number:02d}T04:59:59Z"),
    "points": lambda bay, work, _, number: edit(bay, work, points_possible=str(5 + number)),
    "publish": lambda bay, work, _, number: edit(bay, work, published=str(number % 2 == 0).lower()),
    "sync": lambda bay, work, _, number: edit(bay, work, post_to_sis=str(number % 3 > 0).lower()),
    "delete": lambda bay, work, _, number: bay.ask(f"{COURSE}/assignments/{work}", "DELETE") if number == 0 else None,
    "override": lambda bay, *_: override(bay, course_section_id=P1, due_at="2026-11-25T04:59:59Z"),
    "group": lambda bay, *_: override(bay, group_id=5001),
    "enrol": lambda bay, _, __, number: enrol(bay, 90, LEFT, (P1, P2)[number % 2]),
    "leave": lambda bay, _, __, number: enrol(bay, 2, BEN, P2, enrollment_state=("deleted", "completed", "active")[number % 3]),
}
UNSEEN: dict[str, Callable[[Caller, int, int, int], object]] = {
    "clear": lambda bay, work, user, _: grade(bay, work, user, posted_grade=""),
    "un-excuse": lambda bay, work, user, _: grade(bay, work, user, excuse="false"),
    "hand in": lambda bay, work, user, number: put(bay, work, user, workflow_state="submitted", submitted_at=f"2026-11-{10 + number:02d}T12:00:00Z"),
    "hide": lambda bay, work, user, _: put(bay, work, user, posted_at=None),
    "late policy": lambda bay, _, __, number: policy(bay, number),
}
