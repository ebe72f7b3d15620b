"""What the sync asks of a SIS, and how a SIS answers. One small protocol, served by two engines.

Reads answer frames (see `include/gradebook/schemas/`), writes take rows and answer receipts, one per row, in any order.
A client never raises for a refused row: that is a receipt. It raises `AccessError` or `UnavailableError` when nothing more
can be done on this connection; rows without a receipt by then are unknown (design, invariant 3). Before each request it asks its
breaker's permits: once one of them has raised, what is under way is still answered, and nothing more begins (A-22).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from include.breaker import Breaker


class Outcome(StrEnum):
    """The three values that a write can have. Only a confirmed answer is `accepted`."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AssignmentWrite:
    """One SIS assignment as it should stand in one SIS section (A-4).

    `sis_assignment_id` is empty for a create. `our_id` is the stable id that we choose, or leave as our mark where the SIS
    chooses ids itself. Dates are local calendar dates (A-17); `due_at` is the same due date as an instant, for the few systems that
    want one. `category_id` is empty where the SIS takes uncategorized items (IC-15) or a category the teacher filed must stay.
    """

    key: str
    sis_section_id: str
    sis_assignment_id: str
    our_id: str
    name: str
    description: str
    points_possible: float
    due_date: date | None
    due_at: datetime | None
    assign_date: date | None
    category_id: str


@dataclass(frozen=True, slots=True)
class ScoreWrite:
    """One student's score for one SIS assignment. `score` is None only with `exempt` or `missing` (R-4)."""

    key: str
    sis_section_id: str
    sis_assignment_id: str
    sis_student_id: str
    sis_score_id: str
    our_id: str
    score: float | None
    exempt: bool
    missing: bool
    late: bool
    scored_on: date
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the SIS answered for one row. `code` is from the reasons catalogue, `message` the SIS's own words."""

    key: str
    outcome: Outcome
    sis_id: str = ""
    code: str = ""
    message: str = ""
    status: int | None = None


@dataclass(frozen=True)
class SectionsRead:
    """What a SIS knows of some sections. Frames: SIS_SECTIONS, SIS_STUDENTS, SIS_CATEGORIES.

    `incomplete_rosters` and `incomplete_categories`: SIS sections in whose list some rows cannot be read, with what is wrong. A student who is not
    found in such a roster is unchecked, not unknown (I-7). `usual_category`: where the SIS client files an assignment without a category of its own.
    """

    sections: pd.DataFrame
    students: pd.DataFrame
    categories: pd.DataFrame
    incomplete_rosters: Mapping[str, str] = field(default_factory=dict)
    incomplete_categories: Mapping[str, str] = field(default_factory=dict)
    usual_category: str = ""


class SisClient(Protocol):
    """One SIS over one connection. Not shared between threads."""

    @property
    def breaker(self) -> Breaker:
        """Whether the SIS is up, as far as this client has seen."""
        ...

    @property
    def allocates(self) -> frozenset[str]:
        """Of what the SIS chooses the ids (assignment, grade): such a create that is carried out twice makes two."""
        ...

    @property
    def server(self) -> str:
        """The SIS's address as the connection gives it, without the scheme: a ledger is bound to it (I-4)."""
        ...

    def identify(self) -> str:
        """How the SIS identifies itself, by one read; empty where it does not say (I-4)."""
        ...

    def check(self) -> list[str]:
        """What is missing for a sync, one sentence each; empty when all is well. Writes nothing."""
        ...

    def read_sections(self, sis_section_ids: Sequence[str]) -> SectionsRead:
        """Terms, rosters and categories. A section that the SIS does not know has a row with `found` false (A-24)."""
        ...

    def read_assignments(self, sis_section_ids: Sequence[str]) -> pd.DataFrame:
        """All assignments that stand in these sections, ours and others (frame SIS_ASSIGNMENTS)."""
        ...

    def read_scores(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:
        """The scores that stand in these assignments of one section (frame SIS_SCORES)."""
        ...

    def read_marks(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:
        """Every score in these assignments that carries our mark, several of one student included (frame SIS_MARKS)."""
        ...

    def foresee(self, sis_section_ids: Sequence[str]) -> None:
        """Read at once, in as few requests as can be, what writing to these sections will ask for. What cannot be read is asked for then."""
        ...

    def put_assignments(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        """Create or replace assignments of one section."""
        ...

    def put_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Create or replace scores of SIS assignments of one section."""
        ...

    def clear_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Empty scores (A-9, opt-in)."""
        ...

    def delete_assignment(self, row: AssignmentWrite) -> Receipt:
        """Delete one assignment of ours (A-10, opt-in)."""
        ...

    def delete_score(self, sis_score_id: str) -> Receipt:
        """Delete one score record of ours that stands beside the true one."""
        ...
