"""What a ledger row becomes by the answer that its write got: the one place that decides when something counts as accepted (invariant 3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from include.sis.contract import Outcome
from include.sync.bulk import Record
from include.text import storable

ANSWER = ("outcome", "reason_code", "message", "finished_at")
REMOVALS = ("delete", "clear")
_SENT = ("name", "description", "points_possible", "due_date", "assign_date", "category_id")
_MESSAGE_LENGTH = 500


def only(row: Record, names: Iterable[str]) -> Record:
    """The row with these columns alone."""
    return {name: row[name] for name in names}


def answered(rows: Sequence[Record], receipts: Sequence[Record], key: Sequence[str], sis_id: str) -> list[Record]:
    """The rows that have a receipt, with its answer. The SIS's id is the receipt's, else the one that the row had."""
    place = itemgetter(*key)
    found = {place(receipt): receipt for receipt in receipts}
    pairs = ((row, found.get(place(row))) for row in rows)
    return [
        {
            **row,
            "outcome": receipt["outcome"],
            "reason_code": receipt["reason_code"],
            "message": _short(receipt["message"]),
            "finished_at": receipt["finished_at"],
            sis_id: receipt["sis_id"] or row[sis_id],
        }
        for row, receipt in pairs
        if receipt is not None
    ]


def is_gone(row: Record) -> bool:
    """Whether the SIS confirmed that this answered row stands there no more."""
    return row["outcome"] == Outcome.ACCEPTED and row["action"] in REMOVALS


def changes(rows: Sequence[Record], key: Sequence[str], known: Callable[[Record], Record]) -> list[list[Record]]:
    """What each answered row's columns become, in lists of equal columns; `known` are the columns that only an accepted write brings along."""
    taken, gone, refused, unknown = [], [], [], []
    names = (*key, *ANSWER)
    for row in rows:
        told = {name: row[name] for name in names}
        if is_gone(row):
            gone.append(told | {"fingerprint": None, "refused": None})
        elif row["outcome"] == Outcome.ACCEPTED:
            told.update(known(row), fingerprint=row["fingerprint"], refused=None, accepted_at=row["finished_at"])
            taken.append(told)
        elif row["outcome"] == Outcome.REFUSED:
            refused.append(told | {"refused": row["fingerprint"]})
        else:
            unknown.append(told)
    return [taken, gone, refused, unknown]


def known_assignment(row: Record) -> Record:
    """What an accepted assignment is known by, and was sent as (F-11)."""
    sent = json.dumps(only(row, _SENT))
    known = only(row, ("canvas_course_id", "sis_assignment_id", "our_id", "due_date", "adopted", "name"))
    return known | {"sent": sent}


def known_score(row: Record) -> Record:
    """What an accepted score is known by."""
    return {"canvas_user_id": row["canvas_user_id"], "sis_score_id": row["sis_score_id"]}


def read_back(rows: Iterable[Record], sis_id: str, at: datetime) -> list[Record]:
    """Receipts for rows that were found in the SIS just as they should stand."""
    fixed = {"outcome": str(Outcome.ACCEPTED), "reason_code": None, "message": None, "finished_at": at}
    return [row | fixed | {"sis_id": row[sis_id]} for row in rows]


def _short(message: str | None) -> str | None:
    return storable(message)[:_MESSAGE_LENGTH] if message else None
