"""Deleting what this product made twice: rows that are doubted (`doubts.py`) are looked up in the SIS, and of twins the ledger's one stays.

Only what is surely ours goes (invariant 7): a record under the id that the SIS gave to us, or one that carries our mark; of assignments only
one in which no score stands and, known by its mark alone, that is in all a copy of the ledger's. What cannot go stays in doubt, and is told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from include.errors import GradeSyncError
from include.gradebook.schemas import WITHHELD
from include.gradebook.sieve import join_withheld, withhold
from include.sis.contract import AssignmentWrite, Outcome, Receipt, SisClient
from include.sync import doubts
from include.sync.draft import A, P, S
from include.sync.keys import score_ids
from include.sync.leases import LeaseLostError
from include.sync.ledger import Ledger

log = logging.getLogger(__name__)

_ITEM, _SCORE = "sis_assignment_id", "sis_score_id"
_COPIED = ["our_id", "name", "due_date", "points_possible"]
GONE, STANDS = "GP-TWIN-DELETED", "GP-TWIN-STANDS"


@dataclass(frozen=True)
class _Verdict:
    """What became of one doubted row: the code that is told (none: there was no twin), and whether the doubt is settled."""

    doubt: pd.Series
    code: str = ""
    settled: bool = True


def heal(sis: SisClient, ledger: Ledger, doubted: pd.DataFrame, keep_late: bool = False) -> pd.DataFrame:
    """Look into these doubts (`doubts.read`), delete twins, and forget what is settled; WITHHELD rows about what was found.

    `keep_late`: the late rows have not been sent anew, so they stay in doubt.

    A section that cannot be read now, or a right that lacks, leaves its doubts to the next run. LeaseLostError when the course is lost.
    """
    verdicts: list[_Verdict] = []
    for section, rows in doubted.groupby(S):
        try:
            verdicts += _assignments(sis, ledger, str(section), rows[rows[P] == ""])
            verdicts += _scores(sis, ledger, str(section), rows[rows[P] != ""])
        except LeaseLostError:
            raise
        except GradeSyncError as error:
            log.warning("%s: section %s could not be searched for duplicates: %s", ledger.target, section, error)
    settled = pd.DataFrame([one.doubt for one in verdicts if one.settled and not (keep_late and one.doubt["late"])])
    if len(settled):
        doubts.forget(ledger.engine, ledger.target, settled)
    return join_withheld(WITHHELD.empty(), *(_told(verdicts, code) for code in (GONE, STANDS)))


def _told(verdicts: list[_Verdict], code: str) -> pd.DataFrame:
    rows = pd.DataFrame([one.doubt for one in verdicts if one.code == code])
    if rows.empty:
        return WITHHELD.empty()
    rows = rows.drop_duplicates([S, A, P])
    return join_withheld(
        *(withhold(part, kind, code, "load") for kind, part in (("assignment", rows[rows[P] == ""]), ("grade", rows[rows[P] != ""])))
    )


def _assignments(sis: SisClient, ledger: Ledger, section: str, rows: pd.DataFrame) -> Iterator[_Verdict]:
    """Doubted assignments of one section. One whose own fate is unknown waits: nobody knows yet which of two would be the true one."""
    if rows.empty or "assignment" not in sis.allocates:
        yield from (_Verdict(row) for _, row in rows.iterrows())
        return
    items = sis.read_assignments([section])
    items = items[items["state"] == "active"]
    copies = ledger.assignments([section])
    standing, unknown = _accepted(copies, _ITEM).set_index(A)[_ITEM], set(copies.loc[copies["outcome"] == Outcome.UNKNOWN, A])
    for assignment, mine in rows.groupby(A):
        if assignment not in standing.index:
            yield from (_Verdict(row, settled=assignment not in unknown) for _, row in mine.iterrows())
            continue
        twins = _twins(items, str(standing[assignment]), set(mine["sis_id"].dropna()))
        yield from _verdicts(mine, [_delete_assignment(sis, section, items, twin) for twin in twins])


def _twins(items: pd.DataFrame, kept_id: str, told_ids: set[str]) -> list[str]:
    """Items of ours beside the one that the ledger knows. A mark alone could have been copied by a teacher, to make something else of it."""
    kept, others = items[items[_ITEM] == kept_id], items[items[_ITEM] != kept_id]
    if kept.empty:
        return []
    copied = pd.MultiIndex.from_frame(others[_COPIED]).isin(pd.MultiIndex.from_frame(kept[_COPIED]))
    return list(others.loc[others[_ITEM].isin(told_ids) | (copied & others["ours"]), _ITEM])


def _delete_assignment(sis: SisClient, section: str, items: pd.DataFrame, twin: str) -> bool:
    """Whether the twin is gone; one with scores in it stays, for somebody uses it."""
    if len(sis.read_scores(section, [twin])):
        return False
    row = items[items[_ITEM] == twin].iloc[0]
    write = AssignmentWrite(
        key=twin,
        sis_section_id=section,
        sis_assignment_id=twin,
        our_id=str(row["our_id"] or ""),
        name=str(row["name"]),
        description="",
        points_possible=0.0,
        due_date=None,
        due_at=None,
        assign_date=None,
        category_id="",
    )
    return _is_gone(sis.delete_assignment(write))


def _scores(sis: SisClient, ledger: Ledger, section: str, rows: pd.DataFrame) -> Iterator[_Verdict]:
    """Doubted scores of one section: every record that is ours and not the ledger's goes."""
    if rows.empty or "grade" not in sis.allocates:
        yield from (_Verdict(row) for _, row in rows.iterrows())
        return
    items = _accepted(ledger.assignments([section]), _ITEM).set_index(A)[_ITEM]
    scores = ledger.scores([section])
    known, unknown = _accepted(scores, _SCORE).set_index([A, P])[_SCORE], scores[scores["outcome"] == Outcome.UNKNOWN].set_index([A, P]).index
    rows = rows.assign(our_id=score_ids(ledger.id_name, rows[S], rows[A], rows[P]))
    marks = sis.read_marks(section, sorted(set(items.reindex(rows[A].unique()).dropna())))
    for (assignment, student), mine in rows.groupby([A, P]):
        if (assignment, student) not in known.index:
            yield from (_Verdict(row, settled=(assignment, student) not in unknown) for _, row in mine.iterrows())
            continue
        marked = marks.loc[marks["our_id"].eq(mine["our_id"].iloc[0]), _SCORE]
        twins = {*marked, *mine["sis_id"].dropna()} - {known[assignment, student]}
        yield from _verdicts(mine, [_is_gone(sis.delete_score(twin)) for twin in sorted(twins)])


def _verdicts(doubted: pd.DataFrame, gone: list[bool]) -> Iterator[_Verdict]:
    code = "" if not gone else GONE if all(gone) else STANDS
    yield from (_Verdict(row, code, settled=all(gone)) for _, row in doubted.iterrows())


def _is_gone(receipt: Receipt) -> bool:
    return receipt.outcome is Outcome.ACCEPTED


def _accepted(ledger: pd.DataFrame, sis_id: str) -> pd.DataFrame:
    """Ledger rows of what stands, with its id in the SIS."""
    return ledger[ledger["outcome"].eq(Outcome.ACCEPTED) & ledger["fingerprint"].notna() & ledger[sis_id].notna()]
