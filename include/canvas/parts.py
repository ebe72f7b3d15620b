"""Scores of discussions with checkpoints (R-17).

As the discussion's score Canvas returns the sum of the checkpoints that were graded so far, and *excused* as soon as one of them is excused.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from include.canvas.rows import Assignment, Part, Submission

INCLUDED = ("include[]", "sub_assignment_submissions")
_DISCUSSION = "discussion_topic"
_LABELS = {"reply_to_topic": "Reply to topic", "reply_to_entry": "Required replies"}  # as Canvas's pages call them


def in_parts(rows: Iterable[Assignment]) -> bool:
    """Whether one of these synced assignments is, or may be, graded in parts."""
    return any(_DISCUSSION in (row.submission_types or ()) and row.has_sub_assignments is not False for row in rows)


def settled(row: Submission) -> tuple[Submission, str | None]:
    """The submission as it may be sent, and the checkpoints that still have no score, where another one already has (R-17)."""
    if not row.has_sub_assignment_submissions:
        return row, None
    parts = row.sub_assignment_submissions or []
    still = [part for part in parts if part.score is None and not part.excused]
    if still or not parts:
        started = row.score is not None or row.excused or row.missing or len(still) < len(parts)
        return row, ", ".join(map(_label, still)) or "its checkpoints" if started else None
    if all(part.excused for part in parts):
        return replace(row, excused=True), None
    score = row.score if row.score is not None else sum(part.score or 0.0 for part in parts if not part.excused)
    return replace(row, excused=False, score=score), None


def _label(part: Part) -> str:
    return _LABELS.get(part.sub_assignment_tag or "", part.sub_assignment_tag or "a checkpoint")
