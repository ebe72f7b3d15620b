"""One submission of every kind that a gradebook can hold, each on purpose (canvas-api.md §6.3.8): decimals, hidden, late, cleared and so on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from include.sandbox.coursework import Row
from include.sandbox.marks import Desk, clear, enter, excuse, flag, hand_in


def _entered(score: Callable[[float], float]) -> Callable[[Row, Desk], None]:
    def mark(row: Row, desk: Desk) -> None:
        handed = (desk.due or desk.now) - timedelta(days=1)
        hand_in(row, desk.when(handed), desk.assignment)
        enter(row, score(desk.points), desk.when(handed + timedelta(days=2)), desk.assignment)

    return mark


def _late(row: Row, desk: Desk) -> None:
    handed = desk.when((desk.due or desk.now) + timedelta(days=1, seconds=2))
    hand_in(row, handed, desk.assignment, late=True)
    enter(row, desk.points, desk.when(handed + timedelta(days=1)), desk.assignment, deduct=desk.points * 0.2)


def _hidden(row: Row, desk: Desk) -> None:
    _entered(lambda points: points * 0.9)(row, desk)
    row["posted_at"] = None


def _resubmitted(row: Row, desk: Desk) -> None:
    _entered(lambda points: points * 0.7)(row, desk)
    hand_in(row, desk.when(desk.now), desk.assignment)


def _cleared(row: Row, desk: Desk) -> None:
    _entered(lambda points: points * 0.8)(row, desk)
    clear(row)


def _missing_policy(row: Row, desk: Desk) -> None:
    enter(row, 0.0, desk.when((desk.due or desk.now) + timedelta(hours=1)), desk.assignment)
    row["grader_id"] = None


def _missing_by_hand(row: Row, desk: Desk) -> None:
    flag(row, "missing", desk.when(desk.now))


def _excused(row: Row, desk: Desk) -> None:
    excuse(row, desk.when(desk.now))


def _pending(row: Row, desk: Desk) -> None:
    _entered(lambda points: points * 0.5)(row, desk)
    row["workflow_state"] = "pending_review"


def _ungraded(row: Row, desk: Desk) -> None:
    hand_in(row, desk.when((desk.due or desk.now) - timedelta(hours=3)), desk.assignment)


SPECIAL: dict[str, Callable[[Row, Desk], None]] = {
    "score_many_decimals": _entered(lambda _: 12.345678),
    "score_binary_sum": _entered(lambda _: 0.1 + 0.2),
    "score_zero": _entered(lambda _: 0.0),
    "score_over_max": _entered(lambda points: points + 5),
    "score_hidden": _hidden,
    "score_late_deducted": _late,
    "score_resubmitted": _resubmitted,
    "score_excused": _excused,
    "score_missing": _missing_by_hand,
    "score_missing_policy": _missing_policy,
    "score_cleared": _cleared,
    "score_pending_review": _pending,
    "score_negative": _entered(lambda _: -2.0),
    "ungraded": _ungraded,
    "graded_early": _entered(lambda points: points * 0.9),
}
EACH_ONCE = tuple(label for label in SPECIAL if label.startswith("score_"))
