"""Courses and assignments that a run must leave alone for the sake of others: courses that another run holds, twins of what was not chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from include.gradebook.filtering import Filtered
from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve, join_withheld, look_up, match_key, withhold
from include.gradebook.twins import drop_canvas_twins, name_rank
from include.sync.draft import A, S, Standing

_C = "canvas_course_id"


def leave_out(filtered: Filtered, busy: Mapping[str, str]) -> Filtered:
    """Without these courses (id → who holds it): their rows are withheld, and the other courses go on (A-22, invariant 5)."""
    if not busy:
        return filtered
    sections, copies, scores = (rows[rows[_C].isin(busy)] for rows in (filtered.sections, filtered.copies, filtered.scores))
    told = look_up(sections[_C], pd.Series(busy, dtype="str"))
    withheld = join_withheld(
        filtered.withheld,
        withhold(sections, "section", "GP-COURSE-BUSY", "transform", value=told),
        withhold(copies, "assignment", "GP-SECTION-WITHHELD", "transform"),
        withhold(scores, "grade", "GP-SECTION-WITHHELD", "transform"),
    )
    return Filtered(
        filtered.sections.drop(index=sections.index),
        filtered.roster[~filtered.roster[S].isin(sections[S])],
        filtered.copies.drop(index=copies.index),
        filtered.scores.drop(index=scores.index),
        withheld,
    )


def drop_rivals(chosen: Filtered, everything: Filtered, standing: Standing, rules: SisRules) -> Filtered:
    """Without those chosen assignments that would lose their name to a twin if all were sent: duplicates cannot be chosen (A-20, R-6).

    `everything` is the same read without a choice of assignments.
    """
    copies = everything.copies
    accepted = standing.assignments[standing.assignments["fingerprint"].notna()]
    sent = pd.Series(_places(copies).isin(_places(accepted)), index=copies.index)
    scored = pd.Series(_places(copies).isin(_places(everything.scores)), index=copies.index)
    rank = name_rank(_named_so(copies, accepted), sent)
    lost = drop_canvas_twins(Sieve(copies[sent | scored], "assignment", "transform"), rank[sent | scored], rules).withheld
    gone = _places(chosen.copies).isin(_places(lost))
    orphaned = _places(chosen.scores).isin(_places(lost))
    mine = lost[_places(lost).isin(_places(chosen.copies))]
    withheld = join_withheld(chosen.withheld, mine, withhold(chosen.scores[orphaned], "grade", "GP-ASSIGNMENT-WITHHELD", "transform"))
    return replace(chosen, copies=chosen.copies[~gone], scores=chosen.scores[~orphaned], withheld=withheld)


def _named_so(copies: pd.DataFrame, accepted: pd.DataFrame) -> pd.Series:
    """Whether each copy was last sent under the name that it has now."""
    last = pd.Series(accepted["name"].array, index=_places(accepted), dtype="str").reindex(_places(copies)).set_axis(copies.index)
    return match_key(last).eq(match_key(copies["name"]))


def _places(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[[S, A]])
