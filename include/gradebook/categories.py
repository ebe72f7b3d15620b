"""Which SIS category an assignment goes to, per SIS section (B-1 to B-6, R-13 to R-15; table C row 15)."""

from __future__ import annotations

import json

import pandas as pd

from include.gradebook.among import among, beside
from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve, look_up, match_key

_S = "sis_section_id"
_FACTS = ["category_id", "state", "title"]


def wanted_categories(copies: pd.DataFrame, choices: pd.DataFrame, groups: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """What decides a copy's category, before the SIS is asked: same index, columns `choice` (a category id) and `chosen` (flag).

    A stored choice comes first; then, only if switched on, Canvas's integration_data; else the name decides (R-13).
    `chosen` with a null `choice` is *unassociated*.
    """
    key = [_S, "canvas_group_id"]
    chosen = pd.Series(among(copies, choices, key), index=copies.index)
    choice = beside(copies, choices, key, ["category_id"])["category_id"].astype("str")
    if rules.category_from_canvas_data:
        from_canvas = _canvas_choices(copies, groups)
        choice = choice.where(chosen, from_canvas)
        chosen = chosen | from_canvas.notna()
    return pd.DataFrame({"choice": choice, "chosen": chosen}, index=copies.index)


def category_source(copies: pd.DataFrame, wanted: pd.DataFrame, rules: SisRules) -> pd.Series:
    """The part of a copy's fingerprint that stands for its category (A-8). Constant where the teacher's filing stays (R-14)."""
    if rules.category_keep_filed:
        return pd.Series("", index=copies.index, dtype="str")
    by_name = "name:" + match_key(copies["group_name"].fillna(""))
    by_choice = "id:" + wanted["choice"].fillna("unassociated")
    return by_name.where(~wanted["chosen"], by_choice)


def resolve_categories(sieve: Sieve, wanted: pd.DataFrame, categories: pd.DataFrame, rules: SisRules) -> tuple[Sieve, pd.Series]:
    """(copies with `category_id` filled and the unresolvable withheld, names of hidden categories that are sent all the same).

    `categories` is the SIS_CATEGORIES frame of the sections at hand. With `category: uncategorized` nothing is withheld: what does not
    resolve stays null (B-3, Infinite Campus).
    """
    rows = sieve.kept
    wanted = wanted.reindex(rows.index)
    key = match_key(rows["group_name"].fillna(""))
    known = categories.assign(key=match_key(categories["title"]))
    by_name = _lookup_names(rows[_S], key, known, rules)
    by_id = _lookup_ids(rows[_S], wanted["choice"], known)
    found = by_name.where(~wanted["chosen"], by_id)
    hidden_told = found["title"].where(found["state"].eq("hidden") & found["category_id"].notna())
    if rules.hidden_category == "absent":
        found["category_id"] = found["category_id"].where(~found["state"].eq("hidden"))
    filled = Sieve(rows.assign(category_id=found["category_id"].astype("str")), sieve.kind, sieve.stage, sieve.parts)
    if rules.category == "uncategorized":
        return filled, hidden_told.where(filled.kept["category_id"].notna()).dropna()
    groups, offered = rows["group_name"].fillna("(without a name)"), look_up(rows[_S], _offered(known)).fillna("none")
    unassociated = "GP-CATEGORY-REQUIRED" if rules.unassociated == "error" else "GP-CATEGORY-UNASSOCIATED"
    filled = filled.drop(wanted["chosen"] & wanted["choice"].isna(), unassociated, value=groups)

    def open_(mask: pd.Series) -> pd.Series:
        return (mask & found["category_id"].isna()).reindex(filled.kept.index)

    told = found["title"].fillna(wanted["choice"]).fillna(groups)  # of a choice that no run has seen only the id is known
    filled = filled.drop(open_(found["state"].eq("deleted") | (wanted["chosen"] & found["state"].isna())), "GP-CATEGORY-DELETED", value=told)
    filled = filled.drop(open_(found["state"].eq("ambiguous")), "GP-CATEGORY-AMBIGUOUS", value=groups)
    filled = filled.drop(open_(found["state"].eq("hidden")), "GP-CATEGORY-HIDDEN", value=told)
    filled = filled.drop(open_(pd.Series(True, index=rows.index)), "GP-CATEGORY-UNMAPPED", value=groups, limit=offered)
    return filled, hidden_told.reindex(filled.kept.index).dropna()


def _lookup_names(sections: pd.Series, key: pd.Series, known: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """category_id, state and title by name: an active one, else a hidden, else a deleted one; two usable ones are `ambiguous`."""
    usable = known["state"].isin(["active", "hidden"] if rules.hidden_category == "send" else ["active"])
    rank = known["state"].map({"active": 0, "hidden": 1, "deleted": 2}).fillna(2)
    best = known.iloc[rank.argsort(kind="stable")]
    doubled = known[usable & known[usable].duplicated([_S, "key"]).reindex(known.index, fill_value=False)]
    asked = pd.DataFrame({_S: sections, "key": key})
    found = beside(asked, best, [_S, "key"], _FACTS)
    twice = among(asked, doubled, [_S, "key"])
    state = found["state"].mask(twice, "ambiguous")
    takes = found["state"].eq("active") | found["state"].eq("hidden")
    return found.assign(category_id=found["category_id"].where(takes & ~twice), state=state)


def _lookup_ids(sections: pd.Series, choice: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    asked = pd.DataFrame({_S: sections, "category_id": choice})
    found = beside(asked, known, [_S, "category_id"], _FACTS)
    return found.assign(category_id=found["category_id"].where(found["state"].isin(["active", "hidden"])))


def _offered(known: pd.DataFrame) -> pd.Series:
    active = known[known["state"] == "active"]
    return active.groupby(_S)["title"].agg(lambda titles: ", ".join(sorted(set(titles))))


def _canvas_choices(copies: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    """Category ids that an integrator stored in Canvas: group's integration_data is an object SIS section id -> category id."""
    stored = {
        (group, str(section)): str(category)
        for group, text in zip(groups["canvas_group_id"], groups["integration_data"], strict=True)
        if isinstance(text, str)
        for section, category in _pairs(text)
    }
    found = [stored.get(pair) for pair in zip(copies["canvas_group_id"], copies[_S], strict=True)]
    return pd.Series(found, index=copies.index, dtype="str")


def _pairs(text: str) -> list[tuple[str, object]]:
    """SIS section id and category id; what is empty or no id chooses nothing, for anybody may write to this field."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # the second: lists within lists, thousands deep (I-8)
        return []
    pairs = value.items() if isinstance(value, dict) else ()
    return [(section, category) for section, category in pairs if category and isinstance(category, str | int)]
