"""Stable ids and fingerprints: what identifies an item for ever, and what tells that it changed (invariant 8)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b

import numpy as np
import pandas as pd

from include.gradebook.rules import SisRules
from include.gradebook.sieve import number_text

MARK = "gs-"
"""Every id that we choose begins so: the mark by which an item of ours is known in a SIS (F-10)."""

COMMENT = "|comment:"
"""What a comment's digest follows in the fingerprint of a score (A-11)."""

_EXEMPT_ZERO = "0|exempt"


def assignment_ids(target: str, sections: Iterable[str], assignments: Iterable[str], generations: Iterable[int]) -> list[str]:
    """Our ids of SIS assignments: from target, SIS section and Canvas assignment; safe in a OneRoster sourcedId, no personal data."""
    return [
        f"{MARK}{_digest(target, section, 8)}-{assignment}" + (f"-g{generation}" if generation else "")
        for section, assignment, generation in zip(sections, assignments, generations, strict=True)
    ]


def score_ids(target: str, sections: Iterable[str], assignments: Iterable[str], students: Iterable[str]) -> list[str]:
    """Our ids of scores: the student goes in as a digest, for ids must not tell who it is."""
    digest = cache(lambda section, student: _digest(f"{target}|{section}", student, 12))  # a student has many scores in a section
    rows = zip(*(part.tolist() if isinstance(part, pd.Series) else part for part in (sections, assignments, students)), strict=True)
    return [f"{MARK}r-{assignment}-{digest(section, student)}" for section, assignment, student in rows]


def assignment_fingerprints(copies: pd.DataFrame, category_source: pd.Series) -> pd.Series:
    """A digest of what A-8 names: name, description, points, due date, category."""
    parts = [
        copies["name"],
        copies["description"].fillna(""),
        number_text(copies["points_possible"]),
        copies["due_date"].fillna("-"),
        category_source,
    ]
    texts = parts[0].str.cat([part.astype("str") for part in parts[1:]], sep="\x1f")
    return pd.Series([blake2b(text.encode(), digest_size=12).hexdigest() for text in texts], index=copies.index, dtype="str")


def score_fingerprints(scores: pd.DataFrame, rules: SisRules) -> pd.Series:
    """What is sent for a score, as text: the number and, where a status alone counts as a change (A-7, R-3), the flags.

    Text and not a digest: "what was sent" can be read from the ledger (F-11). A comment goes in as a digest all the same, and only where the rules
    send it (A-11), so that a ledger without comments stays as it is.
    """
    told = _score_texts(scores, rules)
    return told + _comment_digests(scores["comment"]) if rules.send_comments and "comment" in scores else told


def without_comments(fingerprints: pd.Series) -> pd.Series:
    """Fingerprints of scores without what stands for a comment: a SIS's answers tell nothing of it."""
    return fingerprints.map({text: text.partition(COMMENT)[0] for text in fingerprints.dropna().unique()}).astype("str")


def tell_exempt(fingerprints: pd.Series) -> pd.Series:
    """Whether a student was sent as exempt without the number of a score: with none, or with 0 (R-3, R-4, R-19)."""
    return without_comments(fingerprints).isin(["exempt", "-|exempt", _EXEMPT_ZERO])


def _comment_digests(comments: pd.Series) -> pd.Series:
    told = {text: COMMENT + blake2b(text.encode(), digest_size=8).hexdigest() for text in comments.dropna().unique()}
    return comments.map(told).astype("str").fillna("")


def _score_texts(scores: pd.DataFrame, rules: SisRules) -> pd.Series:
    number = number_text(scores["score"])
    if not rules.status_alone_counts:
        bare = pd.Series(np.where(scores["exempt"], "exempt", "missing"), index=scores.index, dtype="str")
        return number.fillna(bare).mask(scores["exempt"] & number.eq("0"), _EXEMPT_ZERO)  # a score of 0 that follows is a new one
    flags = scores["exempt"].astype("int8") * 4 + scores["missing"].astype("int8") * 2 + scores["late"].astype("int8")
    words = ["", "|late", "|missing", "|missing,late", "|exempt", "|exempt,late", "|exempt,missing", "|exempt,missing,late"]
    return number.fillna("-") + pd.Series(np.array(words, dtype=object)[flags.to_numpy()], index=scores.index, dtype="str")


def _digest(first: str, second: str, size: int) -> str:
    return blake2b(f"{first}\x1f{second}".encode(), digest_size=size).hexdigest()
