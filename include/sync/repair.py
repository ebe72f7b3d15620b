"""A plan out of verdicts: sends what is missing or different in the SIS, and nothing else (F-2).

It is cut out of the plan that would send everything anew, so that every rule and every check of an ordinary sync holds for it as well.
"""

from __future__ import annotations

import pandas as pd

from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES
from include.sync.draft import A, P, S, Standing
from include.sync.keys import score_ids
from include.sync.plan import Plan
from include.sync.reconcile_case import at, keys

_REMOVALS = ("delete", "clear")


def repair_plan(everything: Plan, verdicts: pd.DataFrame, standing: Standing, target: str) -> Plan:
    """PLAN_* with actions for those items alone that a repair may send; opted-in deletes and clears stay in (A-9, A-10)."""
    wanted = verdicts[verdicts["repairable"]]
    grades = wanted[wanted["kind"] == "grade"]
    copies = wanted[wanted["kind"] == "assignment"]
    return Plan(_assignments(everything.assignments, copies, grades, standing), _scores(everything.scores, grades, verdicts, target))


def _assignments(plan: pd.DataFrame, copies: pd.DataFrame, grades: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """Scores need an assignment that the ledger knows as accepted: one that it does not is sent, or adopted, along with them."""
    known = standing.assignments[standing.assignments["outcome"].eq("accepted") & standing.assignments["fingerprint"].notna()]
    unsure = keys(plan, S, A).isin(keys(grades, S, A)) & ~keys(plan, S, A).isin(keys(known, S, A))
    sends = keys(plan, S, A).isin(keys(copies, S, A)) | unsure | plan["action"].isin(_REMOVALS)
    return PLAN_ASSIGNMENTS.check(plan.assign(action=plan["action"].where(sends, "none")))


def _scores(plan: pd.DataFrame, grades: pd.DataFrame, verdicts: pd.DataFrame, target: str) -> pd.DataFrame:
    """A score that stands is updated under the id that it has in the SIS now; one that does not is created, whatever the ledger says."""
    held = verdicts[verdicts["kind"] == "grade"].drop_duplicates([S, A, P]).set_index([S, A, P])["sis_score_id"]
    removal = plan["action"].isin(_REMOVALS)
    sends = keys(plan, S, A, P).isin(keys(grades, S, A, P))
    found = at(held, plan, S, A, P).astype("str")
    action = found.notna().map({True: "update", False: "create"}).astype("str").where(sends, "none").where(~removal, plan["action"])
    planned = plan.assign(action=action, sis_score_id=found.where(~removal, plan["sis_score_id"]))
    ids = planned[sends & ~removal]
    ours = pd.Series(score_ids(target, ids[S], ids[A], ids[P]), index=ids.index, dtype="str").reindex(planned.index)
    return PLAN_SCORES.check(PLAN_SCORES.conform(planned.assign(our_id=ours.where(~removal, plan["our_id"]))))
