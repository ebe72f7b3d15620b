"""What one SIS has accepted so far, per assignment copy and per score (design: ledger; invariants 3, 4, 7 and 8).

A row is written twice around each request: `intend_…` before it (outcome `unknown`, what was last accepted stays), `settle_…` after it, from the
receipts. A process that dies between the two leaves `unknown`, and the next plan looks the item up before anything else (F-4).

How to read a row: `fingerprint` is what the SIS last confirmed, empty when nothing of ours stands there (never taken, cleared or deleted);
`outcome` is how the last attempt ended, `refused` what the SIS last refused and has not accepted since. Only `accepted` together with an equal
fingerprint means that nothing is to be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Table, case, null, select

from include.errors import DataError
from include.gradebook import schemas
from include.sis.contract import Outcome
from include.sync import bulk, state
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES

_COPY = list(schemas.LEDGER_ASSIGNMENTS.key)
_SCORE = list(schemas.LEDGER_SCORES.key)
_ANSWER = ["outcome", "reason_code", "message", "finished_at"]
_SENT = ["name", "description", "points_possible", "due_date", "assign_date", "category_id"]
_MESSAGE_LENGTH = 500


class Ledger:
    """The ledger of one target. Every method is one transaction."""

    def __init__(self, engine: Engine, target: str) -> None:
        self.engine = engine
        self.target = target

    def assignments(self, sections: Sequence[str] | None = None) -> pd.DataFrame:
        """The assignments of these SIS sections (None: of all), as frame LEDGER_ASSIGNMENTS, in no particular order."""
        return self._read(LEDGER_ASSIGNMENTS, schemas.LEDGER_ASSIGNMENTS, sections)

    def scores(self, sections: Sequence[str] | None = None) -> pd.DataFrame:
        """The scores of these SIS sections (None: of all), as frame LEDGER_SCORES, in no particular order."""
        return self._read(LEDGER_SCORES, schemas.LEDGER_SCORES, sections)

    def intend_assignments(self, rows: pd.DataFrame, run_id: str) -> None:
        """Write down that these plan rows (PLAN_ASSIGNMENTS) are about to be sent.

        A create means that the plan found nothing of ours in the SIS: then nothing that was accepted before counts any more, its scores
        included. Otherwise name and due date stay those that the SIS accepted until it accepts others (R-6).
        """
        rows = _clean(rows, "name")
        anew = rows["action"].eq("create")
        with state.writing(self.engine) as connection:
            statement = bulk.upsert(connection, LEDGER_ASSIGNMENTS)
            new, old = statement.excluded, LEDGER_ASSIGNMENTS.c
            sent: bulk.Values = {name: new[name] for name in ("canvas_course_id", "sis_assignment_id", "our_id", "outcome", "run_id")}
            made = {**sent, "name": new["name"], "due_date": new["due_date"], "fingerprint": null()}
            kept = {name: case((old.fingerprint.is_(None), new[name]), else_=old[name]) for name in ("name", "due_date")}
            for part, values in ((rows[anew], made), (rows[~anew], {**sent, **kept})):
                records = bulk.records(part, [*_COPY, "canvas_course_id", "sis_assignment_id", "our_id", "name", "due_date"])
                self._intend(connection, bulk.replacing(statement, LEDGER_ASSIGNMENTS, values), records, run_id)
            self._forget_scores(connection, rows[anew], run_id)

    def intend_scores(self, rows: pd.DataFrame, run_id: str) -> None:
        """Write down that these plan rows (PLAN_SCORES) are about to be sent."""
        with state.writing(self.engine) as connection:
            statement = bulk.upsert(connection, LEDGER_SCORES)
            values = {name: statement.excluded[name] for name in ("canvas_user_id", "sis_score_id", "outcome", "run_id")}
            records = bulk.records(rows, [*_SCORE, "canvas_user_id", "sis_score_id"])
            self._intend(connection, bulk.replacing(statement, LEDGER_SCORES, values), records, run_id)

    def settle_assignments(self, rows: pd.DataFrame, receipts: pd.DataFrame, run_id: str) -> None:
        """Write down what the SIS answered (RECEIPTS of kind assignment) to these plan rows, each of which was intended before.

        A row without a receipt stays unknown. An accepted delete takes the assignment's scores along, and begins a new generation: made anew, the
        assignment gets a new stable id, for a SIS may keep the old one as that of a deleted item.
        """
        answered = _answered(_clean(rows, "name"), receipts, _COPY, "sis_assignment_id")
        answered["sent"] = pd.Series(bulk.json_texts(answered, _SENT), index=answered.index, dtype="str")
        next_generation = LEDGER_ASSIGNMENTS.c.generation + 1
        known = ["canvas_course_id", "sis_assignment_id", "our_id", "name", "due_date", "sent"]
        with state.writing(self.engine) as connection:
            self._settle(connection, LEDGER_ASSIGNMENTS, _parted(answered, "delete", _COPY, known), run_id)
            gone = answered[_gone(answered, "delete")]
            bulk.change(connection, LEDGER_ASSIGNMENTS, ["target", *_COPY], self._keys(gone), sis_assignment_id=None, generation=next_generation)
            self._forget_scores(connection, gone, run_id)

    def settle_scores(self, rows: pd.DataFrame, receipts: pd.DataFrame, run_id: str) -> None:
        """Write down what the SIS answered (RECEIPTS of kind grade) to these plan rows, each of which was intended before."""
        answered = _answered(rows, receipts, _SCORE, "sis_score_id")
        with state.writing(self.engine) as connection:
            self._settle(connection, LEDGER_SCORES, _parted(answered, "clear", _SCORE, ["canvas_user_id", "sis_score_id"]), run_id)

    def confirm_assignments(self, rows: pd.DataFrame, run_id: str, at: datetime) -> None:
        """Write down that these rows (as PLAN_ASSIGNMENTS) were read back from the SIS as they should stand: that confirms as well as an answer."""
        self.intend_assignments(rows, run_id)
        self.settle_assignments(rows, _read_back(rows, "sis_assignment_id", at), run_id)

    def confirm_scores(self, rows: pd.DataFrame, run_id: str, at: datetime) -> None:
        """The same for rows as PLAN_SCORES."""
        self.intend_scores(rows, run_id)
        self.settle_scores(rows, _read_back(rows, "sis_score_id", at), run_id)

    def last_sent(self, sis_section_id: str, canvas_assignment_id: str, sis_student_id: str | None = None) -> dict[str, Any] | None:
        """All that is known of one assignment, or of one student's score of it; None when it was never tried (F-11)."""
        table = LEDGER_ASSIGNMENTS if sis_student_id is None else LEDGER_SCORES
        key = {"target": self.target, "sis_section_id": sis_section_id, "canvas_assignment_id": canvas_assignment_id}
        if sis_student_id is not None:
            key["sis_student_id"] = sis_student_id
        with self.engine.connect() as connection:
            row = connection.execute(select(table).filter_by(**key)).mappings().one_or_none()
        return dict(row) if row else None

    def _read(self, table: Table, frame: schemas.Frame, sections: Sequence[str] | None) -> pd.DataFrame:
        statement = select(*(table.c[name] for name in frame.columns)).where(table.c.target == self.target)
        with self.engine.connect() as connection:
            return frame.conform(bulk.read(connection, statement, table.c.sis_section_id, sections))

    def _intend(self, connection: Connection, statement: Any, records: list[bulk.Record], run_id: str) -> None:
        fixed = {"target": self.target, "outcome": str(Outcome.UNKNOWN), "run_id": run_id}
        if records:
            connection.execute(statement, [record | fixed for record in records])

    def _settle(self, connection: Connection, table: Table, parts: Sequence[list[bulk.Record]], run_id: str) -> None:
        keys = [column.name for column in table.primary_key.columns]
        for records in parts:
            changed = bulk.change(connection, table, keys, [record | {"target": self.target, "run_id": run_id} for record in records])
            if changed != len(records):
                raise DataError(f"{table.name} of {self.target}: {len(records)} rows were answered, but only {changed} of them were intended before")

    def _forget_scores(self, connection: Connection, rows: pd.DataFrame, run_id: str) -> None:
        """None of these assignments' scores stands in the SIS."""
        nothing = {"fingerprint": None, "refused": None, "sis_score_id": None, "run_id": run_id}
        bulk.change(connection, LEDGER_SCORES, ["target", *_COPY], self._keys(rows), **nothing)

    def _keys(self, rows: pd.DataFrame) -> list[bulk.Record]:
        return [{"target": self.target, **record} for record in bulk.records(rows, _COPY)]


def _answered(rows: pd.DataFrame, receipts: pd.DataFrame, key: list[str], sis_id: str) -> pd.DataFrame:
    """The plan rows that have a receipt, with its answer; the SIS's id is the receipt's, else the one that the row had."""
    answers = _clean(receipts, "message")[[*key, "sis_id", *_ANSWER]]
    merged = rows.merge(answers, on=key, how="inner", validate="one_to_one")
    merged[sis_id] = merged["sis_id"].fillna(merged[sis_id])
    return merged.assign(message=merged["message"].str.slice(0, _MESSAGE_LENGTH), accepted_at=merged["finished_at"])


def _gone(answered: pd.DataFrame, removal: str) -> pd.Series:
    """Whether the SIS confirmed that the row stands there no more."""
    return answered["outcome"].eq(Outcome.ACCEPTED) & answered["action"].eq(removal)


def _parted(answered: pd.DataFrame, removal: str, key: list[str], known: list[str]) -> list[list[bulk.Record]]:
    """What each row's columns become, by answer: accepted, accepted removal, refused, unknown."""
    gone, refused, unknown = _gone(answered, removal), answered["outcome"].eq(Outcome.REFUSED), answered["outcome"].eq(Outcome.UNKNOWN)
    taken, no = answered[~(gone | refused | unknown)].assign(refused=None), answered[refused]
    return [
        bulk.records(taken, [*key, *known, "fingerprint", "refused", "accepted_at", *_ANSWER]),
        bulk.records(answered[gone].assign(fingerprint=None, refused=None), [*key, "fingerprint", "refused", *_ANSWER]),
        bulk.records(no.assign(refused=no["fingerprint"]), [*key, "refused", *_ANSWER]),
        bulk.records(answered[unknown], [*key, *_ANSWER]),
    ]


def _read_back(rows: pd.DataFrame, sis_id: str, at: datetime) -> pd.DataFrame:
    """Receipts that say accepted for rows that a look-up found."""
    kind = "assignment" if sis_id == "sis_assignment_id" else "grade"
    told = rows.assign(kind=kind, sis_id=rows[sis_id], outcome=str(Outcome.ACCEPTED), finished_at=pd.Timestamp(at))
    return schemas.RECEIPTS.conform(told)


def _clean(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """PostgreSQL stores no NUL character; one in a name or in a SIS's words must not stop its neighbours."""
    return frame.assign(**{column: frame[column].str.replace("\x00", "", regex=False)})
