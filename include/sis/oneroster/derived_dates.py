"""The assign date is derived by this product, so it is never a reason to reject a teacher's assignment (R-21)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from include.sis.contract import AssignmentWrite, Outcome, Receipt

Send = Callable[[Sequence[AssignmentWrite]], Iterable[Receipt]]

_ABOUT_DATES = re.compile(r"\b(?:due|assign(?:ed)?|start|end)?[ _-]?dates?\b|\bterm\b|\bperiods?\b|\bwindow\b", re.IGNORECASE)


def send_dated(rows: Sequence[AssignmentWrite], send: Send) -> Iterator[Receipt]:
    """Yield one receipt per row. A row that is rejected over a date is sent once more, assigned on its due date, which is the teacher's."""
    by_key = {row.key: row for row in rows}
    again: list[AssignmentWrite] = []
    for receipt in send(rows):
        row = by_key[receipt.key]
        if _may_be_the_assign_date(receipt, row):
            again.append(replace(row, assign_date=row.due_date))
        else:
            yield receipt
    if again:
        yield from send(again)


def _may_be_the_assign_date(receipt: Receipt, row: AssignmentWrite) -> bool:
    """Whether the rejection speaks of a date while the row has an assign date that could move."""
    rejected = receipt.outcome is Outcome.REFUSED and receipt.status is not None and 400 <= receipt.status < 500
    return rejected and None not in (row.due_date, row.assign_date) and row.assign_date != row.due_date and bool(_ABOUT_DATES.search(receipt.message))
