"""A course's assignment groups beside the categories of its SIS sections: what decides each today, and what a sync would do (B-1 to B-6, D-12).

All of it as it was last seen (`seen.py`); the rules are those of a sync, for they are the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, Table, select

from include.district import Target
from include.gradebook.categories import resolve_categories, wanted_categories
from include.gradebook.rules import SisRules
from include.gradebook.schemas import GROUPS, SIS_CATEGORIES, Col, Frame
from include.gradebook.sieve import Sieve
from include.sync import bulk
from include.sync.choices import choices
from include.sync.tables import SEEN_CATEGORIES, SEEN_CLASSES, SEEN_GROUPS, SEEN_SECTIONS

_S, _G, _C = "sis_section_id", "canvas_group_id", "canvas_course_id"
UNRESOLVED = ("unassociated", "unmatched", "doubled", "hidden", "deleted")
"""States in which nothing of the group is sent for the section."""
_BY_CODE = {
    "GP-CATEGORY-UNASSOCIATED": "unassociated",
    "GP-CATEGORY-REQUIRED": "unassociated",
    "GP-CATEGORY-UNMAPPED": "unmatched",
    "GP-CATEGORY-AMBIGUOUS": "doubled",
    "GP-CATEGORY-HIDDEN": "hidden",
    "GP-CATEGORY-DELETED": "deleted",
}
_SECTIONS = Frame("seen_sections", {name: Col("text", name, True) for name in ("canvas_section_id", _C, "name", _S)})
_CLASSES = Frame("seen_classes", {_S: Col("text", _S), "found": Col("flag", "known"), "term_start": Col("date", "begins", True)})


@dataclass(frozen=True)
class Outline:
    """`places`: one row per group and section with a SIS id: names, `choice` ("" none, else as in a form), `decided` (choice, canvas, name),
    `state` and the category's `title`. `categories`: what the SIS lists for these sections. `bare`: sections without a SIS id.
    """

    places: pd.DataFrame
    categories: pd.DataFrame
    bare: pd.DataFrame
    groups: pd.DataFrame


def outline(engine: Engine, target: Target, courses: Sequence[str] | None, today: str) -> Outline:
    """What was seen of these courses (None: of all), and what their groups come to in each section."""
    sections = _SECTIONS.conform(_seen(engine, SEEN_SECTIONS, target.name, _C, courses, list(_SECTIONS.columns)))
    groups = GROUPS.conform(_seen(engine, SEEN_GROUPS, target.name, _C, courses, list(GROUPS.columns)))
    linked, bare = sections[sections[_S].notna()], sections[sections[_S].isna()]
    ids = None if courses is None else sorted(set(linked[_S]))
    classes = _CLASSES.conform(_seen(engine, SEEN_CLASSES, target.name, _S, ids, list(_CLASSES.columns)))
    categories = SIS_CATEGORIES.conform(_seen(engine, SEEN_CATEGORIES, target.name, _S, ids, list(SIS_CATEGORIES.columns)))
    rules = target.rules()
    pairs = linked.rename(columns={"name": "section_name"}).merge(groups.rename(columns={"name": "group_name"}), on=_C)
    pairs = pairs.drop_duplicates([_S, _G]).sort_values([_C, "group_name", _G, "section_name", _S], ignore_index=True, key=_folded)
    stored = choices(engine, target.name, ids)
    places = _decided(pairs, stored, groups, categories, rules)
    return Outline(_judged(places, classes, rules, today), categories, bare, groups)


def unresolved(engine: Engine, target: Target, today: str) -> frozenset[tuple[str, str]]:
    """The courses (target, course) of which some group is not sent for some section."""
    places = outline(engine, target, None, today).places
    return frozenset((target.name, str(course)) for course in places.loc[places["state"].isin(UNRESOLVED), _C].unique())


def _folded(values: pd.Series) -> pd.Series:
    return values.str.casefold()


def _decided(pairs: pd.DataFrame, stored: pd.DataFrame, groups: pd.DataFrame, categories: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """With what somebody chose, and what it comes to by the rules of a sync."""
    wanted = wanted_categories(pairs, stored, groups, rules)
    held = pairs[[_S, _G]].merge(stored, on=[_S, _G], how="left", indicator="kept").set_axis(pairs.index)
    chosen = held["kept"].eq("both")
    choice = ("id:" + held["category_id"].astype("str")).where(held["category_id"].notna(), "none").where(chosen, "")
    decided = pd.Series("name", index=pairs.index).mask(wanted["chosen"], "canvas").mask(chosen, "choice")
    # A place stands for an assignment of its group, so that what is withheld is told by section and group.
    sieve, hidden = resolve_categories(Sieve(pairs.assign(canvas_assignment_id=pairs[_G]), "assignment", "transform"), wanted, categories, rules)
    codes = pairs[[_S, _G]].merge(sieve.withheld.rename(columns={"canvas_assignment_id": _G})[[_S, _G, "reason_code"]], on=[_S, _G], how="left")
    category = sieve.kept["category_id"].reindex(pairs.index).astype("str")
    titles = pairs[[_S]].assign(category_id=category).merge(categories, on=[_S, "category_id"], how="left")
    told = {"choice": choice, "decided": decided, "category_id": category, "title": titles["title"], "code": codes["reason_code"]}
    return pairs.assign(**{name: values.astype("str").set_axis(pairs.index) for name, values in told.items()}, hidden=pairs.index.isin(hidden.index))


def _judged(places: pd.DataFrame, classes: pd.DataFrame, rules: SisRules, today: str) -> pd.DataFrame:
    """With the state of each place, and `begins` where a category can be chosen only from a later day on (B-4, R-15)."""
    known = places[[_S]].merge(classes, on=_S, how="left").set_axis(places.index)
    seen, found = known["found"].notna(), known["found"].eq(True)
    withheld = places["code"].map(_BY_CODE).fillna("unmatched")
    sent = pd.Series("matched", index=places.index).mask(places["decided"].eq("choice"), "chosen")
    state = withheld.where(places["code"].notna(), sent).astype("str")
    state = state.mask(places["code"].isna() & places["category_id"].isna(), "uncategorized")
    later = known["term_start"].gt(today) & bool(rules.category_needs_active_term)
    state = state.mask(later, "later").mask(~found & seen, "not in the SIS").mask(~seen, "not asked yet")
    return places.assign(state=state, begins=known["term_start"].where(later))


def _seen(engine: Engine, table: Table, target: str, column: str, values: Sequence[str] | None, names: Sequence[str]) -> pd.DataFrame:
    with engine.connect() as connection:
        return bulk.read(connection, select(*(table.c[name] for name in names)).where(table.c.target == target), table.c[column], values)


def listed_categories(engine: Engine, target: str, sections: Sequence[str]) -> dict[str, dict[str, str]]:
    """Per SIS section that was asked about, its usable categories: id to name."""
    found = SIS_CATEGORIES.conform(_seen(engine, SEEN_CATEGORIES, target, _S, sections, list(SIS_CATEGORIES.columns)))
    usable = found[found["state"].isin(["active", "hidden"])]
    return {str(section): dict(zip(rows["category_id"], rows["title"], strict=True)) for section, rows in usable.groupby(_S)}
