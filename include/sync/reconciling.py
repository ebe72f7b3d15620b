"""The stages of a reconcile: as those of a sync (`stages.py`), with `compare` in the place of `transform` and one more artifact (F-2).

A run without repair is a preview: it takes no lease, writes nothing, and its plan is what a repair would send.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from include.gradebook.schemas import RECONCILIATION, VERDICTS
from include.sis.contract import SisClient
from include.sync import binding, history, leases, stages, state
from include.sync.artifacts import sentences
from include.sync.close import close as close_run
from include.sync.draft import A, P, S
from include.sync.handover import load_canvas, load_resolved, save_resolved, telling
from include.sync.reconcile import by_kind, examine, named, verdict_counts
from include.sync.repair import repair_plan
from include.sync.run import Run
from include.sync.run_identity import own_batch, own_folder
from include.sync.stages import Counts, choose, extract, filter_rows, held, validate
from include.sync.table_files import join_tables, write_tables

__all__ = ["choose", "close", "compare", "extract", "filter_rows", "load", "publish", "validate"]

log = logging.getLogger(__name__)

_STATUS = {"accepted": "updated", "refused": "failed", "unknown": "unknown"}


def compare(run: Run, batch: str, sis: SisClient) -> Counts:
    """Read the batch's sections back from the SIS, judge every assignment and score, and plan their repair."""
    folder = own_batch(run, batch)
    with telling(folder, "compare"):
        history.reach(state.engine(run.district.state), run, "compare")
        binding.check(run, sis)
        filtered = held(run, folder)
        with leases.freed_on_failure(run, sorted(set(filtered.sections["canvas_course_id"]))):
            examined = examine(run, load_canvas(folder), filtered, sis)
            plan = repair_plan(examined.resolved.plan, examined.verdicts, examined.case.standing, run.config.id_name)
            save_resolved(folder, "planned", replace(examined.resolved, plan=plan))
            if not folder.exists("verdicts"):  # a second try finds part of it repaired: what was wrong at first is what people want to know
                folder.write_frame("verdicts", examined.verdicts)
            return {verdict: int(count) for verdict, count in examined.verdicts["verdict"].value_counts().items()}


def load(run: Run, batch: str, sis: SisClient) -> Counts:
    """Send the repair. A second try compares anew first (F-4)."""
    return stages.load(run, batch, sis, plan=compare)


def publish(run: Run, batch: str) -> Counts:
    """The batch's part of the artifacts, `reconciliation` among them."""
    folder = own_batch(run, batch)
    with telling(folder, "publish"):
        table = _table(run, batch)
        write_tables(folder.child("parts"), {RECONCILIATION.name: table})
    return {**stages.publish(run, batch), RECONCILIATION.name: len(table)}


def close(run: Run, approval: str = "") -> dict[str, Any]:
    """As a sync's close, with all verdicts in one table, and their counts in the summary."""
    try:
        return _closed(run, approval)
    finally:
        leases.let_go(run)


def _closed(run: Run, approval: str) -> dict[str, Any]:
    beginning = own_folder(run).child("work/verdicts")
    write_tables(beginning, {RECONCILIATION.name: RECONCILIATION.empty()})
    parts = [run.batch_folder(batch).child("parts") for batch in run.batches()]
    read = [beginning, *(part for part in parts if part.exists(RECONCILIATION.name))]
    join_tables(run.folder, [RECONCILIATION.name], read)
    verdicts = sum((verdict_counts(part.read_frame(RECONCILIATION.name, ["kind", "verdict"])) for part in read), Counter())
    summary = {**close_run(run, approval), "verdicts": by_kind(verdicts)}
    run.folder.write_json("summary", summary)
    for line in report(summary):
        log.info("%s", line)
    return summary


def report(summary: Mapping[str, Any]) -> list[str]:
    """One line per kind: how many of each verdict."""
    told = [(kind, ", ".join(f"{count} {verdict}" for verdict, count in sorted(row.items()))) for kind, row in summary["verdicts"].items()]
    return [f"{summary['target']}: {kind}s read from the SIS: {counts or 'none'}" for kind, counts in told]


def _table(run: Run, batch: str) -> pd.DataFrame:
    """RECONCILIATION of one batch: the verdicts, with the names that people look for and what a repair did."""
    folder = run.batch_folder(batch)
    rows = VERDICTS.check(folder.read_frame("verdicts"))
    done = _done(run, batch)
    told = named(rows.merge(done, on=["kind", S, A, P], how="left", validate="m:1"), load_canvas(folder)).rename(columns={P: "sis_user_id"})
    told["message"] = sentences(told.fillna({"value": "…", "limit": "…"}))
    beside = told["verdict"].eq("twin")
    told[["action", "status"]] = told[["action", "status"]].mask(beside)
    return RECONCILIATION.check(RECONCILIATION.conform(told.assign(run_id=run.shown_id, target=run.target)))


def _done(run: Run, batch: str) -> pd.DataFrame:
    """kind and key, action, status, finished_at of what was, or would be, sent."""
    folder = run.batch_folder(batch)
    plan = load_resolved(folder, "planned").plan
    parts = [plan.assignments.assign(kind="assignment", **{P: None}), plan.scores.assign(kind="grade")]
    columns = ["kind", S, A, P]
    planned = pd.concat([part[[*columns, "action"]] for part in parts], ignore_index=True)
    planned = planned[planned["action"] != "none"].astype({P: "str"})
    receipts = folder.read_frame("receipts").rename(columns={"sis_student_id": P})
    done = planned.merge(receipts[[*columns, "outcome", "finished_at"]], on=columns, how="outer")
    status = done["outcome"].map(_STATUS).fillna("planned" if run.preview else "withheld")
    return done.assign(status=status).drop(columns="outcome")
