"""Load: send a plan to the SIS, and keep the ledger true at every moment (design: load; invariants 3, 4 and 5).

An error of Grade Sync itself costs the row that causes it, otherwise its section; the other sections are sent (I-7).

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

from include.errors import AccessError, DataError, UnavailableError
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS, Frame
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite, SisClient
from include.sync import doubts, own_errors
from include.sync.bulk import Record
from include.sync.client_calls import Call, IsolatedCalls, RequestWatch, W, built
from include.sync.leases import LeaseLostError
from include.sync.ledger import Ledger
from include.sync.own_errors import is_own, note, place_of, told_of
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
    """Send the plan. A refused row stops nothing, and an error of Grade Sync only its row or section (I-7).

    Any other exception stops the sending, and what was not sent by then gets the receipt SIS-NOT-TRIED or GP-NOT-TRIED.

    `still_ours` raises when the run must not write to these courses any more (A-22): it is asked before anything is written down, once more before
    anything is sent, for the process may have stood still in between, and after each answer. A guarded `ledger` takes no word of such a run.
    """
    assignments = _by_section(PLAN_ASSIGNMENTS, plan.assignments)
    scores = _by_section(PLAN_SCORES, plan.scores)
    sections = sorted({*assignments, *scores})
    stopped = None
    watch = RequestWatch()
    sending = _Sending(client, ledger, run_id, clock, still_ours, (), watch)
    failed: dict[str, str] = {}
    try:
        sending.unanswered = ledger.unanswered(sections) if client.allocates else ()
        standing = _standing(ledger.assignments(sections))
        with client.breaker.asking(watch):
            _foresee(client, sections)
            for section in sections:
                if told := _section_error(sending, assignments.get(section), scores.get(section), standing.get(section, {})):
                    failed[section] = told
    except Exception as error:  # receipts of what was sent must not be lost, whatever broke; the caller raises it
        log.warning("run %s: sending to %s stopped by %s", run_id, ledger.target, type(error).__name__)
        stopped = error
    told = RECEIPTS.of(sending.told)
    reasons = {section: _why_not(stopped) for section in sections} if stopped else {}
    reasons |= {section: (own_errors.NOT_SENT, place) for section, place in failed.items()}
    places = ((parts[section], reason) for section, reason in reasons.items() for parts in (assignments, scores) if section in parts)
    rest = [_not_sent(told, part, reason, clock()) for part, reason in places]
    return Applied(pd.concat([told, *rest], ignore_index=True), stopped)


def _why_not(stopped: Exception) -> tuple[str, str]:
    """Return reason code and value for rows that were not sent: only what a system did is reported as its doing (I-7)."""
    return ("SIS-NOT-TRIED", "") if isinstance(stopped, UnavailableError | AccessError) else ("GP-NOT-TRIED", told_of(stopped))


def _foresee(client: SisClient, sections: Sequence[str]) -> None:
    """Have the client read ahead; where Grade Sync fails at that, each section reads for itself."""
    try:
        client.foresee(sections)
    except Exception as error:
        if not is_own(error):
            raise
        note(error, "reading ahead")


def _section_error(sending: _Sending, assignments: pa.Table | None, scores: pa.Table | None, standing: _Ids) -> str:
    """Send one section; return where Grade Sync failed at it, if it did. The rows of it that were sent have their receipts (I-7)."""
    try:
        _send_section(sending, _rows(assignments), _rows(scores), standing)
    except Exception as error:
        if not is_own(error):
            raise
        note(error, "sending a section")
        return place_of(error)
    return ""


@dataclass
class _Sending:
    """One plan on its way: who is written to, and the receipts so far."""

    client: SisClient
    ledger: Ledger
    run_id: str
    clock: Callable[[], datetime]
    still_ours: Callable[[], None]
    unanswered: Collection[tuple[str | None, ...]]
    watch: RequestWatch
    told: list[Record] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)

    def assignments(self, rows: Sequence[Record]) -> _Ids:
        """Send assignments of one section, to be created, updated or adopted; the SIS's id of each that is accepted."""
        self.still_ours()
        rows, writes = self._built(rows, assignment_writes)
        if not rows:
            return {}
        self._doubt(rows, "assignment")
        self.ledger.intend_assignments(rows, self.run_id)
        self.still_ours()
        told = self._settled(rows, writes, self.client.put_assignments, self.ledger.settle_assignments)
        pairs = zip(rows, told, strict=True)
        accepted = ((row[_A], receipt["sis_id"] or row["sis_assignment_id"]) for row, receipt in pairs if receipt["outcome"] == Outcome.ACCEPTED)
        return {assignment: sis_id for assignment, sis_id in accepted if sis_id}

    def foresee(self, rows: Sequence[Record]) -> None:
        """Scores of assignments that are about to be adopted: the SIS may hold them already, so until they are sent they count as unknown.

        Without this a process that dies between the two would leave scores that look new, and a SIS that gives ids itself would make twins (F-4).
        """
        if rows:
            self.ledger.intend_scores(rows, self.run_id)

    def deletes(self, rows: Sequence[Record]) -> None:
        """Delete assignments of one section; one without an ID is gone from the SIS already, and needs no request."""
        self.still_ours()
        rows, writes = self._built(rows, assignment_writes)
        if not rows:
            return
        self.ledger.intend_assignments(rows, self.run_id)
        self.still_ours()
        self._settled(rows, writes, lambda some: map(self._deleted, some), self.ledger.settle_assignments)

    def _deleted(self, write: AssignmentWrite) -> Receipt:
        return self.client.delete_assignment(write) if write.sis_assignment_id else Receipt(write.key, Outcome.ACCEPTED)

    def _cleared(self, writes: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """A score with neither the SIS's ID nor ours was looked for and is not there any more: it needs no request."""
        gone = [write for write in writes if not write.sis_score_id and not write.our_id]
        yield from (Receipt(write.key, Outcome.ACCEPTED) for write in gone)
        there = [write for write in writes if write not in gone]
        yield from self.client.clear_scores(there) if there else ()

    def scores(self, rows: Sequence[Record], standing: _Ids, clear: bool) -> None:
        """Put scores of some SIS assignments of one section, or clear them."""
        self.still_ours()
        rows, writes = self._built(rows, lambda some: score_writes(some, standing))
        if not rows:
            return
        self._doubt(rows, "grade")
        self.ledger.intend_scores(rows, self.run_id)
        self.still_ours()
        self._settled(rows, writes, self._cleared if clear else self.client.put_scores, self.ledger.settle_scores)

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

    def _built(self, rows: Sequence[Record], build: Callable[[Sequence[Record]], list[W]]) -> tuple[Sequence[Record], list[W]]:
        """The rows with their writes, except for rows of which Grade Sync can make none: of these the ledger is not told (I-7)."""
        good, writes, bad = built(rows, build)
        for row, place in bad:
            self.told += untried([row], own_errors.NOT_SENT, self.clock(), place)
        return good, writes

    def _settled(self, rows: Sequence[Record], writes: Sequence[Write], call: Call, settle: Callable[..., None]) -> list[Record]:
        """Take the receipts as they come; however that ends, write down what is known by then: of a course that is lost, that it is in doubt."""
        answers: Answers = {}
        try:
            once = frozenset(write.key for row, write in zip(rows, writes, strict=True) if self._only_once(row))
            IsolatedCalls(self.watch, self._collect, self.clock, self.noted).answer(answers, writes, once, call)
        finally:
            told = receipts(rows, writes, answers, self.clock())
            self.told += told
            try:
                settle(rows, told, self.run_id)
            except LeaseLostError:
                self._doubt_late(rows, told)
                raise
        return told

    def _only_once(self, row: Record) -> bool:
        """Whether the SIS chooses the id of what this row creates: sent twice, it would be there twice."""
        return row["action"] == "create" and ("grade" if _P in row else "assignment") in self.client.allocates

    def _collect(self, answers: Answers, given: set[str], answering: Iterable[Receipt]) -> None:
        """Once the lease is lost the client begins nothing more, but what it has begun is answered: those answers tell what it made too late."""
        lost: LeaseLostError | None = None
        for receipt in answering:
            if receipt.key not in given or receipt.key in answers:
                times = "a second time" if receipt.key in answers else "though it was not given"
                raise DataError(
                    f"the client of {self.ledger.target} returned a receipt for row {receipt.key} {times}; it must return one receipt per row"
                )
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
        tried = {row[_A] for row in puts}
        accepted = sending.assignments(puts)
        standing = {assignment: sis_id for assignment, sis_id in standing.items() if assignment not in tried} | accepted
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
        raise DataError(f"{frame.name}: action {strange[0]!r} is not known. Use {', '.join(sorted(allowed))}")
    active = rows[rows["action"] != "none"].sort_values(list(frame.key), ignore_index=True)
    table = pa.Table.from_pandas(active[list(frame.columns)], preserve_index=False)
    return {str(section): table.slice(places[0], len(places)) for section, places in active.groupby(_S).indices.items()}


def _rows(part: pa.Table | None) -> list[Record]:
    return [] if part is None else part.to_pylist()


def _not_sent(told: pd.DataFrame, part: pa.Table, reason: tuple[str, str], at: datetime) -> pd.DataFrame:
    """Receipts for those rows of a section that have none; `reason` is code and value."""
    kind, key = ("grade", PLAN_SCORES.key) if _P in part.column_names else ("assignment", PLAN_ASSIGNMENTS.key)
    done = set(told.loc[told["kind"] == kind, list(key)].itertuples(index=False, name=None))
    rest = [row for row in part.select(list(key)).to_pylist() if tuple(row.values()) not in done]
    return RECEIPTS.of(untried(rest, reason[0], at, reason[1]))
