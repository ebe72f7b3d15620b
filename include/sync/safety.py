"""The safety valve (F-8): a run that would change far more than usual stops before its first write, and says what it saw.

Weighed is what would be changed, and what would be cleared or deleted, against what the ledger knows was accepted: per course, and over all
courses of the run. A first sync of a course has nothing to compare with: what it creates is never counted, so it passes. A course that came
back empty though much was sent for it is told, for that is seldom meant. Courses that were not read completely are not in the plan at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from include.gradebook.among import among
from include.gradebook.schemas import WITHHELD
from include.gradebook.sieve import join_withheld, look_up, withhold
from include.sync.draft import A, S, Standing
from include.sync.plan import Plan, Resolved

_C = "canvas_course_id"
_EMPTY = 20
"""More accepted scores than these make an empty course suspicious."""
_MANY = 5
"""From so many courses on, what they have in common is judged too."""


@dataclass(frozen=True)
class Limits:
    """Percent of what was accepted that may change, or be cleared, in one run: of each course, and of all courses; `free` never stop one."""

    change_percent: float = 50.0
    clear_percent: float = 5.0
    free: int = 50
    run_change_percent: float = 40.0
    run_clear_percent: float = 2.0


@dataclass(frozen=True)
class Verdict:
    """The courses that must not be written to, as WITHHELD rows of kind course (empty: all may go)."""

    refused: pd.DataFrame

    @property
    def courses(self) -> set[str]:
        """Their Canvas ids."""
        return set(self.refused[_C])


def weigh(plan: Plan, notes: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Per course (canvas_course_id): scores and assignments that were accepted, that would change, scores that would go, or have gone unread."""
    courses = standing.assignments.drop_duplicates(S).set_index(S)[_C]
    scores = standing.scores[standing.scores["fingerprint"].notna()]
    scores = scores.assign(**{_C: look_up(scores[S], courses)})
    assignments = standing.assignments[standing.assignments["fingerprint"].notna()]
    deleted = plan.assignments.loc[plan.assignments["action"] == "delete", [S, A]]
    removed = notes.loc[notes["reason_code"] == "GP-REMOVED", [S, A]]
    untold = notes[notes["reason_code"].isin(["GP-BLANKED", "GP-STUDENT-LEFT"])]
    cleared = plan.scores[plan.scores["action"] == "clear"]
    going = pd.concat([scores.loc[among(scores, deleted, [S, A]), _C], cleared[_C]])
    parts = {
        "scores": scores[_C],
        "assignments": assignments[_C],
        "scores_changed": plan.scores.loc[plan.scores["action"] == "update", _C],
        "assignments_changed": plan.assignments.loc[plan.assignments["action"] == "update", _C],
        "scores_cleared": going,
        "scores_gone": pd.concat([going, scores.loc[among(scores, removed, [S, A]), _C], untold[_C]]),
    }
    counts = {name: _counted(rows) for name, rows in parts.items()}
    found = sorted({course for counted in counts.values() for course in counted})
    weights = {name: pd.Series([counted.get(course, 0) for course in found], dtype="int64") for name, counted in counts.items()}
    return pd.DataFrame({_C: pd.Series(found, dtype="str"), **weights})


def _counted(courses: pd.Series) -> dict[str, int]:
    """How many rows each course has."""
    return {row["values"]: row["counts"] for row in pa.array(courses, type=pa.large_string()).value_counts().to_pylist() if row["values"] is not None}


def judge(weights: pd.DataFrame, limits: Limits, remaster: bool = False) -> Verdict:
    """Which courses would change too much. A remaster is asked for by a person: there, only what would go counts."""
    by_course = weights.set_index(_C)
    told = {course: sentence for course, row in by_course.iterrows() if (sentence := _course_refusal(row, limits, remaster))}
    return Verdict(_refused(told))


def judge_run(weights: pd.DataFrame, limits: Limits, remaster: bool = False) -> tuple[str, str] | None:
    """(what was seen, the limit) when all courses weighed so far would change too much together; None when they may go."""
    known = weights[weights["scores"] > 0]
    if len(known) < _MANY:
        return None
    whole, over = known.drop(columns=_C).sum(), f" of {len(known)} courses together"
    return _too_much(whole, limits.free, None if remaster else limits.run_change_percent, limits.run_clear_percent, over)


def refuse_all(plan: Plan, sentence: tuple[str, str]) -> Verdict:
    """The verdict on every course of this plan that would be written to."""
    courses = {str(course) for part in (plan.assignments, plan.scores) for course in part.loc[part["action"] != "none", _C]}
    return Verdict(_refused(dict.fromkeys(sorted(courses), sentence)))


def hold_back(resolved: Resolved, verdict: Verdict) -> Resolved:
    """The plan without the refused courses: they, their assignments and scores are withheld for GP-SAFETY."""
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
    return Resolved(plan, join_withheld(resolved.withheld, verdict.refused, *rows), resolved.notes)


def tell(resolved: Resolved, verdict: Verdict) -> Resolved:
    """The whole plan, with a note about each refused course that has none yet: it would be held back (F-1)."""
    told = set(resolved.notes.loc[resolved.notes["reason_code"] == "GP-SAFETY", _C])
    rows = verdict.refused[~verdict.refused[_C].isin(told)]
    if rows.empty:
        return resolved
    return replace(resolved, notes=join_withheld(resolved.notes, rows.assign(limit=rows["limit"] + " (this preview would be stopped)")))


def _course_refusal(row: pd.Series, limits: Limits, remaster: bool) -> tuple[str, str] | None:
    if row["scores"] > _EMPTY and row["scores_gone"] >= row["scores"]:
        return (
            f"Canvas no longer has any of the {row['scores']:,} scores sent before",
            f"a course with more than {_EMPTY} scores must not become empty",
        )
    return _too_much(row, limits.free, None if remaster else limits.change_percent, limits.clear_percent)


def _too_much(row: pd.Series, free: int, change: float | None, clear: float, over: str = "") -> tuple[str, str] | None:
    """What was seen and the limit that it breaks. What was never accepted has no limit."""
    rules = [("scores_cleared", "scores", clear, "would be cleared or deleted")]
    if change is not None:
        rules += [("scores_changed", "scores", change, "would change"), ("assignments_changed", "assignments", change, "would change")]
    for counted, known, percent, what in rules:
        if row[known] and row[counted] > max(free, row[known] * percent / 100):
            return f"{row[counted]:,} of {row[known]:,} {known} in the SIS{over} {what}", f"the larger of {percent:g}% and {free}"
    return None


def _refused(told: dict[str, tuple[str, str]]) -> pd.DataFrame:
    return WITHHELD.of(
        [
            {"kind": "course", _C: course, "reason_code": "GP-SAFETY", "value": value, "limit": limit, "stage": "validate"}
            for course, (value, limit) in told.items()
        ]
    )
