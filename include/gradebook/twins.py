"""Same name twice in one SIS section: in Canvas, with another of ours, with somebody else's (table C row 13; R-6, R-7)."""

from __future__ import annotations

import pandas as pd

from include.gradebook.among import beside
from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve, Stop, id_order, match_key

_S = "sis_section_id"


def name_rank(named_so: pd.Series, sent_before: pd.Series) -> pd.Series:
    """Who has the better claim to a name: 0 stands in the SIS under it, 1 was sent under another one, 2 is new (R-6)."""
    return pd.Series(2, index=sent_before.index).mask(sent_before, 1).mask(sent_before & named_so, 0)


def drop_canvas_twins(sieve: Sieve, rank: pd.Series, rules: SisRules) -> Sieve:
    """R-6: of those that would be sent, the one that was sent before stays, else the oldest goes; the others are withheld.

    `rank` is `name_rank` of each row of `sieve.kept`. Genesis takes both.
    """
    if rules.canvas_twins == "send_both":
        return sieve
    rows = sieve.kept.assign(key=match_key(sieve.kept["name"]), rank=rank, age=id_order(sieve.kept["canvas_assignment_id"]))
    first = rows.sort_values(["rank", "age"], kind="stable").drop_duplicates([_S, "key"])
    # what stands in the SIS under this name already stays there, even if another of its name does as well; what would be renamed to it does not
    stays = rows.index.isin(first.index) | rows["rank"].eq(0)
    return sieve.drop(pd.Series(~stays, index=rows.index), "GP-NAME-DUP", value=sieve.kept["name"])


def drop_taken_names(sieve: Sieve, standing: pd.DataFrame, takes: pd.Series) -> Sieve:
    """R-7: an assignment whose name stands in the SIS already is withheld. `standing` has sis_section_id, name, code (the reason), where (text).

    `takes` is a flag per row: only what would be created, or renamed, can double a name. The caller asks the rule table first.
    """
    taken = standing.assign(key=match_key(standing["name"]))
    asked = sieve.kept[[_S]].assign(key=match_key(sieve.kept["name"]))
    found = beside(asked, taken, [_S, "key"], ["code", "where"])
    takes = takes.reindex(asked.index)
    codes = ("GP-NAME-TAKEN", "GP-NAME-OURS")
    return sieve.drop_first(*(Stop(found["code"].eq(code) & takes, code, sieve.kept["name"], found["where"]) for code in codes))
