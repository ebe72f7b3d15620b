"""Load: send a plan to the SIS, and keep the ledger true at every moment (design: load; invariants 3, 4 and 5).

Section by section: assignments, then the scores of those that were accepted, then opted-in clears and deletes (A-9, A-10). Around each call of
the client the ledger is written twice: before it that the rows are on their way, after it what was answered. Each of these is one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pandas as pd

from include.errors import DataError
from include.gradebook.schemas import RECEIPTS
from include.sis.contract import Outcome, Receipt, SisClient
from include.sync.ledger import Ledger
from include.sync.writes import Answers, Writes, assignment_writes, receipts, score_writes, untried

log = logging.getLogger(__name__)

_ASSIGNMENT_ACTIONS = {"create", "update", "adopt", "none", "delete"}
_SCORE_ACTIONS = {"create", "update", "none", "clear"}
_PUTS = ["create", "update", "adopt"]
_Ids = dict[str, str]  # Canvas assignment to SIS assignment
_S, _A = "sis_section_id", "canvas_assignment_id"


class Planned(Protocol):
    """What is to be sent: frames PLAN_ASSIGNMENTS and PLAN_SCORES."""

    @property
    def assignments(self) -> pd.DataFrame: ...  # noqa: D102  # the class says it

    @property
    def scores(self) -> pd.DataFrame: ...  # noqa: D102  # the class says it


@dataclass(frozen=True)
class Applied:
    """One receipt for every row that was to be sent (RECEIPTS), and what stopped the sending before its end, if anything did.

    The caller saves the receipts first, and then raises `stopped`.
    """

    receipts: pd.DataFrame
    stopped: Exception | None = None


def apply(plan: Planned, client: SisClient, ledger: Ledger, run_id: str, clock: Callable[[], datetime]) -> Applied:
    """Send the plan. A refused row stops nothing; an exception stops the sending, and what was not sent by then gets the receipt SIS-NOT-TRIED."""
    assignments = _known(plan.assignments, _ASSIGNMENT_ACTIONS, "assignment")
    scores = _known(plan.scores, _SCORE_ACTIONS, "score")
    sending = _Sending(client, ledger, run_id, clock)
    stopped = None
    try:
        _send_all(sending, assignments, scores)
    except Exception as error:  # receipts of what was sent must not be lost, whatever broke; the caller raises it
        log.warning("run %s: sending to %s stopped by %s", run_id, ledger.target, type(error).__name__)
        stopped = error
    parts = [*sending.parts, *_not_sent(sending.parts, assignments, scores, clock())]
    return Applied(pd.concat(parts, ignore_index=True) if parts else RECEIPTS.empty(), stopped)


@dataclass
class _Sending:
    """One plan on its way: who is written to, and the receipts so far."""

    client: SisClient
    ledger: Ledger
    run_id: str
    clock: Callable[[], datetime]
    parts: list[pd.DataFrame] = field(default_factory=list)

    def assignments(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Receipts of assignments of one section, created, updated or adopted."""
        writes = assignment_writes(rows)
        self.ledger.intend_assignments(rows, self.run_id)
        return self._settled(rows, writes, self.client.put_assignments(writes), self.ledger.settle_assignments)

    def deletes(self, rows: pd.DataFrame) -> None:
        """Delete assignments of one section."""
        writes = assignment_writes(rows)
        self.ledger.intend_assignments(rows, self.run_id)
        self._settled(rows, writes, (self.client.delete_assignment(write) for write in writes), self.ledger.settle_assignments)

    def scores(self, rows: pd.DataFrame, sis_assignment_id: str) -> None:
        """Put scores of one SIS assignment, or clear them."""
        writes = score_writes(rows, sis_assignment_id)
        put = self.client.clear_scores if rows["action"].eq("clear").all() else self.client.put_scores
        self.ledger.intend_scores(rows, self.run_id)
        self._settled(rows, writes, put(writes), self.ledger.settle_scores)

    def scores_of_failed(self, rows: pd.DataFrame) -> None:
        """No request for scores whose assignment does not stand in the SIS; the ledger is not touched (invariant 5)."""
        self.parts.append(untried(rows, "GP-ASSIGNMENT-FAILED", self.clock()))

    def _settled(self, rows: pd.DataFrame, writes: Writes, answering: Iterable[Receipt], settle: Callable[..., None]) -> pd.DataFrame:
        """Take the receipts as they come; however that ends, write down what is known by then."""
        answers: Answers = {}
        try:
            self._collect(answers, {write.key for write in writes}, answering)
        finally:
            told = receipts(rows, writes, answers, self.clock())
            self.parts.append(told)
            settle(rows, told, self.run_id)
        return told

    def _collect(self, answers: Answers, given: set[str], answering: Iterable[Receipt]) -> None:
        for receipt in answering:
            if receipt.key not in given or receipt.key in answers:
                times = "a second time" if receipt.key in answers else "though it was not given"
                raise DataError(f"the client of {self.ledger.target} answered for row {receipt.key} {times}; it owes one receipt per row")
            answers[receipt.key] = (receipt, self.clock())


def _send_all(sending: _Sending, assignments: pd.DataFrame, scores: pd.DataFrame) -> None:
    """All sections, in the order of their ids."""
    sections = sorted({*assignments[_S], *scores[_S]})
    standing = _standing(sending.ledger.assignments(sections))
    assignments_of, scores_of = dict(iter(assignments.groupby(_S))), dict(iter(scores.groupby(_S)))
    for section in sections:
        found = standing.get(section, {})
        found = _send_assignments(sending, assignments_of[section], found) if section in assignments_of else found
        _send_scores(sending, scores_of.get(section, scores[:0]), found)
        deletes = assignments_of.get(section, assignments[:0]).query("action == 'delete'")
        if len(deletes):
            sending.deletes(deletes)


def _send_assignments(sending: _Sending, rows: pd.DataFrame, standing: _Ids) -> _Ids:
    """Create, update and adopt in one section; the assignments that stand in it afterwards."""
    puts = rows[rows["action"].isin(_PUTS)]
    if puts.empty:
        return standing
    told = sending.assignments(puts)
    # The receipts stand in the order of the rows.
    accepted = told["outcome"].eq(Outcome.ACCEPTED)
    ids = told["sis_id"].fillna(puts["sis_assignment_id"].set_axis(told.index))
    untouched = {assignment: sis_id for assignment, sis_id in standing.items() if assignment not in set(puts[_A])}
    return untouched | dict(zip(told.loc[accepted, _A], ids[accepted], strict=True))


def _send_scores(sending: _Sending, rows: pd.DataFrame, standing: _Ids) -> None:
    """Put, then clear, the scores of one section whose assignment stands."""
    clears = rows["action"].eq("clear")
    for part in (rows[~clears], rows[clears]):
        for assignment, scores in part.groupby(_A):
            if assignment in standing:
                sending.scores(scores, standing[str(assignment)])
            else:
                sending.scores_of_failed(scores)


def _standing(ledger: pd.DataFrame) -> dict[str, _Ids]:
    """By section, the SIS's id of every assignment that it accepted last."""
    rows = ledger[ledger["outcome"].eq(Outcome.ACCEPTED) & ledger["fingerprint"].notna() & ledger["sis_assignment_id"].notna()]
    return {str(section): dict(zip(part[_A], part["sis_assignment_id"], strict=True)) for section, part in rows.groupby(_S)}


def _known(rows: pd.DataFrame, allowed: set[str], kind: str) -> pd.DataFrame:
    """The rows in a stable order, without those that need nothing; DataError names an action that does not exist."""
    strange = sorted(set(rows["action"]) - allowed)
    if strange:
        raise DataError(f"plan: {kind} action {strange[0]!r} is not known; allowed: {', '.join(sorted(allowed))}")
    key = [name for name in (_S, _A, "sis_student_id") if name in rows]
    return rows[rows["action"] != "none"].sort_values(key, ignore_index=True)


def _not_sent(parts: list[pd.DataFrame], assignments: pd.DataFrame, scores: pd.DataFrame, at: datetime) -> list[pd.DataFrame]:
    """Receipts for the rows that have none."""
    told = pd.concat([RECEIPTS.empty(), *parts])
    missing = []
    for rows, kind, key in ((assignments, "assignment", [_S, _A]), (scores, "grade", [_S, _A, "sis_student_id"])):
        done = pd.MultiIndex.from_frame(told.loc[told["kind"] == kind, key])
        missing.append(untried(rows[~pd.MultiIndex.from_frame(rows[key]).isin(done)], "SIS-NOT-TRIED", at))
    return [rows for rows in missing if len(rows)]
