"""What one SIS has accepted so far, per assignment copy and per score (design: ledger; invariants 3, 4, 7 and 8).

A row is written twice around each request: `intend_…` before it (outcome `unknown`, what was last accepted stays), `settle_…` after it, from the
receipts. A process that dies between the two leaves `unknown`, and the next plan looks the item up before anything else (F-4).

How to read a row: `fingerprint` is what the SIS last confirmed, empty when nothing of ours stands there (never taken, cleared or deleted);
`outcome` is how the last attempt ended, `refused` what the SIS last refused and has not accepted since. Only `accepted` together with an equal
fingerprint means that nothing is to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Table, case, null, select

from include.errors import DataError
from include.gradebook import schemas
from include.sis.contract import Outcome
from include.sync import bulk, settling, state
from include.sync.bulk import Record
from include.sync.settling import only
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES

_COPY = list(schemas.LEDGER_ASSIGNMENTS.key)
_SCORE = list(schemas.LEDGER_SCORES.key)
_TRIED = ["canvas_course_id", "sis_assignment_id", "our_id", "due_date"]


class Ledger:
    """The ledger of one target. Every method is one transaction. Rows and receipts that it takes are those of the frames named, as dicts.

    `guard` is asked at the beginning of every transaction that writes, and raises where it must not. Our IDs in the SIS are made from `id_name`.
    """

    def __init__(self, engine: Engine, target: str, guard: Callable[[Connection], None] = lambda _: None, id_name: str = "") -> None:
        self.engine = engine
        self.target = target
        self.guard = guard
        self.id_name = id_name or target

    def assignments(self, sections: Sequence[str] | None = None) -> pd.DataFrame:
        """The assignments of these SIS sections (None: of all), as frame LEDGER_ASSIGNMENTS, in no particular order."""
        return self._read(LEDGER_ASSIGNMENTS, schemas.LEDGER_ASSIGNMENTS, sections)

    def scores(self, sections: Sequence[str] | None = None) -> pd.DataFrame:
        """The scores of these SIS sections (None: of all), as frame LEDGER_SCORES, in no particular order."""
        return self._read(LEDGER_SCORES, schemas.LEDGER_SCORES, sections)

    def unanswered(self, sections: Sequence[str]) -> set[tuple[str | None, ...]]:
        """What has been sent in these SIS sections, and nobody knows what became of it: section, assignment, and student for a score."""
        found: set[tuple[str | None, ...]] = set()
        with self.engine.connect() as connection:
            for table, key in (
                (LEDGER_ASSIGNMENTS, [*(LEDGER_ASSIGNMENTS.c[name] for name in _COPY), null()]),
                (LEDGER_SCORES, [*(LEDGER_SCORES.c[name] for name in _SCORE)]),
            ):
                statement = select(*key).where(table.c.target == self.target, table.c.outcome == str(Outcome.UNKNOWN))
                for chunk in bulk.chunks(sections):
                    found |= {tuple(row) for row in connection.execute(statement.where(table.c.sis_section_id.in_(chunk)))}
        return found

    def intend_assignments(self, rows: Sequence[Record], run_id: str) -> None:
        """Write down that these rows (PLAN_ASSIGNMENTS) are about to be sent.

        A create means that the plan found nothing of ours in the SIS: then nothing that was accepted before counts any more, its scores
        included. Otherwise name and due date stay those that the SIS accepted until it accepts others (R-6).
        """
        anew = [row for row in rows if row["action"] == "create"]
        with self._writing() as connection:
            for part, made in ((anew, True), ([row for row in rows if row["action"] != "create"], False)):
                bulk.each(connection, _intending(connection.dialect.name, made), part, **self._unknown(run_id))
            self._forget_scores(connection, anew, run_id)

    def intend_scores(self, rows: Sequence[Record], run_id: str) -> None:
        """Record that these rows (PLAN_SCORES) are about to be sent.

        Whose score the SIS last accepted stays until it accepts another one (I-2).
        """
        with self._writing() as connection:
            bulk.each(connection, _intending_scores(connection.dialect.name), rows, **self._unknown(run_id))

    def settle_assignments(self, rows: Sequence[Record], receipts: Sequence[Record], run_id: str) -> None:
        """Write down what the SIS answered (RECEIPTS) to these rows (PLAN_ASSIGNMENTS), each of which was intended before.

        A row without a receipt stays unknown. An accepted delete takes the assignment's scores along, and begins a new generation: made anew, the
        assignment gets a new stable id, for a SIS may keep the old one as that of a deleted item.
        """
        answered = settling.answered(rows, receipts, _COPY, "sis_assignment_id")
        gone = [row for row in answered if settling.is_gone(row)]
        next_generation = LEDGER_ASSIGNMENTS.c.generation + 1
        with self._writing() as connection:
            self._settle(connection, LEDGER_ASSIGNMENTS, settling.changes(answered, _COPY, settling.known_assignment), run_id)
            bulk.change(connection, LEDGER_ASSIGNMENTS, ["target", *_COPY], self._keys(gone), sis_assignment_id=None, generation=next_generation)
            self._forget_scores(connection, gone, run_id)

    def settle_scores(self, rows: Sequence[Record], receipts: Sequence[Record], run_id: str) -> None:
        """Write down what the SIS answered (RECEIPTS) to these rows (PLAN_SCORES), each of which was intended before."""
        answered = settling.answered(rows, receipts, _SCORE, "sis_score_id")
        with self._writing() as connection:
            self._settle(connection, LEDGER_SCORES, settling.changes(answered, _SCORE, settling.known_score), run_id)

    def confirm_assignments(self, rows: pd.DataFrame, run_id: str, at: datetime) -> None:
        """Write down that these PLAN_ASSIGNMENTS were read back from the SIS as they should stand: that confirms as well as an answer."""
        found = [row | {"action": "update"} for row in bulk.records(rows, schemas.PLAN_ASSIGNMENTS.columns)]
        self.intend_assignments(found, run_id)
        self.settle_assignments(found, settling.read_back(found, "sis_assignment_id", at), run_id)

    def confirm_scores(self, rows: pd.DataFrame, run_id: str, at: datetime) -> None:
        """The same for PLAN_SCORES."""
        found = [row | {"action": "update"} for row in bulk.records(rows, schemas.PLAN_SCORES.columns)]
        self.intend_scores(found, run_id)
        self.settle_scores(found, settling.read_back(found, "sis_score_id", at), run_id)

    def last_sent(self, sis_section_id: str, canvas_assignment_id: str, sis_student_id: str | None = None) -> Record | None:
        """All that is known of one assignment, or of one student's score of it; None when it was never tried (F-11)."""
        table = LEDGER_ASSIGNMENTS if sis_student_id is None else LEDGER_SCORES
        key = {"target": self.target, "sis_section_id": sis_section_id, "canvas_assignment_id": canvas_assignment_id}
        if sis_student_id is not None:
            key["sis_student_id"] = sis_student_id
        with self.engine.connect() as connection:
            row = connection.execute(select(table).filter_by(**key)).mappings().one_or_none()
        return dict(row) if row else None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with state.writing(self.engine) as connection:
            self.guard(connection)
            yield connection

    def _read(self, table: Table, frame: schemas.Frame, sections: Sequence[str] | None) -> pd.DataFrame:
        statement = select(*(table.c[name] for name in frame.columns)).where(table.c.target == self.target)
        with self.engine.connect() as connection:
            return frame.conform(bulk.read(connection, statement, table.c.sis_section_id, sections))

    def _unknown(self, run_id: str) -> Record:
        """What is the same for all rows that are about to be sent."""
        return {"target": self.target, "outcome": str(Outcome.UNKNOWN), "run_id": run_id}

    def _settle(self, connection: Connection, table: Table, changes: Sequence[list[Record]], run_id: str) -> None:
        keys = [column.name for column in table.primary_key.columns]
        for rows in changes:
            changed = bulk.change(connection, table, keys, rows, target=self.target, run_id=run_id)
            if changed != len(rows):
                raise DataError(f"{table.name} of {self.target}: {len(rows)} rows were answered, but only {changed} of them were intended before")

    def _forget_scores(self, connection: Connection, rows: Sequence[Record], run_id: str) -> None:
        """None of these assignments' scores stands in the SIS."""
        nothing = {"fingerprint": None, "refused": None, "sis_score_id": None, "run_id": run_id}
        bulk.change(connection, LEDGER_SCORES, ["target", *_COPY], self._keys(rows), **nothing)

    def _keys(self, rows: Sequence[Record]) -> list[Record]:
        return [{"target": self.target, **only(row, _COPY)} for row in rows]


@cache
def _intending_scores(dialect: str) -> Any:
    """The statement by which scores are about to be sent."""
    names = [*_SCORE, "canvas_user_id", "sis_score_id", "target", "outcome", "run_id"]
    statement = bulk.upsert(dialect, LEDGER_SCORES).values(bulk.named(LEDGER_SCORES, names))
    new, old = statement.excluded, LEDGER_SCORES.c
    user = case((old.fingerprint.is_(None), new.canvas_user_id), else_=old.canvas_user_id)
    return bulk.replacing(statement, LEDGER_SCORES, {"canvas_user_id": user, **{name: new[name] for name in ("sis_score_id", "outcome", "run_id")}})


@cache
def _intending(dialect: str, made: bool) -> Any:
    """The statement by which assignments are about to be sent: `made` anew, or as something that may stand in the SIS already."""
    names = [*_COPY, *_TRIED, "name", "target", "outcome", "run_id"]
    statement = bulk.upsert(dialect, LEDGER_ASSIGNMENTS).values(bulk.named(LEDGER_ASSIGNMENTS, names))
    new, old = statement.excluded, LEDGER_ASSIGNMENTS.c
    sent: bulk.Values = {name: new[name] for name in ("canvas_course_id", "sis_assignment_id", "our_id", "outcome", "run_id")}
    if made:
        return bulk.replacing(statement, LEDGER_ASSIGNMENTS, {**sent, "name": new["name"], "due_date": new["due_date"], "fingerprint": null()})
    kept = {name: case((old.fingerprint.is_(None), new[name]), else_=old[name]) for name in ("name", "due_date")}
    return bulk.replacing(statement, LEDGER_ASSIGNMENTS, {**sent, **kept})
