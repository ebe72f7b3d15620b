"""A batch's checked plan on its way, under its lease: sent, looked up and sent again where an answer was missing, and what is in doubt healed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd

from include.collecting import seldom_collecting
from include.errors import GradeSyncError
from include.gradebook.schemas import RECEIPTS
from include.gradebook.sieve import join_withheld
from include.run_folder import RunFolder
from include.sis.contract import SisClient
from include.sync import binding, leases, outage, valve, waiting
from include.sync.again import unanswered
from include.sync.apply import apply
from include.sync.handover import load_resolved, note_of, save_resolved
from include.sync.healing import heal
from include.sync.heartbeat import SURE, beating
from include.sync.leases import Lease, LeaseLostError, OtherTryError
from include.sync.ledger import Ledger
from include.sync.own_errors import is_own, note
from include.sync.plan import Plan, Resolved
from include.sync.run import Run

log = logging.getLogger(__name__)

ROUNDS = 3
"""How often one load sends at most: its plan, and then what got no answer, planned anew."""

PATIENCE = 120.0
"""Seconds after the first round within which another one may begin."""

DOUBTS = "doubts"
"""The frame in the batch's folder that holds what was in doubt when the plan was made."""

_KEY = ["kind", "sis_section_id", "canvas_assignment_id", "sis_student_id"]
Again = Callable[[Sequence[str], pd.DataFrame], Resolved]
"""SIS sections and the receipts so far, to the plan anew for these sections."""


def send(run: Run, folder: RunFolder, sis: SisClient, lease: Lease, again: Again | None) -> tuple[dict[str, int], Exception | None]:
    """Receipts by outcome, and what stopped the sending before its end. The run folder holds both, but where a later try has it (OtherTryError)."""
    binding.check(run, sis)
    valid = load_resolved(folder, "valid")
    resolved = valve.held_back_by_others(run, valid)
    if resolved is not valid:
        save_resolved(folder, "valid", resolved)
    sends = any((part["action"] != "none").any() for part in (resolved.plan.assignments, resolved.plan.scores))
    if sends and not outage.is_known(run):  # while the SIS is down, the breaker's own small question is enough
        binding.confirm(run, sis)
    ledger = Ledger(run.ledger.engine, run.target, lease.guard, run.config.id_name)
    told = _Told(folder, sis.allocates)
    with beating(run, lease.courses, lease=lease) as still_ours, outage.heeding(run, sis), sis.breaker.asking(still_ours), seldom_collecting():
        plan: Plan | None = resolved.plan
        while plan is not None:
            applied = apply(plan, sis, ledger, run.run_id, lambda: datetime.now(UTC), still_ours)
            told.add(applied.receipts, applied.stopped)
            plan = _open(sis, told, again)
        if told.stopped is None:
            told.stop(_healed(folder, sis, ledger))
    return told.counts(), told.stopped


def make_good(run: Run, sis: SisClient, courses: Sequence[str], doubted: pd.DataFrame) -> None:
    """Twins that a run has made in courses which it had lost are deleted, once it holds them again.

    Nothing is sent: whoever had the courses since knows better what belongs there. What may stand there in an older form stays in doubt, so that
    the next run sends it. Where the courses stay somebody else's, or the SIS does not answer, all of it waits for the next run.
    """
    try:
        waiting.hold_all(run, courses, leases.TTL)
        lease = leases.take(run, courses)
        with beating(run, courses, lease=lease) as still_ours, sis.breaker.asking(still_ours):
            heal(sis, Ledger(run.ledger.engine, run.target, lease.guard, run.config.id_name), doubted, keep_late=True)
        lease.release()
    except GradeSyncError as error:
        log.warning("late requests of run %s to %s are checked by the next run: %s", run.run_id, run.target, error)


class _Told:
    """What the SIS has answered in this run, the newest answer per row, and what has stopped the sending.

    `once` are the kinds of rows that a client sends once, for the SIS chooses their ids. What it may repeat it has repeated already: another round
    would only double the load of a SIS that is not well.
    """

    def __init__(self, folder: RunFolder, once: Collection[str]) -> None:
        self._folder, self._once = folder, once
        self.receipts = folder.read_frame("receipts") if folder.exists("receipts") else RECEIPTS.empty()
        self.stopped: Exception | None = None
        self.open: list[str] = []
        self.rounds, self._until = 0, 0.0

    def add(self, receipts: pd.DataFrame, stopped: Exception | None) -> None:
        """The answers of one round; they are kept in the run folder before anything else is done."""
        self.receipts = pd.concat([self.receipts, receipts]).drop_duplicates(_KEY, keep="last", ignore_index=True)
        self.open, self.stopped = unanswered(receipts, self._once), stopped
        self.rounds, self._until = self.rounds + 1, self._until or time.monotonic() + PATIENCE
        self._save()

    def stop(self, error: Exception | None) -> None:
        """What stopped the sending after all was answered, if anything did."""
        if error is not None:
            self.stopped = error
            self._save()

    @property
    def may_go_on(self) -> bool:
        """Whether something is open, and another round is worth while."""
        return bool(self.open) and self.stopped is None and self.rounds < ROUNDS and time.monotonic() < self._until

    def counts(self) -> dict[str, int]:
        """Receipts by outcome."""
        return {str(name): int(count) for name, count in self.receipts["outcome"].value_counts().items()}

    def _save(self) -> None:
        """Into the run folder; a later try's is left alone."""
        if not isinstance(self.stopped, OtherTryError):
            self._folder.write_frame("receipts", RECEIPTS.conform(self.receipts))
            self._folder.write_json("stopped", note_of(self.stopped))


def _open(sis: SisClient, told: _Told, again: Again | None) -> Plan | None:
    """The plan anew where something got no answer; None when there is nothing of that kind, or the SIS cannot be asked now."""
    if again is None or not told.may_go_on or sis.breaker.is_open:
        return None
    time.sleep(SURE)  # what was under way when its answer got lost may still be at work there
    try:
        return again(told.open, told.receipts).plan
    except LeaseLostError as error:
        told.stop(error)
    except GradeSyncError as error:
        log.warning("unconfirmed items are left to the next run: %s", error)
    except Exception as error:
        if not is_own(error):
            raise
        note(error, "planning unconfirmed items again, which is left to the next run,")
    return None


def _healed(folder: RunFolder, sis: SisClient, ledger: Ledger) -> Exception | None:
    """Twins of rows that the plan knew to be in doubt are deleted; what was found is told with the plan. What stopped it, if anything did."""
    doubted = folder.read_frame(DOUBTS) if folder.exists(DOUBTS) else pd.DataFrame()
    if doubted.empty:
        return None
    try:
        told = heal(sis, ledger, doubted)
    except LeaseLostError as error:
        return error
    except Exception as error:  # what was sent has its receipts by now, and the next run looks for twins again
        if not is_own(error):
            raise
        note(error, "looking for duplicates")
        return error
    resolved = load_resolved(folder, "valid")
    save_resolved(folder, "valid", replace(resolved, notes=join_withheld(resolved.notes, told)))
    return None
