"""The last look at a plan before anything is sent: a row that breaks its contract is withheld with the reason, never the whole run."""

from __future__ import annotations

import pandas as pd

from include.gradebook.among import among
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, Frame
from include.gradebook.sieve import join_withheld, withhold
from include.sync.draft import A, S
from include.sync.plan import Plan, Resolved


def split(resolved: Resolved) -> Resolved:
    """The plan's good rows; the others withheld for GP-CONTRACT, with the scores of broken assignments."""
    assignments, bad_assignments = _split(PLAN_ASSIGNMENTS, resolved.plan.assignments, "assignment")
    scores, bad_scores = _split(PLAN_SCORES, resolved.plan.scores, "grade")
    orphaned = ~among(scores, assignments, [S, A])
    lost = withhold(scores[orphaned], "grade", "GP-ASSIGNMENT-WITHHELD", "validate")
    withheld = join_withheld(resolved.withheld, bad_assignments, bad_scores, lost)
    return Resolved(Plan(assignments, scores[~orphaned]), withheld, resolved.notes)


def _split(frame: Frame, rows: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    good, bad = frame.split(rows)
    return good, withhold(bad, kind, "GP-CONTRACT", "validate", value=bad["column"], limit=bad["check"])
