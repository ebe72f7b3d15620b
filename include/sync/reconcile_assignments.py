"""One verdict per assignment copy: the ones that Canvas wants, the ones that were sent, and what else of ours, or like ours, stands (F-2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.gradebook.schemas import VERDICTS
from include.gradebook.sieve import look_up, match_key
from include.sync.differing import compare_details, details_text
from include.sync.draft import A, S
from include.sync.matching import known_items
from include.sync.reconcile_case import NOT_ASKED, Case, at, keys

_ITEM = "sis_assignment_id"
_FACTS = ["name", "points_possible", "due_date", "category_id", "state", "locked", "ours"]
_MARKED = r"^gs-[0-9a-f]+-(.+?)(?:-g\d+)?$"


def assignment_verdicts(case: Case) -> pd.DataFrame:
    """VERDICTS of kind assignment."""
    wanted = _wanted(case)
    sent = _sent_only(case)
    return VERDICTS.conform(pd.concat([wanted, sent, _others(case, pd.concat([wanted, sent]))], ignore_index=True).assign(kind="assignment"))


def _wanted(case: Case) -> pd.DataFrame:
    """Copies that Canvas wants, as the rules shape them, beside what stands in the SIS."""
    copies = case.drafted.copies
    rows = copies.assign(**{_ITEM: case.matched.item_id.reindex(copies.index)})
    have = _held_facts(case, rows)
    rows["category_id"] = at(case.resolved.plan.assignments.set_index([S, A])["category_id"], rows, S, A)
    if case.rules.category_keep_filed:
        rows["category_id"] = pd.Series(None, index=rows.index, dtype="str")
    differs = compare_details(rows, have)
    off = _out_of_reach(case, rows[_ITEM].notna(), have)
    found = _judged(case, rows, off, pd.concat(differs, axis=1).any(axis=1))
    shown = {name: found["verdict"].ne("same") & which for name, which in differs.items()}
    last = _ledger(case, rows)
    told = {name: which & rows["sent"].notna() for name, which in shown.items() if name in last}
    values = {"canvas_value": details_text(rows, shown), "sent_value": details_text(last, told), "sis_value": details_text(have, shown)}
    found = found.assign(**values)
    found["sis_value"] = found["sis_value"].mask(
        off.notna(), off.map({"GN-TRASH": "in the trash can", "SY-READONLY-OFF": "Third Party Readonly is off"})
    )
    nothing = rows["sent"].isna() & (found["verdict"].eq("not readable") | (found["verdict"].eq("missing") & at(case.forbidden, rows, S, A).notna()))
    return found[~nothing]


def _judged(case: Case, rows: pd.DataFrame, off: pd.Series, differ: pd.Series) -> pd.DataFrame:
    """The rows with verdict, reason and whether a repair may send them."""
    unread, here = rows[S].isin(list(case.held.unread)), rows[_ITEM].notna()
    confirmed = rows["sent"].eq(rows["fingerprint"]) & rows["outcome"].eq("accepted")
    words = ["not readable", "missing", "edited", "same", "edited"]
    verdict = pd.Series(np.select([unread, ~here, off.notna(), ~differ, confirmed], words, "different"), index=rows.index, dtype="str")
    rule = at(case.forbidden, rows, S, A)
    own = default_reason(verdict, rows)
    reason = off.fillna(rule).fillna(own).where(verdict != "same").mask(unread, case.held.why_unread(rows[S])["code"])
    repairable = verdict.isin(["missing", "different", "edited"]) & rule.isna() & off.isna()
    return rows.assign(verdict=verdict, reason_code=reason, repairable=repairable)


def default_reason(verdict: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """What a verdict means where no rule explains it; `rows` has `sent` and `fingerprint`."""
    news = rows["sent"].isna() | rows["sent"].ne(rows["fingerprint"])
    missing = pd.Series(np.where(rows["sent"].isna(), "RC-NOT-YET", "RC-MISSING"), index=rows.index)
    other = pd.Series(np.where(news, "RC-NOT-YET", "RC-DIFFERENT"), index=rows.index)
    told = other.mask(verdict == "missing", missing).mask(verdict == "edited", "RC-EDITED")
    return told.where(verdict != "same").astype("str")


def _out_of_reach(case: Case, here: pd.Series, have: pd.DataFrame) -> pd.Series:
    """Why a standing item cannot be written to: it lies in the trash can (G-16), or a person unlocked it (SY-14).

    A SIS that shows no lock on any item of ours does not tell about locks at all.
    """
    tells = case.rules.ownership == "locked" and bool(case.items.loc[case.items["ours"], "locked"].any())
    trashed, unlocked = here & have["state"].eq("trashed"), here & ~have["locked"].eq(True) & tells
    return pd.Series(np.select([trashed, unlocked], ["GN-TRASH", "SY-READONLY-OFF"], ""), index=here.index, dtype="str").replace("", None)


def _sent_only(case: Case) -> pd.DataFrame:
    """Copies that were sent, and that Canvas or the filter no longer wants: orphans, and what a rule holds back."""
    known = case.standing.assignments
    rows = known[known["fingerprint"].notna() & ~keys(known, S, A).isin(keys(case.drafted.copies, S, A)) & ~known[S].isin(list(case.held.unread))]
    rows = rows.drop(columns=[_ITEM, "reason_code", "canvas_course_id"]).assign(**{_ITEM: _item_of(case, rows)}).join(case.places, on=S)
    rows["reason_code"] = at(case.held_back, rows, S, A)
    rows = rows[~rows["reason_code"].isin(NOT_ASKED) & rows[S].isin(case.places.index)]
    gone = pd.Series(keys(rows, S, A).isin(keys(case.leftovers.assignments, S, A)), index=rows.index)
    rows = rows[gone | rows["reason_code"].notna()]
    gone = gone.reindex(rows.index)
    here, have = rows[_ITEM].notna(), _held_facts(case, rows)
    facts = case.canvas.assignments.drop_duplicates(A).set_index(A)
    want = pd.DataFrame({name: look_up(rows[A], facts[name]) for name in ("name", "points_possible")} | {"due_date": None, "category_id": None})
    differs = compare_details(want.assign(due_date=want["due_date"].astype("str"), category_id=want["category_id"].astype("str")), have)
    differ = pd.concat(differs, axis=1).any(axis=1)
    verdict = np.select([gone, ~here, ~differ], ["orphan", "missing", "same"], "different")
    shown = {name: which & here for name, which in differs.items()}
    values = {"canvas_value": details_text(want, shown).mask(gone), "sis_value": details_text(have, shown)}
    found = rows.assign(**values, verdict=verdict, reason_code=rows["reason_code"].mask(gone, "GP-REMOVED"), repairable=False)
    return found[here | ~gone]


def _others(case: Case, told: pd.DataFrame) -> pd.DataFrame:
    """Items that are no copy: twins beside one of ours, and items of ours whose assignment is gone though no ledger knows them."""
    items = case.items
    rest = items[~keys(items, S, _ITEM).isin(keys(told[told[_ITEM].notna()], S, _ITEM))].join(case.places, on=S)
    rest = rest[rest[S].isin(case.places.index)]
    marked = rest["our_id"].str.extract(_MARKED, expand=False)
    ours = items.merge(told.loc[told[_ITEM].notna(), [S, _ITEM, A]], on=[S, _ITEM])
    by_name = ours.assign(key=match_key(ours["name"]), due=ours["due_date"].fillna("-")).drop_duplicates([S, "key", "due"])
    beside = rest.assign(key=match_key(rest["name"]), due=rest["due_date"].fillna("-"))
    twin_of = at(by_name.set_index([S, "key", "due"])[A], beside, S, "key", "due").where(
        rest["state"].eq("active") & ~(rest["ours"] & marked.notna())
    )
    second = marked.where(pd.Series(keys(rest.assign(**{A: marked}), S, A).isin(keys(ours, S, A)), index=rest.index))
    twin_of = second.fillna(twin_of)
    gone = rest["ours"] & marked.notna() & ~marked.isin(case.present) & twin_of.isna()
    verdict = pd.Series(np.select([twin_of.notna(), gone], ["twin", "orphan"], ""), index=rest.index, dtype="str")
    reason = verdict.map({"twin": "RC-TWIN", "orphan": "GP-REMOVED"})
    everything = {name: verdict.ne("") for name in ("name", "points_possible", "due_date")}
    found = rest.assign(
        **{A: twin_of.fillna(marked)}, verdict=verdict, reason_code=reason, sis_value=details_text(rest, everything), repairable=False
    )
    return found[verdict != ""]


def _held_facts(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """What the SIS holds for each row's item, same index; nulls where there is none."""
    facts = case.items.drop_duplicates([S, _ITEM]).set_index([S, _ITEM])[_FACTS]
    return facts.reindex(keys(rows, S, _ITEM)).set_axis(rows.index)


def _item_of(case: Case, rows: pd.DataFrame) -> pd.Series:
    """The item that a ledger row speaks of, by the SIS's id or by ours; null when it stands there no more."""
    named = rows.rename(columns={"name": "known_name"}).assign(known_id=rows[_ITEM], known_our_id=rows["our_id"])
    by_id, _ = known_items(named, case.items)
    by_mark = case.items[case.items["our_id"].notna()].drop_duplicates([S, "our_id"]).set_index([S, "our_id"])[_ITEM]
    return by_id.fillna(at(by_mark, rows, S, "our_id"))


def _ledger(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """Name and due date as they were sent last, same index."""
    known = case.standing.assignments.set_index([S, A])[["name", "due_date"]]
    return known.reindex(keys(rows, S, A)).set_axis(rows.index)
