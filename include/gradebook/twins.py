"""Same name twice in one SIS section: in Canvas, with another of ours, with somebody else's (table C row 13; R-6, R-7)."""

from __future__ import annotations

import pandas as pd

from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve, id_order, match_key

_S = "sis_section_id"


def drop_canvas_twins(sieve: Sieve, sent_before: pd.Series, rules: SisRules) -> Sieve:
    """R-6: of those that would be sent, one that was sent before stays, else the oldest goes; the others are withheld.

    `sent_before` is a flag per row of `sieve.kept`. Genesis takes both.
    """
    if rules.canvas_twins == "send_both":
        return sieve
    rows = sieve.kept.assign(
        key=match_key(sieve.kept["name"]), later=~sent_before.reindex(sieve.kept.index), age=id_order(sieve.kept["canvas_assignment_id"])
    )
    first = rows.sort_values(["later", "age"], kind="stable").drop_duplicates([_S, "key"])
    # one that stands in the SIS already stays there, even if another of its name was sent before as well
    stays = rows.index.isin(first.index) | ~rows["later"]
    return sieve.drop(pd.Series(~stays, index=rows.index), "GP-NAME-DUP", value=sieve.kept["name"])


def names_of_removed(ledger: pd.DataFrame, desired: pd.DataFrame) -> pd.DataFrame:
    """Ledger rows that were accepted once and are no longer wanted: their names stay taken (R-6)."""
    sent = ledger[ledger["fingerprint"].notna()]
    keys = pd.MultiIndex.from_frame(desired[[_S, "canvas_assignment_id"]])
    return sent[~pd.MultiIndex.from_frame(sent[[_S, "canvas_assignment_id"]]).isin(keys)]


def drop_taken_names(sieve: Sieve, standing: pd.DataFrame, new: pd.Series) -> Sieve:
    """R-7: a new assignment whose name stands in the SIS already is withheld. `standing` has sis_section_id, name, where (text).

    `new` is a flag per row: only what would be created can double a name. The caller asks the rule table first.
    """
    taken = standing.assign(key=match_key(standing["name"])).drop_duplicates([_S, "key"])
    asked = sieve.kept[[_S]].assign(key=match_key(sieve.kept["name"]))
    found = asked.merge(taken[[_S, "key", "where"]], on=[_S, "key"], how="left").set_axis(asked.index)["where"]
    return sieve.drop(found.notna() & new.reindex(asked.index), "GP-NAME-TAKEN", value=sieve.kept["name"], limit=found)
