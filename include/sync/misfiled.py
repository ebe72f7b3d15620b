"""Scores that were sent under a SIS student who is another student now: an ID was corrected, swapped, merged, or reused (I-2)."""

from __future__ import annotations

import pandas as pd

from include.gradebook.among import among, beside
from include.sync.draft import P, S

U = "canvas_user_id"
_NO_ID = "who has no SIS ID in Canvas now"
_NOT_THERE = "who is no longer in these sections (left, deleted, or merged into another user)"


def find_misfiled(accepted: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """LEDGER_SCORES rows whose student is not the student of their Canvas user any more, with three columns more.

    `value` is the SIS student that the score was sent under, `limit` says whose score it is, `sure` whether the other side is known well enough to
    clear the score. `roster` is that of `Filtered`: who is in which SIS section now, under which SIS ID. A student who left is not misfiled.
    """
    known = roster[roster[P].notna()]
    same = among(accepted, known, [S, U, P])
    here, anywhere = among(accepted, roster, [S, U]), among(accepted, known, [U])
    moved = ~here & anywhere & ~among(accepted, known, [U, P])
    other = among(accepted, known, [S, P])
    rows = accepted[~same & (here | moved | other) & accepted[U].notna()]
    now = beside(rows, known, [S, U], [P])[P].fillna(beside(rows, known, [U], [P])[P])
    owner = beside(rows, known, [S, P], [U])[U]
    left = pd.Series(among(rows, roster, [U]), index=rows.index).map({True: _NO_ID, False: _NOT_THERE})
    whose = "Canvas user " + rows[U] + ", " + ("whose SIS ID is now " + now).fillna(left)
    whose = whose.where(owner.isna(), whose + "; the ID now belongs to Canvas user " + owner.fillna(""))
    return rows.assign(value=rows[P], limit=whose, sure=now.notna() | owner.notna())
