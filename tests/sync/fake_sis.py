"""A small SIS with state for the tests of load: it keeps what it takes, and misbehaves where it is told to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from include.breaker import Breaker
from include.errors import AccessError
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite


@dataclass
class FakeSis:
    """`moods` maps a write's key to accept (default), refuse, silent (taken, but no answer), raise, no_id, twice or stranger.

    With bug Grade Sync fails at the row before its request, with bug_after once the SIS has taken it.
    """

    moods: dict[str, str] = field(default_factory=dict)
    items: dict[str, AssignmentWrite] = field(default_factory=dict)
    scores: dict[tuple[str, str], float | None] = field(default_factory=dict)
    calls: list[tuple[str, list[str]]] = field(default_factory=list)
    watch: object = None
    allocates: frozenset[str] = frozenset({"assignment", "grade"})
    breaker: Breaker = field(default_factory=lambda: Breaker("fake", lambda: True))

    def put_assignments(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        self._called("put_assignments", rows)
        for row in rows:
            yield from self._answer(row, row.sis_assignment_id or f"sis-{row.key}")

    def foresee(self, sis_section_ids: Sequence[str]) -> None:
        """Nothing has to be read ahead."""

    def put_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        self._called("put_scores", rows)
        for row in rows:
            assert row.sis_assignment_id in self.items, f"a score for {row.sis_assignment_id}, which is not there"
            yield from self._answer(row, f"score-{row.key}")

    def clear_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        self._called("clear_scores", rows)
        for row in rows:
            if self.moods.get(row.key) != "refuse":
                self.scores.pop((row.sis_assignment_id, row.sis_student_id))
            yield from self._answer(row, "", keep=False)

    def delete_assignment(self, row: AssignmentWrite) -> Receipt:
        self._called("delete_assignment", [row])
        (receipt,) = self._answer(row, "", keep=False)
        if receipt.outcome is Outcome.ACCEPTED:
            del self.items[row.sis_assignment_id]
        return receipt

    def _called(self, name: str, rows: Sequence[AssignmentWrite | ScoreWrite]) -> None:
        self.calls.append((name, [row.key for row in rows]))
        if callable(self.watch):
            self.watch(name)

    def _answer(self, row: AssignmentWrite | ScoreWrite, sis_id: str, keep: bool = True) -> Iterator[Receipt]:
        mood = self.moods.get(row.key, "accept")
        if mood == "raise":
            raise AccessError("the SIS refuses the credentials")
        if mood == "bug":
            raise OverflowError("date value out of range for Ann Lee")
        self.breaker.ask_permits()
        if mood == "refuse":
            yield Receipt(row.key, Outcome.REFUSED, "", "SIS-VALIDATION", "too odd", 422)
            return
        if keep and isinstance(row, AssignmentWrite):
            self.items[sis_id] = row
        elif keep and isinstance(row, ScoreWrite):
            self.scores[row.sis_assignment_id, row.sis_student_id] = row.score
        if mood == "bug_after":
            raise KeyError("sourcedId")
        if mood == "silent":
            return
        yield Receipt("stranger" if mood == "stranger" else row.key, Outcome.ACCEPTED, "" if mood == "no_id" else sis_id)
        if mood == "twice":
            yield Receipt(row.key, Outcome.ACCEPTED, sis_id)


@dataclass(frozen=True)
class FakePlan:
    """What `apply` wants of a plan."""

    assignments: pd.DataFrame
    scores: pd.DataFrame


def assignment(section: str, canvas_id: str, action: str = "create", **more: object) -> dict[str, object]:
    """A PLAN_ASSIGNMENTS row, valid as it is."""
    return {
        "canvas_course_id": "course-1",
        "canvas_section_id": f"canvas-{section}",
        "sis_section_id": section,
        "canvas_assignment_id": canvas_id,
        "name": f"Quiz {canvas_id}",
        "points_possible": 10.0,
        "due_date": "2026-09-18",
        "action": action,
        "our_id": f"gs-{section}-{canvas_id}",
        "fingerprint": f"print-{canvas_id}",
        **more,
    }


def score(section: str, canvas_id: str, student: str, action: str = "create", **more: object) -> dict[str, object]:
    """A PLAN_SCORES row, valid as it is."""
    return {
        "canvas_course_id": "course-1",
        "canvas_section_id": f"canvas-{section}",
        "sis_section_id": section,
        "canvas_assignment_id": canvas_id,
        "canvas_user_id": f"user-{student}",
        "sis_student_id": student,
        "score": 7.5,
        "scored_on": "2026-09-19",
        "action": action,
        "our_id": f"gs-r-{section}-{canvas_id}-{student}",
        "fingerprint": "7.5",
        **more,
    }


def plan(assignments: Sequence[dict[str, object]], scores: Sequence[dict[str, object]] = ()) -> FakePlan:
    """A plan of these rows, held to its contract."""
    unchecked = unchecked_plan(assignments, scores)
    return FakePlan(PLAN_ASSIGNMENTS.check(unchecked.assignments), PLAN_SCORES.check(unchecked.scores))


def unchecked_plan(assignments: Sequence[dict[str, object]], scores: Sequence[dict[str, object]] = ()) -> FakePlan:
    """A plan of these rows, fast."""
    return FakePlan(PLAN_ASSIGNMENTS.of(assignments), PLAN_SCORES.of(list(scores)))
