"""Calls of a SIS client in which an error of Grade Sync costs only the row that causes it (I-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite
from include.sync import own_errors
from include.sync.bulk import Record
from include.sync.own_errors import is_own, note, place_of
from include.sync.writes import Answers, Write

Call = Callable[[Sequence[Any]], Iterable[Receipt]]
W = TypeVar("W", AssignmentWrite, ScoreWrite)
Collect = Callable[[Answers, set[str], Iterable[Receipt]], None]


def built(rows: Sequence[Record], build: Callable[[Sequence[Record]], list[W]]) -> tuple[Sequence[Record], list[W], list[tuple[Record, str]]]:
    """Return the rows with their writes, and those of which Grade Sync can make none, with what failed where (I-7)."""
    try:
        return rows, build(rows), []
    except Exception as error:
        if not is_own(error):
            raise
        if len(rows) == 1:
            note(error, "making a request")
            return [], [], [(rows[0], place_of(error))]
    parts = [built([row], build) for row in rows]
    return [row for good, _, _ in parts for row in good], [one for _, some, _ in parts for one in some], [one for *_, bad in parts for one in bad]


class RequestWatch:
    """Whether a request has begun since the last reset: a permit of the client's breaker, asked just before each first byte."""

    def __init__(self) -> None:
        self.begun = False

    def __call__(self) -> None:
        """Note one request."""
        self.begun = True


@dataclass(frozen=True)
class IsolatedCalls:
    """Calls of one client: `collect` adds the receipts of a call to the answers as they come, `noted` are the places of errors in the log."""

    watch: RequestWatch
    collect: Collect
    clock: Callable[[], datetime]
    noted: set[str]

    def answer(self, answers: Answers, writes: Sequence[Write], once: frozenset[str], call: Call) -> None:
        """Send all writes in one call. After an error of Grade Sync, send each write without an answer in a call of its own.

        `once` are the keys of writes that must not be sent twice: when a request of the first call has begun, these stay unknown.
        """
        failed = self._failed(answers, writes, call)
        if failed is None:
            return
        error, begun = failed
        for write in (one for one in writes if one.key not in answers):
            if begun and write.key in once:
                self._tell(answers, write, error, begun)
            elif (alone := self._failed(answers, [write], call)) is not None:
                self._tell(answers, write, *alone)

    def _failed(self, answers: Answers, writes: Sequence[Write], call: Call) -> tuple[Exception, bool] | None:
        """The error of Grade Sync that ended this call, if one did, and whether a request had begun by then."""
        self.watch.begun = False
        try:
            self.collect(answers, {write.key for write in writes}, call(writes))
        except Exception as error:
            if not is_own(error):
                raise
            self._note_once(error)
            return error, self.watch.begun
        return None

    def _note_once(self, error: Exception) -> None:
        """Log each place that fails once: it may fail for every row of a plan."""
        place = place_of(error)
        if place not in self.noted:
            self.noted.add(place)
            note(error, "sending rows")

    def _tell(self, answers: Answers, write: Write, error: Exception, begun: bool) -> None:
        """Record what is known of a write without an answer: not sent, or unknown once any request has begun."""
        outcome, code = (Outcome.UNKNOWN, own_errors.UNKNOWN) if begun else (Outcome.REFUSED, own_errors.NOT_SENT)
        answers.setdefault(write.key, (Receipt(write.key, outcome, code=code, message=place_of(error)), self.clock()))
