"""Which item in the SIS is which copy: by the id that we know, by our mark, and last by name and date (F-10, R-7).

An ID from the ledger counts only where the SIS shows that the item under it was created or adopted by Grade Sync (I-5): after a restore an ID can
belong to a teacher's own exam.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.among import among, beside
from include.gradebook.dates import day_text
from include.gradebook.sieve import match_key
from include.sync.draft import A, S

_ITEM = "sis_assignment_id"
_NAMED = [S, "key", "due"]


@dataclass(frozen=True)
class Matched:
    """For every copy (same index): the item of ours in the SIS, somebody else's of same name and date, and the item's state.

    `gone`: it was accepted once, its section was read, and it stands there no more. `trashed`: it lies in a trash can. `stranger`: the name of
    another item, not created by Grade Sync, that has the known ID now.
    """

    copies: pd.DataFrame
    item_id: pd.Series
    item_category: pd.Series
    item_name: pd.Series
    foreign_id: pd.Series
    gone: pd.Series
    trashed: pd.Series
    stranger: pd.Series

    def by_key(self, flags: pd.Series) -> pd.DataFrame:
        """SIS section and Canvas assignment of the copies that carry this flag."""
        return self.copies.loc[flags[flags.eq(True)].index, [S, A]]


def match_items(copies: pd.DataFrame, items: pd.DataFrame, read: pd.Series) -> Matched:
    """Match COPIES (with known_id, our_id, sent, outcome) to SIS_ASSIGNMENTS of the sections in `read`."""
    by_id, stranger = known_items(copies, items)
    by_mark = _found(copies, items, [S, "our_id"])
    named = items.assign(key=match_key(items["name"]), due=items["due_date"].fillna("-"))
    asked = copies.assign(key=match_key(copies["name"]), due=copies["due_date"].fillna("-"))
    ours_unmarked = named[named["ours"] & named["our_id"].isna() & (named["state"] == "active")]
    by_name = _found(asked, ours_unmarked, _NAMED).where(copies["outcome"].eq("unknown"))
    foreign = _found(asked, named[~named["ours"] & (named["state"] == "active")], _NAMED)
    item = by_id.fillna(by_mark).fillna(by_name)
    facts = beside(copies.assign(sis_assignment_id=item), items, [S, _ITEM], ["state", "category_id", "name"])
    stranger = stranger.where(item.isna())
    gone = copies[S].isin(read) & copies["sent"].notna() & item.isna() & stranger.isna()
    return Matched(copies, item, facts["category_id"], facts["name"], foreign, gone, facts["state"].eq("trashed"), stranger)


def known_items(rows: pd.DataFrame, items: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """(the item under each row's `known_id`, where it was created or adopted by Grade Sync; the name of any other item under that ID) (I-5).

    An item with our mark of another assignment is another item. Where the SIS shows a mark on none of the known items, it does not keep marks: then,
    as for adopted items, which never had one, the name that was last sent decides. `rows` has known_id, known_our_id, our_id, known_name, adopted.
    """
    under = beside(rows, items.assign(known_id=items[_ITEM]), [S, "known_id"], [_ITEM, "our_id", "ours", "name"])
    found, ours = under[_ITEM].notna(), under["ours"].eq(True)
    mine = ours & (under["our_id"].isna() | under["our_id"].eq(rows["our_id"]) | under["our_id"].eq(rows["known_our_id"]))
    named = match_key(under["name"]).eq(match_key(rows["known_name"]))
    unmarked = ~ours & named & (rows["adopted"].eq(True) | (not (found & ours).any()))
    recognized = found & (mine | unmarked)
    return under[_ITEM].where(recognized).astype("str"), under["name"].fillna("").where(found & ~recognized).astype("str")


def standing_names(items: pd.DataFrame, matched: Matched, written: pd.Index) -> pd.DataFrame:
    """Names that stand in the SIS and that the `written` copies do not give up: sis_section_id, name, code (whose it is), where (for the message).

    A copy that was sent once and is withheld now still has its name there (R-6), and one that is left alone the name that a person gave it.
    """
    mine = pd.DataFrame({S: matched.copies.loc[written, S], _ITEM: matched.item_id.loc[written]})
    others = items[~among(items, mine, [S, _ITEM])]
    due = others["due_date"].map({day: f"due {day_text(day)}" for day in others["due_date"].dropna().unique()}).fillna("no due date").astype("str")
    code = others["ours"].map({True: "GP-NAME-OURS", False: "GP-NAME-TAKEN"})
    return pd.DataFrame({S: others[S], "name": others["name"], "code": code, "where": due.where(others["ours"], "created in the SIS, " + due)})


def _found(copies: pd.DataFrame, items: pd.DataFrame, key: list[str]) -> pd.Series:
    return beside(copies, items, key, [_ITEM])[_ITEM].astype("str")
