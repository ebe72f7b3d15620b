"""Due dates of discussions with checkpoints: the first post and the replies have a date each, the discussion itself has none (A-17).

Canvas tells the checkpoints of a list of assignments only where it is asked for them (`include[]=checkpoints`), and nothing of them where the
account does not use them. What counts is the last of the dates: by then all of the work is due. Students who have dates of their own change
nothing, as everywhere; a discussion that has some for a section or a group stays without one, for its own overrides do not tell which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from include.canvas.rows import Assignment, Id, Time
from include.canvas.shapes import kind

INCLUDED = ("include[]", "checkpoints")
_DISCUSSION = "discussion_topic"


class Extension(Struct):
    """Whom an override of a checkpoint is for; without students it is for a section or more."""

    student_ids: list[Id] | None = None


class Checkpoint(Struct):
    """One part of a discussion; it may have dates for some alone."""

    due_at: Time = None
    only_visible_to_overrides: bool | None = None
    overrides: list[Extension] | None = None

    @property
    def for_everyone(self) -> bool:
        """Whether its date is everybody's, but for single students."""
        return not self.only_visible_to_overrides and all(each.student_ids is not None for each in self.overrides or ())


class Checkpointed(Struct):
    """An assignment as far as its checkpoints are read; UNSET where the account has none."""

    id: Id
    checkpoints: list[Checkpoint] | UnsetType | None = UNSET


def dated(rows: Sequence[Assignment], ask: Callable[[list[str]], list[Checkpointed]]) -> list[Assignment]:
    """The assignments, with a due date where checkpoints give one; `ask` reads the checkpoints of those with these ids, in one request for fifty."""
    wanted = [str(row.id) for row in rows if _may_have(row)]
    due = {str(told.id): _last(told) for told in ask(wanted)} if wanted else {}
    return [replace(row, due_at=due[str(row.id)]) if str(row.id) in due else row for row in rows]


def _may_have(row: Assignment) -> bool:
    """Whether it is a discussion that is sent, for everyone, and without a due date."""
    sent = row.published and row.post_to_sis and _DISCUSSION in (row.submission_types or ())
    overrides = [] if row.overrides is UNSET else row.overrides
    return bool(sent and row.due_at is None and not row.only_visible_to_overrides and all(kind(each) == "student" for each in overrides))


def _last(told: Checkpointed) -> Time:
    parts = told.checkpoints or [] if told.checkpoints is not UNSET else []
    dates = [part.due_at for part in parts if part.due_at is not None]
    return max(dates) if dates and all(part.for_everyone for part in parts) else None
