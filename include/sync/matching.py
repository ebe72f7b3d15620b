"""Which item in the SIS is which copy: by the id that we know, by our mark, and last by name and date (F-10, R-7)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.sieve import match_key
from include.sync.draft import A, S


@dataclass(frozen=True)
class Matched:
    """For every copy (same index): the item of ours in the SIS, somebody else's of same name and date, and the item's state.

    `gone`: it was accepted once, its section was read, and it stands there no more. `trashed`: it lies in a trash can.
    """

    copies: pd.DataFrame
    item_id: pd.Series
    item_category: pd.Series
    item_name: pd.Series
    foreign_id: pd.Series
    gone: pd.Series
    trashed: pd.Series

    def by_key(self, flags: pd.Series) -> pd.MultiIndex:
        """(SIS section, Canvas assignment) of the copies that carry this flag."""
        rows = self.copies.loc[flags[flags.eq(True)].index]
        return pd.MultiIndex.from_frame(rows[[S, A]])

    def keyed(self, values: pd.Series) -> pd.Series:
        """The same values under (SIS section, Canvas assignment)."""
        rows = self.copies.loc[values.index]
        return pd.Series(values.to_numpy(), index=pd.MultiIndex.from_frame(rows[[S, A]]), dtype="str")


def match_items(copies: pd.DataFrame, items: pd.DataFrame, read: pd.Series) -> Matched:
    """Match COPIES (with known_id, our_id, sent, outcome) to SIS_ASSIGNMENTS of the sections in `read`."""
    by_id = _lookup(copies, items, "known_id", "sis_assignment_id")
    by_mark = _lookup(copies, items[items["our_id"].notna()], "our_id", "our_id")
    named = items.assign(key=match_key(items["name"]), due=items["due_date"].fillna("-"))
    asked = copies.assign(key=match_key(copies["name"]), due=copies["due_date"].fillna("-"))
    ours_unmarked = named[named["ours"] & named["our_id"].isna() & (named["state"] == "active")]
    by_name = _lookup_many(asked, ours_unmarked).where(copies["outcome"].eq("unknown"))
    foreign = _lookup_many(asked, named[~named["ours"] & (named["state"] == "active")])
    item = by_id.fillna(by_mark).fillna(by_name)
    facts = items.drop_duplicates([S, "sis_assignment_id"]).set_index([S, "sis_assignment_id"])
    places = pd.MultiIndex.from_arrays([copies[S], item])
    state = pd.Series(facts["state"].reindex(places).to_numpy(), index=copies.index, dtype="str")
    category = pd.Series(facts["category_id"].reindex(places).to_numpy(), index=copies.index, dtype="str")
    name = pd.Series(facts["name"].reindex(places).to_numpy(), index=copies.index, dtype="str")
    gone = copies[S].isin(read) & copies["sent"].notna() & item.isna()
    return Matched(copies, item, category, name, foreign, gone, state.eq("trashed"))


def standing_names(items: pd.DataFrame, matched: Matched, written: pd.Index) -> pd.DataFrame:
    """Names that stand in the SIS and that the `written` copies do not give up: sis_section_id, name, where (for the message).

    A copy that was sent once and is withheld now still has its name there (R-6), and one that is left alone the name that a person gave it.
    """
    mine = pd.MultiIndex.from_arrays([matched.copies.loc[written, S], matched.item_id.loc[written]])
    others = items[~pd.MultiIndex.from_frame(items[[S, "sis_assignment_id"]]).isin(mine)]
    where = others["ours"].map({True: "sent by this sync for another assignment", False: "made in the SIS"})
    return pd.DataFrame({S: others[S], "name": others["name"], "where": where + ", due " + others["due_date"].fillna("on no date")})


def _lookup(copies: pd.DataFrame, items: pd.DataFrame, left: str, right: str) -> pd.Series:
    known = items[[S, right, "sis_assignment_id"]].set_axis([S, left, "found"], axis=1).drop_duplicates([S, left])
    found = copies[[S, left]].merge(known, on=[S, left], how="left").set_axis(copies.index)["found"]
    return found.where(copies[left].notna()).astype("str")


def _lookup_many(asked: pd.DataFrame, items: pd.DataFrame) -> pd.Series:
    found = items[[S, "key", "due", "sis_assignment_id"]].drop_duplicates([S, "key", "due"])
    return asked[[S, "key", "due"]].merge(found, on=[S, "key", "due"], how="left").set_axis(asked.index)["sis_assignment_id"].astype("str")
