"""Load: send a plan to the SIS, and keep the ledger true at every moment (design: load; invariants 3, 4 and 5).

Section by section: assignments, then the scores of those that were accepted, then opted-in clears and deletes (A-9, A-10). Around each call of
the client the ledger is written twice: before it that the rows are on their way, after it what was answered. Each of these is one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from include.errors import DataError
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS, Frame
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite, SisClient
from include.sync import doubts
from include.sync.bulk import Record
from include.sync.leases import LeaseLostError
from include.sync.ledger import Ledger
from include.sync.writes import Answers, Write, assignment_writes, receipts, score_writes, untried

if TYPE_CHECKING:
    from include.sync.plan import Plan

log = logging.getLogger(__name__)

_ACTIONS = {"plan_assignments": {"create", "update", "adopt", "none", "delete"}, "plan_scores": {"create", "update", "none", "clear"}}
_Ids = dict[str, str]  # Canvas assignment to SIS assignment
_WINDOW = 500  # scores that are on their way, and unknown after a crash, at most; more only where one assignment has more
_S, _A, _P = "sis_section_id", "canvas_assignment_id", "sis_student_id"


@dataclass(frozen=True)
class Applied:
    """One receipt for every row that was to be sent (RECEIPTS), and what stopped the sending before its end, if anything did.

    The caller saves the receipts first, and then raises `stopped`.
    """

    receipts: pd.DataFrame
    stopped: Exception | None = None


def apply(
    plan: Plan, client: SisClient, ledger: Ledger, run_id: str, clock: Callable[[], datetime], still_ours: Callable[[], None] = lambda: None
) -> Applied:
    """Send the plan. A refused row stops nothing; an exception stops the sending, and what was not sent by then gets the receipt SIS-NOT-TRIED.

    `still_ours` raises when the run must not write to these courses any more (A-22): it is asked before anything is written down, once more before
    anything is sent, for the process may have stood still in between, and after each answer. A guarded `ledger` takes no word of such a run.
    """
    assignments = _by_section(PLAN_ASSIGNMENTS, plan.assignments)
    scores = _by_section(PLAN_SCORES, plan.scores)
    sections = sorted({*assignments, *scores})
    stopped = None
    sending = _Sending(client, ledger, run_id, clock, still_ours, ())
    try:
        sending.unanswered = ledger.unanswered(sections) if client.allocates else ()
        standing = _standing(ledger.assignments(sections))
        client.foresee(sections)
        for section in sections:
            found = standing.get(section, {})
            _send_section(sending, _rows(assignments.get(section)), _rows(scores.get(section)), found)
    except Exception as error:  # receipts of what was sent must not be lost, whatever broke; the caller raises it
        log.warning("run %s: sending to %s stopped by %s", run_id, ledger.target, type(error).__name__)
        stopped = error
    told = RECEIPTS.of(sending.told)
    rest = [_not_sent(told, part, clock()) for parts in (assignments, scores) for part in parts.values()] if stopped else []
    return Applied(pd.concat([told, *rest], ignore_index=True), stopped)


@dataclass
class _Sending:
    """One plan on its way: who is written to, and the receipts so far."""

    client: SisClient
    ledger: Ledger
    run_id: str
    clock: Callable[[], datetime]
    still_ours: Callable[[], None]
    unanswered: Collection[tuple[str | None, ...]]
    told: list[Record] = field(default_factory=list)

    def assignments(self, rows: Sequence[Record]) -> list[Record]:
        """Receipts of assignments of one section, created, updated or adopted."""
        self.still_ours()
        writes = assignment_writes(rows)
        self._doubt(rows, "assignment")
        self.ledger.intend_assignments(rows, self.run_id)
        self.still_ours()
        return self._settled(rows, writes, self.client.put_assignments(writes), self.ledger.settle_assignments)

    def foresee(self, rows: Sequence[Record]) -> None:
        """Scores of assignments that are about to be adopted: the SIS may hold them already, so until they are sent they count as unknown.

        Without this a process that dies between the two would leave scores that look new, and a SIS that gives ids itself would make twins (F-4).
        """
        if rows:
            self.ledger.intend_scores(rows, self.run_id)

    def deletes(self, rows: Sequence[Record]) -> None:
        """Delete assignments of one section; one without an ID is gone from the SIS already, and needs no request."""
        self.still_ours()
        writes = assignment_writes(rows)
        self.ledger.intend_assignments(rows, self.run_id)
        self.still_ours()
        self._settled(rows, writes, (self._deleted(write) for write in writes), self.ledger.settle_assignments)

    def _deleted(self, write: AssignmentWrite) -> Receipt:
        return self.client.delete_assignment(write) if write.sis_assignment_id else Receipt(write.key, Outcome.ACCEPTED)

    def _cleared(self, writes: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Where the SIS chooses the IDs, a score without one is not there any more, and needs no request."""
        gone = [write for write in writes if not write.sis_score_id] if "grade" in self.client.allocates else []
        yield from (Receipt(write.key, Outcome.ACCEPTED) for write in gone)
        there = [write for write in writes if write not in gone]
        yield from self.client.clear_scores(there) if there else ()

    def scores(self, rows: Sequence[Record], standing: _Ids, clear: bool) -> None:
        """Put scores of some SIS assignments of one section, or clear them."""
        self.still_ours()
        writes = score_writes(rows, standing)
        self._doubt(rows, "grade")
        self.ledger.intend_scores(rows, self.run_id)
        self.still_ours()
        answering = self._cleared(writes) if clear else self.client.put_scores(writes)
        self._settled(rows, writes, answering, self.ledger.settle_scores)

    def scores_of_failed(self, rows: Sequence[Record]) -> None:
        """No request for scores whose assignment does not stand in the SIS; the ledger is not touched (invariant 5)."""
        self.told += untried(rows, "GP-ASSIGNMENT-FAILED", self.clock())

    def _doubt(self, rows: Sequence[Record], kind: str) -> None:
        """Creates that are sent anew, for nothing was found of an earlier request: that one may arrive yet, and then the SIS has two."""
        if self.unanswered and kind in self.client.allocates:
            anew = [row for row in rows if row["action"] == "create" and tuple(row.get(name) for name in (_S, _A, _P)) in self.unanswered]
            doubts.note(self.ledger.engine, self.ledger.target, anew, self.run_id)

    def _doubt_late(self, rows: Sequence[Record], told: Sequence[Record]) -> None:
        """What was under way when the course was lost, but for what the SIS refused, with the ids that it gave to what was made."""
        sent = [(row, receipt["sis_id"] if row["action"] == "create" else None) for row, receipt in zip(rows, told, strict=True)
                if receipt["outcome"] != Outcome.REFUSED]  # fmt: skip
        doubts.note(self.ledger.engine, self.ledger.target, [row for row, _ in sent], self.run_id, [sis_id for _, sis_id in sent])

    def _settled(self, rows: Sequence[Record], writes: Sequence[Write], answering: Iterable[Receipt], settle: Callable[..., None]) -> list[Record]:
        """Take the receipts as they come; however that ends, write down what is known by then: of a course that is lost, that it is in doubt."""
        answers: Answers = {}
        try:
            self._collect(answers, {write.key for write in writes}, answering)
        finally:
            told = receipts(rows, writes, answers, self.clock())
            self.told += told
            try:
                settle(rows, told, self.run_id)
            except LeaseLostError:
                self._doubt_late(rows, told)
                raise
        return told

    def _collect(self, answers: Answers, given: set[str], answering: Iterable[Receipt]) -> None:
        """Once the lease is lost the client begins nothing more, but what it has begun is answered: those answers tell what it made too late."""
        lost: LeaseLostError | None = None
        for receipt in answering:
            if receipt.key not in given or receipt.key in answers:
                times = "a second time" if receipt.key in answers else "though it was not given"
                raise DataError(f"the client of {self.ledger.target} answered for row {receipt.key} {times}; it owes one receipt per row")
            answers[receipt.key] = (receipt, self.clock())
            try:
                self.still_ours()
            except LeaseLostError as error:
                lost = lost or error
        if lost is not None:
            raise lost


def _send_section(sending: _Sending, assignments: Sequence[Record], scores: Sequence[Record], standing: _Ids) -> None:
    """One section. `standing` are the assignments that the SIS accepted last; a write of tonight decides anew."""
    puts = [row for row in assignments if row["action"] != "delete"]
    if puts:
        adopted = {row[_A] for row in puts if row["action"] == "adopt"}
        sending.foresee([row for row in scores if row[_A] in adopted])
        told = zip(puts, sending.assignments(puts), strict=True)
        tonight = {
            row[_A]: (receipt["sis_id"] or row["sis_assignment_id"]) if receipt["outcome"] == Outcome.ACCEPTED else None for row, receipt in told
        }
        standing = {assignment: sis_id for assignment, sis_id in {**standing, **tonight}.items() if sis_id}
    for clear in (False, True):
        chosen = [row for row in scores if (row["action"] == "clear") == clear]
        sending.scores_of_failed([row for row in chosen if row[_A] not in standing])
        for rows in _windows([row for row in chosen if row[_A] in standing]):
            sending.scores(rows, standing, clear)
    deletes = [row for row in assignments if row["action"] == "delete"]
    if deletes:
        sending.deletes(deletes)


def _windows(rows: Sequence[Record]) -> Iterator[list[Record]]:
    """Scores of whole assignments, so many at a time that writing them down costs little beside sending them, yet few to look up after a crash."""
    window: list[Record] = []
    for _, group in groupby(rows, key=lambda row: str(row[_A])):
        more = list(group)
        if window and len(window) + len(more) > _WINDOW:
            yield window
            window = []
        window += more
    if window:
        yield window


def _standing(ledger: pd.DataFrame) -> dict[str, _Ids]:
    """By section, the SIS's id of every assignment that it accepted last."""
    rows = ledger[ledger["outcome"].eq(Outcome.ACCEPTED) & ledger["fingerprint"].notna() & ledger["sis_assignment_id"].notna()]
    return {str(section): dict(zip(part[_A], part["sis_assignment_id"], strict=True)) for section, part in rows.groupby(_S)}


def _by_section(frame: Frame, rows: pd.DataFrame) -> dict[str, pa.Table]:
    """The rows that need sending, per section, in the order of their keys; DataError names an action that does not exist."""
    allowed = _ACTIONS[frame.name]
    strange = sorted(set(rows["action"]) - allowed)
    if strange:
        raise DataError(f"{frame.name}: action {strange[0]!r} is not known; allowed: {', '.join(sorted(allowed))}")
    active = rows[rows["action"] != "none"].sort_values(list(frame.key), ignore_index=True)
    table = pa.Table.from_pandas(active[list(frame.columns)], preserve_index=False)
    return {str(section): table.slice(places[0], len(places)) for section, places in active.groupby(_S).indices.items()}


def _rows(part: pa.Table | None) -> list[Record]:
    return [] if part is None else part.to_pylist()


def _not_sent(told: pd.DataFrame, part: pa.Table, at: datetime) -> pd.DataFrame:
    """Receipts for those rows of a section that have none."""
    kind, key = ("grade", PLAN_SCORES.key) if _P in part.column_names else ("assignment", PLAN_ASSIGNMENTS.key)
    done = set(told.loc[told["kind"] == kind, list(key)].itertuples(index=False, name=None))
    rest = [row for row in part.select(list(key)).to_pylist() if tuple(row.values()) not in done]
    return RECEIPTS.of(untried(rest, "SIS-NOT-TRIED", at))
