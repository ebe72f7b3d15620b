"""A run's tables as its batches left them. Whoever takes one part after the other needs memory for a batch, whatever the district's size."""

from __future__ import annotations

import pandas as pd

from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import ARTIFACTS, FILTERED_CANVAS_DATA, MESSAGES, WITHHELD
from include.run_folder import RunFolder
from include.sync.run import Run
from include.sync.table_files import write_tables

CHOSEN = "work/chosen"


def parts(run: Run) -> list[RunFolder]:
    """Where they lie: first what `choose` withheld, then each batch's tables, as far as there are any."""
    chosen = run.folder.child(CHOSEN)
    write_tables(chosen, _chosen(run))
    return [chosen, *(place for batch in run.batches() if (place := part_of(run, batch)) is not None)]


def tables_of(place: RunFolder) -> dict[str, pd.DataFrame]:
    """The four tables of one part."""
    return {frame.name: place.read_frame(frame.name) for frame in ARTIFACTS}


def part_of(run: Run, batch: str) -> RunFolder | None:
    """Where the batch's tables lie, None when it did not get so far. Of a plan that was not sent they lie under `proposed`."""
    places = [run.batch_folder(batch).child(name) for name in (("parts", "proposed") if run.preview else ("parts",))]
    return next((place for place in places if all(place.exists(frame.name) for frame in ARTIFACTS)), None)


def _chosen(run: Run) -> dict[str, pd.DataFrame]:
    early = run.folder.read_frame("work/withheld") if run.folder.exists("work/withheld") else WITHHELD.empty()
    counted = early.groupby(["canvas_course_id", "kind", "reason_code"]).size().rename("count").reset_index()
    filtered = FILTERED_CANVAS_DATA.conform(counted.assign(run_id=run.shown_id, target=run.target, outcome="withheld"))
    told = early.assign(severity=early["reason_code"].map({code: entry.severity for code, entry in CATALOGUE.items()}))
    told = told[told["severity"].isin(["warning", "error"])].assign(run_id=run.shown_id, target=run.target, stage="extract")
    told["type"] = told["reason_code"]
    for name in ("who", "next"):
        told[name] = told["type"].map({code: getattr(entry, name) for code, entry in CATALOGUE.items()})
    told["message"] = [
        CATALOGUE[code].told(value or "", limit or "") for code, value, limit in zip(told["type"], told["value"], told["limit"], strict=True)
    ]
    return {**{frame.name: frame.empty() for frame in ARTIFACTS}, "filtered_canvas_data": filtered, "messages": MESSAGES.conform(told)}
