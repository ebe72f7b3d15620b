"""The safety valve (F-8): a run that would change far more than usual stops before its first write, and says what it saw.

Compared is what would be changed, cleared or has vanished with what the ledger knows was accepted, per course. A first sync of a course has
nothing to compare with and passes. The refusal names numbers, limit and the parameter that lets it through.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.schemas import WITHHELD
from include.gradebook.sieve import join_withheld, look_up, withhold
from include.sync.draft import Standing
from include.sync.plan import Plan, Resolved

_C = "canvas_course_id"


@dataclass(frozen=True)
class Limits:
    """Percent of a course's accepted scores that may change or vanish in one run; `free` of them never stop it."""

    change_percent: float = 50.0
    vanish_percent: float = 5.0
    free: int = 50


@dataclass(frozen=True)
class Verdict:
    """The courses that must not be written to, as WITHHELD rows of kind course (empty: all may go)."""

    refused: pd.DataFrame

    @property
    def courses(self) -> set[str]:
        """Their Canvas ids."""
        return set(self.refused[_C])


def judge(plan: Plan, notes: pd.DataFrame, standing: Standing, limits: Limits, remaster: bool = False) -> Verdict:
    """Which courses would change too much. A remaster is asked for by a person: there, only what vanished counts."""
    course_of = standing.assignments.drop_duplicates("sis_section_id").set_index("sis_section_id")[_C]
    accepted = standing.scores[standing.scores["fingerprint"].notna()]
    known = look_up(accepted["sis_section_id"], course_of).value_counts()
    changes = plan.scores[plan.scores["action"].isin(["update", "clear"])]
    changed = changes[_C].value_counts()
    gone = notes[notes["reason_code"].isin(["GP-BLANKED", "GP-STUDENT-LEFT"])][_C].value_counts()
    lost = _scores_of_removed(notes, standing)
    vanished = gone.add(lost, fill_value=0)
    parts = [_refusals(known, vanished, limits.vanish_percent, limits.free, "accepted scores have vanished from Canvas")]
    if not remaster:
        parts.append(_refusals(known, changed, limits.change_percent, limits.free, "accepted scores would change"))
    return Verdict(join_withheld(*parts).drop_duplicates(_C))


def hold_back(resolved: Resolved, verdict: Verdict) -> Resolved:
    """The plan without the refused courses: their assignments and scores are withheld for GP-SAFETY."""
    if verdict.refused.empty:
        return resolved
    held = verdict.courses
    told = verdict.refused.set_index(_C)[["value", "limit"]]
    assignments, scores = resolved.plan.assignments, resolved.plan.scores
    stopped_a, stopped_s = assignments[assignments[_C].isin(held)], scores[scores[_C].isin(held)]
    rows = [
        withhold(part, kind, "GP-SAFETY", "validate", value=look_up(part[_C], told["value"]), limit=look_up(part[_C], told["limit"]))
        for part, kind in ((stopped_a, "assignment"), (stopped_s, "grade"))
    ]
    plan = Plan(assignments.drop(index=stopped_a.index), scores.drop(index=stopped_s.index))
    return Resolved(plan, join_withheld(resolved.withheld, *rows), resolved.notes)


def _scores_of_removed(notes: pd.DataFrame, standing: Standing) -> pd.Series:
    """Accepted scores per course whose whole assignment is gone from Canvas."""
    removed = notes[notes["reason_code"] == "GP-REMOVED"]
    keys = ["sis_section_id", "canvas_assignment_id"]
    hit = standing.scores[standing.scores["fingerprint"].notna()].merge(removed[[*keys, _C]], on=keys)
    return hit[_C].value_counts()


def _refusals(known: pd.Series, counts: pd.Series, percent: float, free: int, what: str) -> pd.DataFrame:
    seen = counts.reindex(known.index).fillna(0).astype(int)
    over = seen[(seen > known * percent / 100) & (seen > free)]
    told = [{"value": f"{count} of {known[course]} {what}", _C: course} for course, count in over.items()]
    return WITHHELD.of(
        [{"kind": "course", "reason_code": "GP-SAFETY", "limit": f"{percent:g} % and {free}", "stage": "validate", **row} for row in told]
    )
