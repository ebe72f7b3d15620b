"""Planning anew, within one run, for the sections in which something got no answer: the rest of the plan stays as it was sent (F-4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from include.gradebook.filtering import Filtered
from include.gradebook.sieve import join_withheld
from include.sis.contract import Outcome
from include.sync.draft import A, P, S
from include.sync.plan import Plan, Resolved
from include.sync.section_errors import CODES

_UNSENT = ("SIS-NOT-TRIED", "GP-NOT-TRIED", "GP-ASSIGNMENT-FAILED")
"""Refusals that no SIS has spoken: these rows are still to be sent."""


def unanswered(receipts: pd.DataFrame, kinds: Collection[str]) -> list[str]:
    """SIS sections in which nobody knows what became of something (RECEIPTS) of these kinds, assignment or grade."""
    return sorted(set(receipts.loc[receipts["outcome"].eq(Outcome.UNKNOWN) & receipts["kind"].isin(kinds), S]))


def part_of(filtered: Filtered, sections: Collection[str]) -> Filtered:
    """These SIS sections alone; what was withheld stays whole, for it tells what Canvas still has."""
    names = ("sections", "roster", "copies", "scores")
    return replace(filtered, **{name: rows[rows[S].isin(sections)] for name in names for rows in [getattr(filtered, name)]})


def readable(anew: Resolved, sections: Collection[str]) -> list[str]:
    """These SIS sections without those that could not be read when they were planned anew: what was sent there stays as it is known."""
    rows = anew.withheld
    lost = set(rows.loc[(rows["kind"] == "section") & rows["reason_code"].isin(CODES), S])
    return [section for section in sections if section not in lost]


def renewed(before: Resolved, anew: Resolved, filtered: Filtered, sections: Collection[str], receipts: pd.DataFrame) -> Resolved:
    """The plan with these sections' part planned anew. What the SIS has refused in this run is not sent again in it."""
    canvas = set(filtered.sections.loc[filtered.sections[S].isin(sections), "canvas_section_id"])

    def joined(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        parts = [rows[(rows[S].isin(sections) | rows["canvas_section_id"].isin(canvas)) == ours] for rows, ours in ((old, False), (new, True))]
        return join_withheld(*parts)

    plan = Plan(
        _joined(before.plan.assignments, _without_refused(anew.plan.assignments, receipts, [S, A]), sections),
        _joined(before.plan.scores, _without_refused(anew.plan.scores, receipts, [S, A, P]), sections),
    )
    return Resolved(plan, joined(before.withheld, anew.withheld), joined(before.notes, anew.notes))


def only(plan: Plan, sections: Collection[str]) -> Plan:
    """What the plan says of these sections."""
    return Plan(plan.assignments[plan.assignments[S].isin(sections)], plan.scores[plan.scores[S].isin(sections)])


def _joined(old: pd.DataFrame, new: pd.DataFrame, sections: Collection[str]) -> pd.DataFrame:
    parts = [part for part in (old[~old[S].isin(sections)], new) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else old.iloc[:0]


def _without_refused(plan: pd.DataFrame, receipts: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    kind = receipts["kind"] == ("grade" if P in key else "assignment")
    refused = receipts[kind & receipts["outcome"].eq(Outcome.REFUSED) & ~receipts["reason_code"].isin(_UNSENT)]
    told = pd.MultiIndex.from_frame(plan[key]).isin(pd.MultiIndex.from_frame(refused[key]))
    return plan.assign(action=plan["action"].mask(pd.Series(told, index=plan.index), "none"))
