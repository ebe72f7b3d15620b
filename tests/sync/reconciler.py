"""A reconcile over the sandbox's town, its stages called as the DAG calls them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from include.sync import reconciling, stages
from include.sync.handover import load_canvas, load_filtered
from include.sync.reconcile import examine
from tests.town import Result, Town


def reconcile(place: Town, target: str, *, repair: bool = False, **asked: Any) -> Result:
    """One run; `table("reconciliation")` has its verdicts."""
    run = place.run(target, "reconcile", preview=not repair, **asked)
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
        reconciling.compare(run, batch, place.client(target))
        stages.validate(run, batch)
        reconciling.load(run, batch, place.client(target))
        reconciling.publish(run, batch)
    return Result(run, reconciling.close(run))


def look(place: Town, night: Result) -> pd.DataFrame:
    """VERDICTS on what the SIS holds now against what Canvas held in this run, without a run of its own."""
    parts = []
    for batch in night.run.batches():
        folder = night.run.batch_folder(batch)
        parts.append(examine(night.run, load_canvas(folder), load_filtered(folder), place.client(night.run.target)).verdicts)
    return pd.concat(parts, ignore_index=True)


def named(table: pd.DataFrame) -> dict[tuple[str, str, str, str], str]:
    """kind, SIS section, Canvas assignment, SIS student → verdict, of all that is not the same. What is missing with its assignment is not listed."""
    told = table[(table["verdict"] != "same") & (table["reason_code"] != "RC-WITH-ASSIGNMENT")]
    columns = ["kind", "sis_section_id", "canvas_assignment_id", "sis_student_id", "verdict"]
    found = list(told[columns].fillna("").itertuples(index=False, name=None))
    assert len({row[:4] for row in found}) == len(found), "a verdict stands twice"
    return {row[:4]: row[4] for row in found}
