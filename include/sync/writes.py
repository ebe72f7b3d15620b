"""Rows of a plan as the writes that a SIS client takes, and its receipts as a frame: the edge between frames and requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite
from include.sync import bulk

Writes = Sequence[AssignmentWrite | ScoreWrite]
Answers = dict[str, tuple[Receipt, datetime]]
"""Receipts by the key of their write, each with the moment at which it came."""

_KEY = list(PLAN_SCORES.key)
_TOLD = ["outcome", "sis_id", "reason_code", "message", "sis_error_code", "finished_at"]
_NO_ANSWER = Receipt(key="", outcome=Outcome.UNKNOWN, code="SIS-NO-ANSWER")
_NO_ID = Receipt(key="", outcome=Outcome.UNKNOWN, code="SIS-UNREADABLE", message="accepted, but without the new item's id")


def assignment_writes(rows: pd.DataFrame) -> list[AssignmentWrite]:
    """PLAN_ASSIGNMENTS rows as writes, in the same order."""
    return [
        AssignmentWrite(
            key=f"{row['sis_section_id']}/{row['canvas_assignment_id']}",
            sis_section_id=row["sis_section_id"],
            sis_assignment_id=row["sis_assignment_id"] or "",
            our_id=row["our_id"],
            name=row["name"],
            description=row["description"] or "",
            points_possible=row["points_possible"],
            due_date=_date(row["due_date"]),
            due_at=row["due_at"],
            assign_date=_date(row["assign_date"]),
            category_id=row["category_id"] or "",
        )
        for row in bulk.records(rows, PLAN_ASSIGNMENTS.columns)
    ]


def score_writes(rows: pd.DataFrame, sis_assignment_id: str) -> list[ScoreWrite]:
    """PLAN_SCORES rows of one SIS assignment as writes, in the same order."""
    return [
        ScoreWrite(
            key=f"{row['sis_section_id']}/{row['canvas_assignment_id']}/{row['sis_student_id']}",
            sis_section_id=row["sis_section_id"],
            sis_assignment_id=sis_assignment_id,
            sis_student_id=row["sis_student_id"],
            sis_score_id=row["sis_score_id"] or "",
            our_id=row["our_id"] or "",
            score=row["score"],
            exempt=row["exempt"],
            missing=row["missing"],
            late=row["late"],
            scored_on=date.fromisoformat(row["scored_on"]),
        )
        for row in bulk.records(rows, PLAN_SCORES.columns)
    ]


def receipts(rows: pd.DataFrame, writes: Writes, answers: Answers, at: datetime) -> pd.DataFrame:
    """RECEIPTS for these rows, sent as these writes. What got no answer is unknown (invariant 3), and so is a new item whose id nobody knows."""
    told = []
    for write, action in zip(writes, rows["action"], strict=True):
        receipt, moment = answers.get(write.key, (_NO_ANSWER, at))
        made = isinstance(write, AssignmentWrite) and action != "delete" and receipt.outcome == Outcome.ACCEPTED
        told.append(_told(_NO_ID if made and not (receipt.sis_id or write.sis_assignment_id) else receipt, moment))
    return _with_keys(rows, told)


def untried(rows: pd.DataFrame, code: str, at: datetime) -> pd.DataFrame:
    """RECEIPTS for rows for which no request was made, for this reason."""
    fixed = {"outcome": str(Outcome.REFUSED), "reason_code": code, "finished_at": at}
    return _with_keys(rows, [fixed] * len(rows))


def _told(receipt: Receipt, at: datetime) -> bulk.Record:
    accepted = receipt.outcome == Outcome.ACCEPTED
    return {
        "outcome": str(Outcome(receipt.outcome)),
        "sis_id": receipt.sis_id or None,
        "reason_code": receipt.code or None,
        "message": receipt.message or None,
        "sis_error_code": None if accepted or receipt.status is None else str(receipt.status),
        "finished_at": at,
    }


def _with_keys(rows: pd.DataFrame, told: list[bulk.Record]) -> pd.DataFrame:
    known = rows[[name for name in _KEY if name in rows]].reset_index(drop=True)
    kind = "grade" if "sis_student_id" in rows else "assignment"
    return RECEIPTS.conform(pd.concat([known, pd.DataFrame(told, columns=_TOLD)], axis=1).assign(kind=kind))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
