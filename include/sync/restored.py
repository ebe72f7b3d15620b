"""Whether a SIS was restored to an earlier state: items that it accepted are gone, or their IDs belong to other items, in several sections (I-4)."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from include.gradebook.among import among
from include.sync.draft import A, S, Standing
from include.sync.matching import known_items
from include.sync.plan import SisRead

LEAST = 3
"""So many items must be gone or taken, in at least two sections: a teacher who empties one gradebook is no restore."""

SHARE = 0.2
"""And at least this share of all accepted items in the sections that were read."""


def restored(standing: Standing, sis: SisRead, since: datetime) -> str:
    """What shows that this is an earlier state of the SIS; empty where nothing does. Items accepted before `since` do not count."""
    rows = standing.assignments
    rows = rows[rows["outcome"].eq("accepted") & rows["fingerprint"].notna() & (rows["accepted_at"] > since)]
    rows = rows[rows["sis_assignment_id"].notna() & rows[S].isin(sis.sections.sections.loc[sis.sections.sections["found"], S])]
    named = rows.assign(known_id=rows["sis_assignment_id"], known_our_id=rows["our_id"], known_name=rows["name"])
    item, stranger = known_items(named, sis.assignments)
    marked = among(rows, sis.assignments, [S, "our_id"])
    taken, gone = rows[stranger.notna() & ~marked], rows[item.isna() & stranger.isna() & ~marked]
    lost = pd.concat([taken, gone])
    many = lost[S].nunique() > 1 and len(lost) >= max(LEAST, SHARE * len(rows))
    if not many and taken[S].nunique() < 2:  # a database gives no ID twice: two taken ones are enough
        return ""
    first = lost.sort_values([S, A]).iloc[0]
    return (
        f"{len(lost)} of the {len(rows)} assignments that this SIS accepted are no longer there ({len(gone)} are gone, {len(taken)} IDs belong to "
        f"other items), in {lost[S].nunique()} sections; the first is {first['sis_assignment_id']} in section {first[S]}. The SIS may have been "
        "restored from a backup."
    )
