"""What one call of the client has been answered so far, and what of that the ledger has already: it is written down while others are awaited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from include.sync.bulk import Record
from include.sync.leases import LeaseLostError
from include.sync.writes import Answers, Write, receipts

SOME = 100
"""Answers that are settled at a time: few enough to take less time than a request, so that nothing waits for them."""


@dataclass
class Book:
    """The rows of one call of the client, by key, and which of them the ledger has as answered."""

    given: dict[str, tuple[Record, Write]]
    settle: Callable[..., None]
    run_id: str
    settled: set[str] = field(default_factory=set)
    _waiting: list[str] = field(default_factory=list)
    _fails: bool = False

    def answered(self, key: str, answers: Answers) -> None:
        """One more; some at a time they are settled. Where that fails it waits for the end of the call, when the rest is settled and may say why."""
        self._waiting.append(key)
        if len(self._waiting) < SOME or self._fails:
            return
        rows, writes = zip(*(self.given[one] for one in self._waiting), strict=True)
        try:
            self.settle(rows, receipts(rows, writes, answers, answers[key][1]), self.run_id)
        except (LeaseLostError, SQLAlchemyError):
            self._fails = True
        else:
            self.settled.update(self._waiting)
            self._waiting.clear()
