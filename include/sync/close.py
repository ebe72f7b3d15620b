"""The end of a run: the batches' parts become one set of artifacts, the run gets its colour, its history and its report (E, D-1, D-6)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from include.district_file import Safety
from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import ARTIFACTS
from include.run_folder import RunFolder
from include.sync import history, leases, state
from include.sync.parts import part_of, parts, tables_of
from include.sync.preview import lines
from include.sync.preview_pages import show
from include.sync.report import report
from include.sync.run import Run
from include.sync.run_identity import own_folder
from include.sync.table_files import join_tables
from include.sync.totals import Totals

log = logging.getLogger(__name__)

COMPLETED, WITH_ERRORS, FAILED = "Completed", "Completed with errors", "Failed"
_ADMIN_NOW = ("GP-COURSE-INCOMPLETE", "GP-UNREADABLE-COURSE", "GP-NOT-SHOWN", "GP-SAFETY", "GP-OUR-ERROR", "GP-OUR-UNKNOWN", "SIS-UNREADABLE")


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
    """Merge, judge, remember, tell; the summary as plain values. Never raises for a red run: the caller decides what red means.

    However it ends, the courses of the run are free for the next one, those of failed batches included (I-7).
    """
    try:
        return _closed(run, approval)
    finally:
        leases.let_go(run)


def _closed(run: Run, approval: str) -> dict[str, object]:
    own_folder(run)
    told, totals = parts(run), Totals(*_ADMIN_NOW)
    join_tables(run.folder, [frame.name for frame in ARTIFACTS], told)
    for part in told:
        totals.add(part)
    failures = _failures(run, totals)
    summary = Summary(
        target=run.target,
        run_id=run.shown_id,
        status=FAILED if failures else WITH_ERRORS if totals.errors else COMPLETED,
        seconds=round((datetime.now(UTC) - run.now).total_seconds(), 1),
        artifacts=str(run.folder.root),
        preview=run.preview,
        counts=totals.counts(),
        codes=totals.codes(),
        failures=failures,
        approval=approval,
    )
    run.folder.write_json("summary", asdict(summary))
    through = [course for batch, courses in run.batches().items() if part_of(run, batch) is not None for course in courses]
    history.finish(state.engine(run.district.state), run, {**asdict(summary), "through": through}, totals.courses)
    for line in [*(lines(show(run, map(tables_of, told))) if run.preview else ()), *report(asdict(summary))]:
        log.info("%s", line)
    return asdict(summary)


def _failures(run: Run, totals: Totals) -> list[str]:
    """Invariant 5: what an admin must act on."""
    work = run.folder.child("work")
    told = [] if work.exists("batches") else [f"the list of courses could not be read: {_note(work, 'failed')}"]
    for batch, courses in run.batches().items():
        folder = run.batch_folder(batch)
        if part_of(run, batch) is None or folder.exists("failed"):
            told.append(f"{batch} ({len(courses)} courses) did not get through: {_note(folder, 'failed')}")
        elif stopped := _note(folder, "stopped"):
            told.append(f"{batch} stopped while sending: {stopped}")
    told += [line for code in _acted_on(run) if (line := _told(code, totals.sentences[code]))]
    if unknown := totals.items("unknown"):
        told.append(
            f"{unknown:,} items are unconfirmed because the SIS returned no usable response. The next run checks the SIS before it sends them again"
        )
    return told + _many_rejected(run.config.safety, totals.rejected, totals.items("updated"))


def _many_rejected(safety: Safety, rejected: int, sent: int) -> list[str]:
    """Return the sentence for a share of rejections that an admin must look at; a few rejected rows are no reason to call (I-9)."""
    if rejected < safety.refused_at_least or rejected * 100 <= safety.refused_percent * (rejected + sent):
        return []
    return [f"the SIS rejected {rejected:,} of {rejected + sent:,} items; the limit is {safety.refused_percent:g}%. The messages of this run say why"]


def _acted_on(run: Run) -> Iterable[str]:
    """The codes that make this run red. What a preview shows would be held back is no failure of it (F-1)."""
    return (code for code in _ADMIN_NOW if not (run.preview and code == "GP-SAFETY"))


def _told(code: str, sentences: Counter[tuple[str, str]]) -> str:
    """How many messages of this code there are, the first with its course as their example, and what to do; empty when there is none."""
    if not sentences:
        return ""
    more = len(sentences) - 1
    course, sentence = next(iter(sentences))
    return f"{sentences.total()} × {code}: course {course}: {sentence}{f' (and {more} others)' if more else ''} {CATALOGUE[code].next}"


def _note(folder: RunFolder, name: str) -> str:
    if not folder.exists(name):
        return "" if name == "stopped" else "it did not finish"
    note = folder.read_json(name)
    return str(note.get("message", "")) if isinstance(note, dict) else ""
