"""Rows of which the SIS may hold more than the ledger says, or something older: written down so that nobody forgets to look (A-22, F-4).

No SIS can be told that a run may not write any more. So a request can still be carried out after another run has looked the row up and sent
it anew: its sender stood still past its lease (`late`), or a proxy kept it. Where the SIS chooses ids a create is then there twice; under our own
id something older stands there. The next run that holds the course sends late rows again (`unsure`), and deletes the twins (`healing.py`).
A doubt claims nothing about the SIS, so whoever has lost the course may write one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from include.sync import bulk, state
from include.sync.bulk import Record
from include.sync.draft import A, P, S, Standing
from include.sync.tables import DOUBTS

_KEY = (S, A, P, "noted_at")
_COLUMNS = (*_KEY, "canvas_course_id", "canvas_user_id", "sis_id", "run_id", "late")


def note(engine: Engine, target: str, rows: Sequence[Record], run_id: str, late: Sequence[str | None] | None = None) -> None:
    """Doubt these rows (PLAN_ASSIGNMENTS or PLAN_SCORES). `late`: they were under way when their run lost the course; for each the id that the
    SIS gave to what it made, where it said so.
    """
    if not rows:
        return
    with state.writing(engine) as connection:
        fixed = {"target": target, "run_id": run_id, "late": late is not None, "noted_at": state.now(connection)}
        told = [
            {S: row[S], A: row[A], P: row.get(P) or "", "canvas_course_id": row["canvas_course_id"], "canvas_user_id": row.get("canvas_user_id")}
            | {"sis_id": sis_id, **fixed}
            for row, sis_id in zip(rows, late or [None] * len(rows), strict=True)
        ]
        bulk.replace_all(connection, DOUBTS, told)


def read(engine: Engine, target: str, sections: Collection[str], run_id: str) -> pd.DataFrame:
    """The doubts about these sections that this run is to look into. What it has sent anew itself is looked at by the next one: it may come yet."""
    statement = select(*(DOUBTS.c[name] for name in _COLUMNS)).where(DOUBTS.c.target == target)
    statement = statement.where(DOUBTS.c.late | (DOUBTS.c.run_id != run_id))
    with engine.connect() as connection:
        return bulk.read(connection, statement, DOUBTS.c.sis_section_id, list(sections))


def unsure(standing: Standing, doubts: pd.DataFrame) -> Standing:
    """What the ledger knows, with late rows as unknown: they are read from the SIS, and sent once more."""
    late = doubts[doubts["late"].astype(bool)] if len(doubts) else doubts
    if late.empty:
        return standing
    copies, scores = late[late[P] == ""], late[late[P] != ""]
    return replace(standing, assignments=_doubted(standing.assignments, copies, [S, A]), scores=_doubted(standing.scores, scores, [S, A, P]))


def forget(engine: Engine, target: str, doubts: pd.DataFrame) -> None:
    """These have been looked into."""
    rows = [{"target": target, **row} for row in bulk.records(doubts, _KEY)]
    with state.writing(engine) as connection:
        bulk.remove(connection, DOUBTS, ["target", *_KEY], rows)


def _doubted(ledger: pd.DataFrame, late: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    hit = pd.MultiIndex.from_frame(ledger[key]).isin(pd.MultiIndex.from_frame(late[key]))
    outcome: Any = ledger["outcome"].mask(pd.Series(hit, index=ledger.index), "unknown")
    return ledger.assign(outcome=outcome)
