"""R-21: a SIS that rejects an assignment over the assign date, which this product derived, takes it with the due date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from include.sis.contract import AssignmentWrite, Outcome, Receipt
from include.sis.oneroster.derived_dates import send_dated

DUE, CREATED = date(2026, 11, 9), date(2026, 8, 1)
ROW = AssignmentWrite("S1/100", "S1", "", "gs-1-100", "Quiz", "", 10.0, DUE, None, CREATED, "C1")


@dataclass
class Sis:
    """A SIS that takes dates from its first day on, and counts the rows that it is sent."""

    first: date
    words: str = "assignDate {} is outside the grading period"
    status: int | None = 422
    sent: list[tuple[str, date | None]] = field(default_factory=list)
    holds: dict[str, date | None] = field(default_factory=dict)

    def put(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        for row in rows:
            self.sent.append((row.key, row.assign_date))
            if row.assign_date is not None and row.assign_date < self.first:
                yield Receipt(row.key, Outcome.REFUSED, code="IC-DATES", message=self.words.format(row.assign_date), status=self.status)
            else:
                self.holds[row.key] = row.assign_date
                yield Receipt(row.key, Outcome.ACCEPTED, "1")


def test_r21_what_is_rejected_over_its_assign_date_is_assigned_on_its_due_date() -> None:
    sis = Sis(first=date(2026, 11, 1))
    rows = [ROW, replace(ROW, key="S1/101", assign_date=date(2026, 11, 2))]
    receipts = list(send_dated(rows, sis.put))
    assert sorted((one.key, one.outcome) for one in receipts) == [("S1/100", Outcome.ACCEPTED), ("S1/101", Outcome.ACCEPTED)]
    assert sis.holds == {"S1/100": DUE, "S1/101": date(2026, 11, 2)}
    assert len(sis.sent) == 3


@pytest.mark.parametrize(
    ("row", "words", "status"),
    [
        (ROW, "the title cannot be updated: candidate names must validate", 422),
        (ROW, "assignDate {} is outside the grading period", None),
        (ROW, "no date can be saved", 503),
        (replace(ROW, due_date=None), "assignDate {} is outside the grading period", 422),
        (replace(ROW, due_date=CREATED), "dueDate {} is outside the grading period", 422),
    ],
)
def test_r21_another_rejection_is_sent_once(row: AssignmentWrite, words: str, status: int | None) -> None:
    sis = Sis(first=date(2026, 11, 1), words=words, status=status)
    assert [one.outcome for one in send_dated([row], sis.put)] == [Outcome.REFUSED]
    assert len(sis.sent) == 1


def test_r21_a_due_date_that_is_rejected_too_is_told_in_the_words_of_the_second_answer() -> None:
    sis = Sis(first=date(2027, 1, 1))
    receipts = list(send_dated([ROW], sis.put))
    assert [(one.outcome, one.message) for one in receipts] == [(Outcome.REFUSED, "assignDate 2026-11-09 is outside the grading period")]
