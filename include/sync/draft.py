"""Desired gradebook against ledger, before any SIS is asked: what is settled, what is not, which sections must be read.

A section in which everything stands as it was accepted is settled: it costs no request at all (invariant 2, F-3, R-16).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.errors import DataError
from include.gradebook.among import among, beside
from include.gradebook.categories import category_source
from include.gradebook.reasons import CATALOGUE
from include.gradebook.rules import SisRules
from include.sync.keys import assignment_fingerprints, assignment_ids, score_fingerprints

S, A, P = "sis_section_id", "canvas_assignment_id", "sis_student_id"
_KNOWN = {"sis_assignment_id": "known_id", "sis_score_id": "known_id", "name": "known_name", "our_id": "known_our_id", "canvas_user_id": "known_user"}
_FACTS = ("known_id", "sent", "refused", "reason_code", "message", "outcome", "generation", "known_name", "known_our_id", "adopted", "known_user")
_WAITING = (*(code for code, entry in CATALOGUE.items() if entry.who == "teacher"), "SIS-EXEMPT-NEEDS-SCORE")
"""Rejections that only another value can cure: one from Canvas, or, for the last one, from the setting `exempt_score`, which changes what is sent."""
_OF_THE_SIS = ("SIS-CATEGORY", "PS-409-CATEGORY", "PS-ALREADY-EXISTS", "SY-CATEGORY", "SY-DUPLICATE", "ST-CATEGORY")
_WAITING_ASSIGNMENTS = tuple(code for code in _WAITING if code not in _OF_THE_SIS)
"""Assignments do not wait where the SIS means its own categories or an older item of its own: only a new attempt can tell whether that changed."""


@dataclass(frozen=True)
class Draft:
    """COPIES and SCORES with what the ledger knows of each.

    Added columns: fingerprint (what would be sent), sent (what was last accepted; null: never), known_id (id in the SIS), outcome, settled
    (nothing is to be done), blocked (refused as it is now, and only a change in Canvas can mend it), reason_code and message of that refusal;
    copies also our_id, choice and chosen (category), has_scores, and what was last sent: known_name, known_our_id, adopted; scores also known_user,
    the Canvas user whose score was last accepted.
    """

    copies: pd.DataFrame
    scores: pd.DataFrame

    @property
    def sections_to_read(self) -> list[str]:
        """SIS sections in which something is open, in a stable order."""
        copies = self.copies[~self.copies["settled"] & (self.copies["has_scores"] | self.copies["sent"].notna())]
        scores = self.scores[~self.scores["settled"]]
        return sorted({*copies[S].unique(), *scores[S].unique()})


@dataclass(frozen=True)
class Standing:
    """What the ledger knows: LEDGER_ASSIGNMENTS and LEDGER_SCORES of the sections at hand."""

    assignments: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True)
class How:
    """How this run sends: the target, its rules, whether everything is sent again (A-20), and what is deleted in the SIS is created again (R-23)."""

    target: str
    rules: SisRules
    remaster: bool = False
    recreate: bool = False


def draft(copies: pd.DataFrame, scores: pd.DataFrame, wanted: pd.DataFrame, standing: Standing, how: How) -> Draft:
    """Compare by fingerprint; `wanted` are the category wishes of `wanted_categories`, same index as `copies`."""
    fingerprint = assignment_fingerprints(copies, category_source(copies, wanted, how.rules))
    drafted = _with_ledger(copies.assign(fingerprint=fingerprint, **wanted), standing.assignments.rename(columns=_KNOWN), [S, A])
    drafted["adopted"] = drafted["adopted"].astype("boolean").fillna(False).astype(bool)
    ids = assignment_ids(how.target, drafted[S], drafted[A], drafted["generation"].fillna(0).astype(int))
    drafted["our_id"] = pd.Series(ids, index=drafted.index, dtype="str")
    marks = _with_ledger(scores.assign(fingerprint=score_fingerprints(scores, how.rules)), standing.scores.rename(columns=_KNOWN), [S, A, P])
    drafted["has_scores"] = among(drafted, scores, [S, A])
    return Draft(_settle(drafted, how), _settle(marks, how))


def _with_ledger(rows: pd.DataFrame, ledger: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    if rows.duplicated(key).any():
        raise DataError(f"{' and '.join(key)} must identify one row each, but some are given twice. Nothing was planned from them")
    facts = ledger.rename(columns={"fingerprint": "sent"})
    known = [name for name in _FACTS if name in facts]
    return rows.assign(**beside(rows, facts, key, known))


def _settle(rows: pd.DataFrame, how: How) -> pd.DataFrame:
    accepted = (rows["outcome"] == "accepted") & (rows["sent"] == rows["fingerprint"])
    waiting = _WAITING if "known_user" in rows else _WAITING_ASSIGNMENTS
    if "known_user" in rows:  # sent for another Canvas user: equal or not, it is sent again for the one who has this SIS ID now (I-2)
        accepted &= rows["known_user"].isna() | rows["known_user"].eq(rows["canvas_user_id"])
    blocked = (rows["outcome"] == "refused") & (rows["refused"] == rows["fingerprint"]) & rows["reason_code"].isin(waiting)
    if how.remaster:
        accepted, blocked = accepted & False, blocked & False
    return rows.assign(settled=accepted | blocked, blocked=blocked)
