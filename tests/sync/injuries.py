"""Fifty things that people do to a synced gradebook in the SIS's own screens, picked at random but the same ones every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd

Key = tuple[str, str, str, str]  # kind, SIS section, Canvas assignment, SIS student (empty for an assignment)
Order = dict[str, Any]


@dataclass(frozen=True)
class Injury:
    """What was done (an order for the sandbox's teacher endpoint), what a reconcile must say of it, and whether a repair may mend it."""

    key: Key
    order: Order
    verdict: str
    mended: bool = True


def _of_item(target: str, row: Any, do: str, **more: Any) -> Order:
    name = "assignment" if target == "powerschool" else "id"
    return {"do": do, name: row.sis_assignment_id, **more}


def _details(target: str, points: float, **more: Any) -> Order:
    """New points, and a new name or date if asked, in the words of this SIS's screen."""
    if target == "powerschool":
        words = {"name": "name", "due_date": "duedate"}
        return {"values": {"totalpointvalue": points, "scoreentrypoints": points, **{words[name]: value for name, value in more.items()}}}
    return {"set": {"points_possible": points, **more}, "force": True}


def _assignment_injuries(target: str) -> dict[str, Callable[[Any], Injury]]:
    def made(do: str, verdict: str, *, mended: bool = True, **more: Any) -> Callable[[Any], Injury]:
        return lambda row: Injury(
            ("assignment", row.sis_section_id, row.canvas_assignment_id, ""), _of_item(target, row, do, **more), verdict, mended
        )

    found = {
        "deleted": made("purge" if target != "powerschool" else "delete", "missing"),
        "other points": made("edit_assignment", "edited", **_details(target, 77.0)),
        "other name": made("edit_assignment", "edited", **_details(target, 78.0, name="Typed by a teacher")),
        "doubled": made("duplicate", "twin", mended=False),
    }
    if target == "genesis":
        found["trashed"] = made("trash", "edited", mended=False)
    if target == "synergy":
        found["unlocked"] = made("unlock", "edited", mended=False)
    return found


def _score_injuries(target: str) -> dict[str, Callable[[Any], Injury]]:
    def made(do: str, verdict: str, **more: Any) -> Callable[[Any], Injury]:
        def of(row: Any) -> Injury:
            key = ("grade", row.sis_section_id, row.canvas_assignment_id, row.sis_student_id)
            return Injury(key, _of_item(target, row, do, student=row.sis_student_id, **more), verdict)

        return of

    if target == "powerschool":
        nothing = {"islate": False, "ismissing": False, "isexempt": False}
        return {
            "deleted": made("edit_score", "missing", score=None, flags=nothing),
            "altered": made("edit_score", "edited", score=3.25),
            "exempted": made("edit_score", "edited", score=3.5, flags={"isexempt": True}),
        }
    return {
        "deleted": made("delete_score", "missing"),
        "exempted": made("edit_score", "edited", score=3.5, scoreStatus="exempt"),
        "altered": made("edit_score", "edited", score=3.25),
    }


def injuries(target: str, table: pd.DataFrame, count: int, seed: int) -> Iterator[Injury]:
    """`count` injuries to what a reconcile found to be as it should, no two of them to the same assignment or its scores unless both are to scores.

    Every kind of injury is among them. One copy of a name per section is left alone if it has a namesake there: a doubled one would be its twin too.
    """
    random = Random(seed)
    copies = table[(table["kind"] == "assignment") & (table["verdict"] == "same")]
    copies = copies[~copies.duplicated(["sis_section_id", "assignment_name"], keep=False)]
    hit = _shuffled(random, copies).head(count // 2)
    grades = table[(table["kind"] == "grade") & (table["verdict"] == "same") & table["canvas_value"].isna()]
    spared = grades.merge(hit[["sis_section_id", "canvas_assignment_id"]], on=["sis_section_id", "canvas_assignment_id"], how="left", indicator=True)
    rest = _shuffled(random, spared[spared["_merge"] == "left_only"]).head(count - len(hit))
    for part, kinds in ((hit, _assignment_injuries(target)), (rest, _score_injuries(target))):
        ways = list(kinds.values())
        yield from (ways[number % len(ways)](row) for number, row in enumerate(part.itertuples()))


def _shuffled(random: Random, rows: pd.DataFrame) -> pd.DataFrame:
    order = list(range(len(rows)))
    random.shuffle(order)
    return rows.iloc[order]
