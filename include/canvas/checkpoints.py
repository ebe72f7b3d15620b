"""Due dates of discussions with checkpoints: the first post and the replies have a date each, the discussion itself has none (A-17).

Canvas tells the checkpoints of a list of assignments only where it is asked for them (`include[]=checkpoints`), and nothing of them where the
account does not use them. What counts is the last of the dates: by then all of the work is due. Students who have dates of their own change
nothing, as everywhere; a discussion that has some for a section or a group stays without one, for its own overrides do not tell which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from include.canvas.rows import Assignment, Checkpoint, Id, Time
from include.canvas.shapes import kind

INCLUDED = ("include[]", "checkpoints")
_DISCUSSION = "discussion_topic"


class Checkpointed(Struct):
    """An assignment as far as its checkpoints are read; UNSET where the account has none."""

    id: Id
    checkpoints: list[Checkpoint] | UnsetType | None = UNSET


def dated(rows: Sequence[Assignment], ask: Callable[[list[str]], list[Checkpointed]]) -> list[Assignment]:
    """The assignments, with a due date where checkpoints give one; `ask` reads the checkpoints of those with these ids, in one request for fifty.

    It is asked only for rows that do not say themselves whether they have any.
    """
    told = {str(row.id): row.checkpoints for row in rows if _may_have(row) and row.has_sub_assignments}
    wanted = [str(row.id) for row in rows if _may_have(row) and row.has_sub_assignments is UNSET]
    told |= {str(row.id): row.checkpoints for row in ask(wanted)} if wanted else {}
    return [replace(row, due_at=_last(told[str(row.id)])) if str(row.id) in told else row for row in rows]


def unsaid(row: Assignment) -> Assignment:
    """The assignment as a list shows it that was not asked for checkpoints: kept lists must not tell of them later."""
    return replace(row, has_sub_assignments=UNSET, checkpoints=UNSET)


def _may_have(row: Assignment) -> bool:
    """Whether it is a discussion that is sent, for everyone, and without a due date."""
    sent = row.published and row.post_to_sis and _DISCUSSION in (row.submission_types or ())
    overrides = [] if row.overrides is UNSET else row.overrides
    return bool(sent and row.due_at is None and not row.only_visible_to_overrides and all(kind(each) == "student" for each in overrides))


def _last(checkpoints: list[Checkpoint] | UnsetType | None) -> Time:
    parts = checkpoints or [] if checkpoints is not UNSET else []
    dates = [part.due_at for part in parts if part.due_at is not None]
    return max(dates) if dates and all(part.for_everyone for part in parts) else None
