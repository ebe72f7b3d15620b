"""Rows of a plan as the writes that a SIS client takes, and its answers as rows of receipts: the edge between frames and requests.

Rows are dicts here, made once per section: a remaster has a hundred thousand small calls, for which frames are too slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite
from include.sync.bulk import Record

Write = AssignmentWrite | ScoreWrite
Answers = dict[str, tuple[Receipt, datetime]]
"""Receipts by the key of their write, each with the moment at which it came."""

_NO_ANSWER = Receipt(key="", outcome=Outcome.UNKNOWN, code="SIS-NO-ANSWER")
_NO_ID = Receipt(key="", outcome=Outcome.UNKNOWN, code="SIS-UNREADABLE", message="accepted, but without the new record's ID")


def assignment_writes(rows: Iterable[Record]) -> list[AssignmentWrite]:
    """Rows of PLAN_ASSIGNMENTS as writes, in the same order."""
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
        for row in rows
    ]


def score_writes(rows: Iterable[Record], sis_assignments: Mapping[str, str]) -> list[ScoreWrite]:
    """Rows of PLAN_SCORES of one section as writes, in the same order; `sis_assignments` by Canvas assignment."""
    return [
        ScoreWrite(
            key=f"{row['sis_section_id']}/{row['canvas_assignment_id']}/{row['sis_student_id']}",
            sis_section_id=row["sis_section_id"],
            sis_assignment_id=sis_assignments[row["canvas_assignment_id"]],
            sis_student_id=row["sis_student_id"],
            sis_score_id=row["sis_score_id"] or "",
            our_id=row["our_id"] or "",
            score=row["score"],
            exempt=row["exempt"],
            missing=row["missing"],
            late=row["late"],
            scored_on=date.fromisoformat(row["scored_on"]),
            comment=row["comment"] or "",
        )
        for row in rows
    ]


def receipts(rows: Sequence[Record], writes: Sequence[Write], answers: Answers, at: datetime) -> list[Record]:
    """RECEIPTS for these rows, sent as these writes. What got no answer is unknown (invariant 3), and so is a new item whose id nobody knows."""
    told = []
    for row, write in zip(rows, writes, strict=True):
        receipt, moment = answers.get(write.key, (_NO_ANSWER, at))
        lost = row["action"] == "create" and isinstance(write, AssignmentWrite) and receipt.outcome == Outcome.ACCEPTED and not receipt.sis_id
        told.append(_told(row, _NO_ID if lost else receipt, moment))
    return told


def untried(rows: Iterable[Record], code: str, at: datetime, message: str = "") -> list[Record]:
    """RECEIPTS for rows for which no request was made, for this reason; `message` is the value of the reason's sentence."""
    return [_told(row, Receipt(key="", outcome=Outcome.REFUSED, code=code, message=message), at) for row in rows]


def _told(row: Record, receipt: Receipt, at: datetime) -> Record:
    outcome = Outcome(receipt.outcome)
    return {
        "kind": "grade" if "sis_student_id" in row else "assignment",
        "sis_section_id": row["sis_section_id"],
        "canvas_assignment_id": row["canvas_assignment_id"],
        "sis_student_id": row.get("sis_student_id"),
        "outcome": str(outcome),
        "sis_id": receipt.sis_id or None,
        "reason_code": receipt.code or None,
        "message": receipt.message or None,
        "sis_error_code": None if outcome is Outcome.ACCEPTED or receipt.status is None else str(receipt.status),
        "finished_at": at,
    }


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
