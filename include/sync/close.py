"""The end of a run: the batches' parts become one set of artifacts, the run gets its colour, its history and its report (E, D-1, D-6)."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import pandas as pd

from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import ARTIFACTS, FILTERED_CANVAS_DATA, MESSAGES, WITHHELD
from include.run_folder import RunFolder
from include.sync import history, leases, state
from include.sync.artifacts import write_tables
from include.sync.preview import lines
from include.sync.preview_pages import show
from include.sync.report import report
from include.sync.run import Run

log = logging.getLogger(__name__)

COMPLETED, WITH_ERRORS, FAILED = "Completed", "Completed with errors", "Failed"
_ADMIN_NOW = ("GP-COURSE-INCOMPLETE", "GP-SAFETY", "SIS-UNREADABLE")


@dataclass(frozen=True)
class Summary:
    """What a run did, in numbers. `failures` are sentences about what an admin must act on: with one of them the run is red.

    `approval` says what a person answered to its plan. A rejected run has sent nothing, and is told as the preview that it is.
    """

    target: str
    run_id: str
    status: str
    seconds: float
    artifacts: str
    preview: bool
    counts: dict[str, dict[str, int]]
    codes: dict[str, dict[str, int]]
    failures: list[str] = field(default_factory=list)
    approval: str = ""

    @property
    def nothing_sent(self) -> bool:
        """Whether everything was as it was (R-16)."""
        return not any(row.get("sent", 0) + row.get("refused", 0) + row.get("unknown", 0) for row in self.counts.values())


def close(run: Run, approval: str = "") -> dict[str, object]:
    """Merge, judge, remember, tell; the summary as plain values. Never raises for a red run: the caller decides what red means."""
    built = merged(run)
    write_tables(run.folder, built)
    failures = _failures(run, built)
    summary = Summary(
        target=run.target,
        run_id=run.run_id,
        status=FAILED if failures else WITH_ERRORS if (built["messages"]["severity"] == "error").any() else COMPLETED,
        seconds=round((datetime.now(UTC) - run.now).total_seconds(), 1),
        artifacts=str(run.folder.root),
        preview=run.preview,
        counts=_counts(built),
        codes=_codes(built["messages"]),
        failures=failures,
        approval=approval,
    )
    run.folder.write_json("summary", asdict(summary))
    through = [course for batch, courses in run.batches().items() if _part(run, batch) is not None for course in courses]
    history.finish(state.engine(run.district.state), run, {**asdict(summary), "through": through}, built)
    leases.let_go(run)
    for line in [*(lines(show(run, built)) if run.preview else ()), *report(asdict(summary))]:
        log.info("%s", line)
    return asdict(summary)


def merged(run: Run) -> dict[str, pd.DataFrame]:
    """One set of tables; what `choose` withheld comes first."""
    whole = [part for batch in run.batches() if (part := _part(run, batch)) is not None]
    built = {frame.name: pd.concat([frame.empty(), *(part.read_frame(frame.name) for part in whole)], ignore_index=True) for frame in ARTIFACTS}
    early = run.folder.read_frame("work/withheld") if run.folder.exists("work/withheld") else WITHHELD.empty()
    counted = early.groupby(["canvas_course_id", "kind", "reason_code"]).size().rename("count").reset_index()
    head = FILTERED_CANVAS_DATA.conform(counted.assign(run_id=run.run_id, target=run.target, outcome="withheld"))
    told = early.assign(severity=early["reason_code"].map({code: entry.severity for code, entry in CATALOGUE.items()}))
    told = told[told["severity"].isin(["warning", "error"])].assign(run_id=run.run_id, target=run.target, stage="extract")
    told["type"] = told["reason_code"]
    for name in ("who", "next"):
        told[name] = told["type"].map({code: getattr(entry, name) for code, entry in CATALOGUE.items()})
    told["message"] = [
        CATALOGUE[code].told(value or "", limit or "") for code, value, limit in zip(told["type"], told["value"], told["limit"], strict=True)
    ]
    built["filtered_canvas_data"] = pd.concat([head, built["filtered_canvas_data"]], ignore_index=True)
    built["messages"] = pd.concat([MESSAGES.conform(told), built["messages"]], ignore_index=True)
    return built


def _part(run: Run, batch: str) -> RunFolder | None:
    """Where the batch's tables lie, None when it did not get so far. Of a plan that was not sent they lie under `proposed`."""
    places = [run.batch_folder(batch).child(name) for name in (("parts", "proposed") if run.preview else ("parts",))]
    return next((place for place in places if all(place.exists(frame.name) for frame in ARTIFACTS)), None)


def _failures(run: Run, built: dict[str, pd.DataFrame]) -> list[str]:
    """Invariant 5: what an admin must act on."""
    work = run.folder.child("work")
    told = [] if work.exists("batches") else [f"the list of courses could not be read: {_note(work, 'failed')}"]
    for batch, courses in run.batches().items():
        folder = run.batch_folder(batch)
        if _part(run, batch) is None or folder.exists("failed"):
            told.append(f"{batch} ({len(courses)} courses) did not get through: {_note(folder, 'failed')}")
        elif stopped := _note(folder, "stopped"):
            told.append(f"{batch} stopped while sending: {stopped}")
    told += [line for code in _ADMIN_NOW if (line := _told(built["messages"], code))]
    statuses = pd.concat([built["assignments_sync"]["status"], built["grades_log"]["status"]]).value_counts()
    if unknown := int(statuses.get("unknown", 0)):
        told.append(f"{unknown} items got no answer; the next run looks them up first")
    failed, sent = int(statuses.get("failed", 0)), int(statuses.get("updated", 0))
    percent = run.config.safety.refused_percent
    if failed and failed * 100 > percent * (failed + sent):
        told.append(f"{failed} of {failed + sent} items were refused, more than {percent:g} %")
    return told


def _told(messages: pd.DataFrame, code: str) -> str:
    """How many messages of this code there are, the first as its example, and what to do; empty when there is none."""
    found = messages.loc[messages["type"] == code, "message"]
    if found.empty:
        return ""
    more = found.nunique() - 1
    return f"{len(found)} × {code}: {found.iloc[0]}{f' (and {more} others)' if more else ''} {CATALOGUE[code].next}"


def _note(folder: RunFolder, name: str) -> str:
    if not folder.exists(name):
        return "" if name == "stopped" else "it was not finished"
    note = folder.read_json(name)
    return str(note.get("message", "")) if isinstance(note, dict) else ""


def _counts(built: dict[str, pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Per kind: extracted, kept, sent, unchanged, refused, unknown. Sections are only counted; assignments are sent once per section (A-4)."""
    filtered = built["filtered_canvas_data"]
    kept = filtered[filtered["outcome"] == "kept"].groupby("kind")["count"].sum()
    extracted = filtered.groupby("kind")["count"].sum()
    counts = {}
    for kind, name, table in (("section", "sections", None), ("assignment", "assignments", "assignments_sync"), ("grade", "grades", "grades_log")):
        row = {"extracted": int(extracted.get(kind, 0)), "kept": int(kept.get(kind, 0))}
        if table:
            status = built[table]["status"].value_counts()
            words = {"updated": "sent", "unchanged": "unchanged", "failed": "refused", "unknown": "unknown", "planned": "planned"}
            row |= {word: int(status.get(code, 0)) for code, word in words.items()}
        counts[name] = row
    return counts


def _codes(messages: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Warnings and errors by code."""
    counted = messages.groupby(["severity", "type"]).size()
    return {severity: {str(code): int(counted[severity, code]) for s, code in counted.index if s == severity} for severity in ("error", "warning")}
