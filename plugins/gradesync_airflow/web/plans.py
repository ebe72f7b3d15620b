"""A run's plan in numbers, out of its tables: what would be written, in which assignments, and what would not be sent (F-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from include.errors import DataError
from include.gradebook.schemas import ASSIGNMENTS_SYNC, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES, Frame
from include.run_folder import RunFolder
from include.sync.offer import natural
from include.sync.preview import ACTIONS, COLUMNS
from plugins.gradesync_airflow.web.tables import Only, Part, Table

SIZE = 10
_WITHHELD = Only("is", ("outcome",), "withheld")
Counts = dict[str, int]
Key = tuple[str, ...]
_KEY = ("assignment_name", "section_name", "sis_section_id", "canvas_assignment_id")
_IDS = _KEY[2:]
_WRITTEN = ("planned", "updated", "failed", "unknown")
"""A row that is to be written, or has been: once a plan was sent, its rows say how that ended, and their action is still the plan's."""
_DUE = Only("among", ("status",), several=_WRITTEN)


@dataclass(frozen=True)
class Plan:
    """`totals` has a row of COLUMNS for assignments and one for scores; `sent` and `held` are pages of ASSIGNMENTS_SYNC rows, each with its
    `scores` in COLUMNS: those in which something would be written, and those that are kept back. `stopped` has course and
    message of each course at which the safety valve stops."""

    totals: dict[str, Counts]
    sent: Part
    held: Part
    stopped: list[dict[str, Any]]

    @property
    def writes(self) -> Counts:
        """How many assignments and scores would be written."""
        return {kind: sum(row[action] for action in ACTIONS) for kind, row in self.totals.items()}


def plan_of(folder: RunFolder, sent_page: int = 1, held_page: int = 1) -> Plan | None:
    """The plan that lies in a run's folder; None as long as there is none."""
    try:
        assignments, grades, filtered, messages = (_table(folder, frame) for frame in (ASSIGNMENTS_SYNC, GRADES_LOG, FILTERED_CANVAS_DATA, MESSAGES))
    except DataError:
        return None
    # Scores that are withheld for a reason nobody need look at are counted, and not listed.
    quiet = sum(row["count"] for row in filtered.counts(("kind", "outcome"), [Only("is", ("kind",), "grade"), _WITHHELD], "count"))
    scores = {**_totals(grades.counts(("status", "action"))), "withheld": quiet}
    totals = {"assignments": _totals(assignments.counts(("status", "action"))), "scores": scores}
    held = assignments.page([Only("is", ("status",), "withheld")], number=held_page, size=SIZE)
    stopped = messages.counts(("canvas_course_id", "message"), [Only("is", ("type",), "GP-SAFETY")])
    return Plan(totals, _sent(assignments, grades, sent_page), held, stopped)


def _table(folder: RunFolder, frame: Frame) -> Table:
    return Table(folder.path(f"{frame.name}.parquet"), frame)


def _sent(assignments: Table, grades: Table, number: int) -> Part:
    """Copies of which something would be written, themselves or scores in them; by name. Only those of the page are read and counted in full."""
    keys = {_key(row) for table in (assignments, grades) for row in table.counts(_KEY, [_DUE])}
    by_name = {name: natural(name) for name in {key[0] for key in keys}}
    ordered = sorted(keys, key=lambda key: (by_name[key[0]], key))
    pages = max(1, -(-len(ordered) // SIZE))
    number = min(max(1, number), pages)
    shown = ordered[(number - 1) * SIZE : number * SIZE]
    # Conditions on the two ids together let through a few rows more than the copies of this page: those are dropped by their keys.
    these = [Only("among", (name,), several=tuple({key[place] for key in shown})) for place, name in enumerate(_KEY) if name in _IDS]
    copies = {_key(row): row for row in assignments.page(these, size=SIZE * SIZE).rows}
    scores: dict[Key, list[dict[str, Any]]] = {}
    for row in grades.counts((*_KEY, "status", "action"), [_DUE, *these]):
        scores.setdefault(_key(row), []).append(row)
    rows = [{**(copies.get(key) or _nameless(key)), "scores": _totals(scores.get(key, []))} for key in shown]
    return Part(rows, number, pages, len(ordered))


def _nameless(key: Key) -> dict[str, Any]:
    """A copy that the run's table of assignments does not have: its name and section alone."""
    return dict.fromkeys(ASSIGNMENTS_SYNC.columns) | dict(zip(_KEY, key, strict=True))


def _key(row: dict[str, Any]) -> Key:
    return tuple(row[name] or "" for name in _KEY)


def _totals(rows: Iterable[dict[str, Any]]) -> Counts:
    """How many in each of COLUMNS: what is planned by its action, the rest by what it is."""
    counts = dict.fromkeys(COLUMNS, 0)
    for row in rows:
        name = row["action"] if row["status"] in _WRITTEN else row["status"]
        counts[name] = counts.get(name, 0) + row["count"]
    return counts
