"""What of a course can be chosen for a sync or a remaster by hand, and why the rest cannot (D-9, D-10, A-19, A-20).

Made of rows of the artifact `assignments_sync`: those that the course's last run left, or those that Canvas tells at this moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, func, select

from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.reasons import reason
from include.gradebook.schemas import ASSIGNMENTS_SYNC
from include.gradebook.sieve import look_up
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES

Row = Mapping[str, Any]
NOT_ASKED = ("GP-NOT-CHOSEN", "GP-SECTION-NOT-CHOSEN")
_PASSING = (*NOT_ASKED, "GP-NO-SCORES", "GP-SAFETY")
"""Reasons that say something of that run, or that a score entered since then would lift: they forbid no choice."""


@dataclass(frozen=True)
class Obstacle:
    """Why an assignment is not sent: the sentence and its code, and the sections that it holds for (none: all)."""

    message: str
    code: str
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One assignment. `due` are its local due dates, `last_sync` when the SIS last took anything of it;
    `waiting` says that no score existed yet when this was last looked at."""

    assignment_id: str
    name: str
    due: tuple[str, ...]
    last_sync: datetime | None
    choosable: bool
    waiting: bool
    obstacles: tuple[Obstacle, ...]


def offered(rows: Iterable[Row], last: Mapping[str, datetime], section: str = "") -> list[Item]:
    """One item per assignment of these rows, by name; of one Canvas section alone if asked."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        if row["canvas_assignment_id"] and section in ("", row["canvas_section_id"] or section):
            by_id.setdefault(str(row["canvas_assignment_id"]), []).append(row)
    items = [_item(assignment, parts, last.get(assignment)) for assignment, parts in by_id.items()]
    return sorted(items, key=lambda item: (natural(item.name), item.assignment_id))


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key that puts Homework 2 before Homework 10, whatever the case."""
    return tuple((int(part[:15]), "") if part.isascii() and part.isdigit() else (-1, part.lower()) for part in re.split(r"([0-9]+)", name) if part)


def _item(assignment: str, parts: Sequence[Row], last_sync: datetime | None) -> Item:
    shut = [row for row in parts if _shut(row)]
    due = sorted({str(row["due_date"]) for row in parts if row["due_date"]})
    waiting = all(row["reason_code"] == "GP-NO-SCORES" for row in parts)
    name = next((str(row["assignment_name"]) for row in parts if row["assignment_name"]), assignment)
    return Item(assignment, name, tuple(due), last_sync, len(shut) < len(parts), waiting, tuple(_obstacles(shut, len(parts))))


def _shut(row: Row) -> bool:
    """Whether a rule of ours keeps this copy back. What a SIS refused once may be asked of it again."""
    code = str(row["reason_code"] or "")
    return row["status"] == "withheld" and code.startswith("GP-") and code not in _PASSING


def _obstacles(shut: Sequence[Row], copies: int) -> Iterable[Obstacle]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for row in shut:
        section = str(row["section_name"] or row["canvas_section_id"] or "")
        by_reason.setdefault((str(row["message"] or ""), str(row["reason_code"])), []).append(section)
    for (message, code), sections in by_reason.items():
        yield Obstacle(message, code, tuple(sorted(filter(None, sections))) if len(sections) < copies else ())


def last_syncs(engine: Engine, target: str, course: str) -> dict[str, datetime]:
    """Canvas assignment → when the SIS last took it, or a score of it, in any section of this course."""
    copies, scores = LEDGER_ASSIGNMENTS.c, LEDGER_SCORES.c
    ours = (copies.target == target) & (copies.canvas_course_id == course)
    own = select(copies.canvas_assignment_id, func.max(copies.accepted_at)).where(ours).group_by(copies.canvas_assignment_id)
    same = (scores.target == copies.target) & (scores.sis_section_id == copies.sis_section_id)
    same = same & (scores.canvas_assignment_id == copies.canvas_assignment_id)
    theirs = select(copies.canvas_assignment_id, func.max(scores.accepted_at)).join_from(LEDGER_ASSIGNMENTS, LEDGER_SCORES, same).where(ours)
    with engine.connect() as connection:
        found = [*connection.execute(own), *connection.execute(theirs.group_by(copies.canvas_assignment_id))]
    moments: dict[str, datetime] = {}
    for assignment, moment in found:
        if moment is not None and (assignment not in moments or moment > moments[assignment]):
            moments[assignment] = moment
    return moments


def rows_of(canvas: CanvasRead, filtered: Filtered, target: str) -> list[dict[str, Any]]:
    """A course that was just read, as rows of ASSIGNMENTS_SYNC; what the SIS would say of it is not known yet."""
    sections = canvas.sections.drop_duplicates("canvas_section_id").set_index("canvas_section_id")["name"]
    names = canvas.assignments.drop_duplicates("canvas_assignment_id").set_index("canvas_assignment_id")["name"]
    held = filtered.withheld[filtered.withheld["kind"] == "assignment"]
    parts = held[["reason_code", "value", "limit"]].fillna("").itertuples(index=False, name=None)
    told = pd.Series([reason(code).told(value, limit) for code, value, limit in parts], index=held.index, dtype="str")
    rows = pd.concat([filtered.copies.assign(status="planned"), held.assign(status="withheld", message=told)], ignore_index=True)
    rows = rows.assign(assignment_name=look_up(rows["canvas_assignment_id"], names), section_name=look_up(rows["canvas_section_id"], sections))
    shaped = ASSIGNMENTS_SYNC.conform(rows.assign(run_id="now", target=target))
    return [dict(row) for row in shaped.astype(object).where(shaped.notna(), None).to_dict("records")]
