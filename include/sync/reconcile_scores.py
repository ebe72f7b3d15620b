"""One verdict per score: what Canvas wants, what was sent, and what somebody entered in the SIS (F-2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.gradebook.courses import Ids
from include.gradebook.schemas import VERDICTS
from include.gradebook.sieve import look_up
from include.sync.differing import FLAGS, compare_marks, mark_text, sent_text, stands
from include.sync.draft import A, P, S
from include.sync.keys import score_fingerprints, without_comments
from include.sync.reconcile_assignments import default_reason
from include.sync.reconcile_case import Case, U, at, keys

_ITEM, _SCORE = "sis_assignment_id", "sis_score_id"
_MARK = ["score", *FLAGS]
WRONG_STUDENT = "wrong student"
"""What was sent for a Canvas user who has another SIS ID now, and still is in the SIS (I-2)."""


def score_verdicts(case: Case, copies: pd.DataFrame, student_id: Ids) -> pd.DataFrame:
    """VERDICTS of kind grade; `copies` are those of kind assignment."""
    place = copies[~copies["verdict"].isin(["twin", "orphan"])].drop_duplicates([S, A])
    rows = _side_by_side(case, place, _people(case, student_id))
    verdict = _verdicts(case, rows)
    reason, repairable = _reasons(case, rows, verdict)
    shown = verdict.ne("same") | reason.notna()
    values = {
        "canvas_value": mark_text(_marks(rows, "raw_")).where(shown),
        "sent_value": sent_text(rows["sent"]).where(shown),
        "sis_value": mark_text(_marks(rows, "held_")).where(shown),
    }
    found = rows.drop(columns=["reason_code"], errors="ignore").assign(**values, verdict=verdict, reason_code=reason, repairable=repairable)
    return VERDICTS.conform(found[verdict != ""].assign(kind="grade"))


def _side_by_side(case: Case, place: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """Every score that is wanted, was sent, or stands in an assignment of ours, with all that is known of it; a plain index."""
    wanted = case.drafted.scores.assign(desired=True)
    ledger = case.standing.scores[case.standing.scores["fingerprint"].notna()]
    alone = ~keys(ledger, S, A, P).isin(keys(wanted, S, A, P)) & keys(ledger, S, A).isin(keys(place, S, A))
    sent = ledger[alone].rename(columns={"fingerprint": "sent"}).assign(desired=False)
    columns = [S, A, P, U, *_MARK, "fingerprint", "sent", "outcome", "desired"]
    rows = pd.concat([wanted[columns], sent.reindex(columns=columns)], ignore_index=True)
    held = case.held.scores.merge(place.loc[place[_ITEM].notna(), [S, A, _ITEM]], on=[S, _ITEM]).drop(columns=_ITEM)
    rows = rows.merge(held.rename(columns={name: f"held_{name}" for name in _MARK}), on=[S, A, P], how="outer")
    facts = place.rename(columns={"verdict": "copy", "repairable": "copy_repairable", "reason_code": "copy_reason"})
    rows = rows.merge(facts[[S, A, _ITEM, "copy", "copy_repairable", "copy_reason"]], on=[S, A], how="left").join(case.places, on=S)
    rows[U] = rows[U].fillna(look_up(rows[P], people))
    raw = case.canvas.submissions.drop_duplicates([A, U]).rename(columns={"excused": "exempt"})
    rows = rows.merge(raw[[A, U, *_MARK]].rename(columns={name: f"raw_{name}" for name in _MARK}), on=[A, U], how="left")
    flags = ["desired", "copy_repairable", *(side + name for side in ("", "held_", "raw_") for name in FLAGS)]
    return rows.assign(**{name: rows[name].astype("boolean").fillna(False).astype(bool) for name in flags})


def _people(case: Case, student_id: Ids) -> pd.Series:
    """Student in the SIS → Canvas user."""
    people = case.canvas.enrollments
    known = pd.DataFrame({P: student_id(people), U: people[U]}).dropna()
    return known.drop_duplicates(P).set_index(P)[U]


def _verdicts(case: Case, rows: pd.DataFrame) -> pd.Series:
    """The verdict of each row; empty where there is nothing to say: nothing is wanted, and nothing stands."""
    held, raw = _marks(rows, "held_"), _marks(rows, "raw_")
    here, desired, accepted = stands(held), rows["desired"], rows["sent"].notna()
    against = compare_marks(_marks(rows, ""), held, _numberless(rows), case.rules)
    as_canvas = raw["score"].eq(held["score"]) | (raw["exempt"] & held["exempt"])
    as_sent = pd.Series(score_fingerprints(held, case.rules), index=rows.index).eq(without_comments(rows["sent"]))
    confirmed = accepted & rows["sent"].eq(rows["fingerprint"]) & rows["outcome"].eq("accepted")
    stale, left, wrong = (
        pd.Series(keys(rows, S, A, P).isin(keys(part, S, A, P)), index=rows.index)
        for part in (case.leftovers.blanked, case.leftovers.left, case.leftovers.misfiled)
    )
    silent = rows[S].isin({*case.held.unread, *case.held.unread_scores}) | rows["copy"].eq("not readable")
    never = ~accepted & at(case.forbidden_scores, rows, S, A, U).notna()
    cases = [
        (silent & ~accepted, ""),
        (silent, "not readable"),
        (desired & ~here & never, ""),
        (desired & ~here, "missing"),
        (desired & wrong & as_sent, WRONG_STUDENT),
        (desired & against["number"] & against["flags"], "same"),
        (desired & confirmed, "edited"),
        (desired, "different"),
        (~here & (stale | left | wrong | ~accepted), ""),
        (wrong, WRONG_STUDENT),
        (stale, "stale"),
        (left, "orphan"),
        (~here, "missing"),
        (as_canvas, "same"),
        (accepted & as_sent, "different"),
    ]
    return pd.Series(np.select([which for which, _ in cases], [word for _, word in cases], "edited"), index=rows.index, dtype="str")


def _reasons(case: Case, rows: pd.DataFrame, verdict: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(the rule that explains each verdict, whether a repair may send it)."""
    held = _marks(rows, "held_")
    against = compare_marks(_marks(rows, ""), held, _numberless(rows), case.rules)
    rule = at(case.forbidden_scores, rows, S, A, U)
    off = rows["copy_reason"].where(rows["copy_reason"].isin(["GN-TRASH", "SY-READONLY-OFF"]))
    locked = off.eq("SY-READONLY-OFF")
    alone = verdict.isin(["edited", "different"]) & rows["desired"] & against["number"] & (not case.rules.status_alone_counts)
    with_copy = verdict.eq("missing") & rows["copy"].eq("missing")
    fixed = {WRONG_STUDENT: "GP-STUDENT-CHANGED", "stale": "GP-BLANKED", "orphan": "GP-STUDENT-LEFT"}
    own = default_reason(verdict, rows).mask(~rows["desired"] & verdict.eq("edited") & rows["sent"].isna(), "RC-TYPED")
    told = verdict.map(fixed).astype("str").mask(verdict == "not readable", case.held.why_unread(rows[S])["code"])
    for which, code in ((with_copy, "RC-WITH-ASSIGNMENT"), (alone, "RC-STATUS-ALONE"), (locked, "SY-READONLY-OFF")):
        told = told.mask(told.isna() & which, code)
    reason = told.fillna(rule.where(~with_copy)).fillna(own).mask(verdict == "same", _explained(case, rows, against["rounded"], rule))
    allowed = rows["desired"] & rule.isna() & ~alone & ~locked & (~with_copy | rows["copy_repairable"])
    return reason, verdict.isin(["missing", "different", "edited", WRONG_STUDENT]) & allowed


def _explained(case: Case, rows: pd.DataFrame, rounded: pd.Series, rule: pd.Series) -> pd.Series:
    """Why a score that stands as it should looks other than in Canvas; for one that is held back, by which rule."""
    zero = rows["desired"] & _numberless(rows) & rows["score"].eq(0)
    late = rows["desired"] & rows["raw_late"] & ~rows["raw_exempt"] & (not case.rules.late_flag)
    cases = [rows["desired"] & rounded, zero & rows["raw_exempt"], zero & rows["raw_missing"], late]
    codes = ["RC-ROUNDED", "RC-EXCUSED-ZERO", "RC-MISSING-ZERO", "RC-LATE-NOT-SENT"]
    told = pd.Series(np.select(cases, codes, ""), index=rows.index, dtype="str").replace("", None).astype("str")
    return told.fillna(rule.where(~rows["desired"]))


def _numberless(rows: pd.DataFrame) -> pd.Series:
    """Whether Canvas has no number that counts: the one beside an excuse does not (R-18)."""
    return rows["raw_score"].isna() | rows["raw_exempt"]


def _marks(rows: pd.DataFrame, side: str) -> pd.DataFrame:
    return rows[[side + name for name in _MARK]].set_axis(_MARK, axis=1)
