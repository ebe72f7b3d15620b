"""What Canvas wants beside what a SIS holds: equal or not, by which rule, and both as a person would write them (F-2, F-11).

A SIS may show a number rounded, and keeps an excuse with or without a number; that is no difference. Flags count only where the rule table
sends them. What reads cannot tell (descriptions) is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from include.gradebook.rules import SisRules
from include.gradebook.sieve import number_text
from include.gradebook.spaces import same_name_key
from include.sync.keys import COMMENT

_ROUNDED_AT = (2, 3, 4)
"""Decimals at which a number counts as the same one, rounded for display. Fewer, and a teacher's own 9 would pass for 8.6."""


FLAGS = ("exempt", "missing", "late")


def mark_text(marks: pd.DataFrame) -> pd.Series:
    """`8.5`, `0, exempt`, `late`: number and flags (score, exempt, missing, late); null where there is nothing."""
    text = number_text(marks["score"]).fillna("")
    for name in FLAGS:
        text = text + np.where(marks[name], ", " + name, "")
    text = text.str.removeprefix(", ")
    return text.where(text != "").astype("str")


def sent_text(fingerprints: pd.Series) -> pd.Series:
    """The ledger's texts of scores, as `mark_text` writes them."""
    return fingerprints.map({text: sent_words(text) for text in fingerprints.dropna().unique()}).astype("str")


def sent_words(fingerprint: str | None) -> str:
    """The ledger's text of one score: `8|missing,late` is `8, missing, late`; empty where nothing was accepted. A comment is only mentioned."""
    mark, commented, _ = (fingerprint or "").partition(COMMENT)
    return mark.removeprefix("-|").replace("|", ",").replace(",", ", ") + (", with a comment" if commented else "")


def stands(marks: pd.DataFrame) -> pd.Series:
    """Whether a SIS holds anything for these scores: an emptied row is nothing, and so is a bare late flag."""
    return marks["score"].notna() | marks["exempt"] | marks["missing"]


def compare_marks(want: pd.DataFrame, have: pd.DataFrame, numberless: pd.Series, rules: SisRules) -> pd.DataFrame:
    """Same index: `number` (equal, or equal once rounded), `rounded`, `flags` (equal as far as the rules send them).

    `numberless`: Canvas has no number that counts, so that a 0 beside exempt or missing is ours (R-4, R-18), and a SIS may keep it or not.
    """
    asked, held = want["score"], have["score"]
    equal = _close(asked, held) | (asked.isna() & held.isna())
    bare = (want["exempt"] & have["exempt"]) | (want["missing"] & have["missing"])
    equal = equal | (bare & numberless & (asked.fillna(0) == held.fillna(0)))
    rounded = pd.Series(False, index=want.index)
    for decimals in _ROUNDED_AT:
        rounded = rounded | (~equal & _close(asked.round(decimals), held) & (asked - held).abs().gt(0))
    kept = {
        "exempt": rules.excused != "withhold",
        "missing": rules.missing_flag or rules.missing_without_score != "withhold",
        "late": rules.late_flag,
    }
    flags = pd.Series(True, index=want.index)
    for name in (name for name, counts in kept.items() if counts):
        flags = flags & (want[name] == have[name])
    return pd.DataFrame({"number": equal | rounded, "rounded": rounded, "flags": flags})


def compare_details(want: pd.DataFrame, have: pd.DataFrame) -> dict[str, pd.Series]:
    """Per detail of an assignment (name, points, due date, category) where the SIS holds another one than is wanted.

    A detail that Canvas leaves open (no due date, no category) is the SIS's own business.
    """
    return {
        "name": same_name_key(want["name"]) != same_name_key(have["name"].fillna("")),
        "points_possible": want["points_possible"].notna() & ~_close(want["points_possible"], have["points_possible"]),
        "due_date": want["due_date"].notna() & (want["due_date"] != have["due_date"].fillna("")),
        "category_id": want["category_id"].notna() & (want["category_id"] != have["category_id"].fillna("")),
    }


_LABELS = {"name": "name", "points_possible": "points", "due_date": "due", "category_id": "category"}


def details_text(rows: pd.DataFrame, shown: Mapping[str, pd.Series]) -> pd.Series:
    """`points 10; due 2026-11-13`: those details of each row that `shown` names; null where it names none."""
    text = pd.Series("", index=rows.index, dtype="str")
    for name, which in shown.items():
        if name in rows:
            values = number_text(rows[name]) if name == "points_possible" else rows[name]
            text = text + np.where(which, "; " + _LABELS[name] + " " + values.fillna("none"), "")
    text = text.str.removeprefix("; ")
    return text.where(text != "").astype("str")


def _close(left: pd.Series, right: pd.Series) -> pd.Series:
    """Equal but for the noise of a float that went through a SIS's own arithmetic."""
    return (left - right).abs() <= 1e-9 * left.abs().clip(lower=1.0)
