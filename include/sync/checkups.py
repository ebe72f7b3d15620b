"""How each connection was when a person last tested it: kept, so that everybody sees it, with the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from include.sync import bulk, state
from include.sync.tables import CHECKUPS

Key = tuple[str, str]


def note(engine: Engine, key: Key, missing: Sequence[str], who: str, when: datetime) -> None:
    """The result of one test; `missing` has a sentence for each thing, none when all is well."""
    connection, target = key
    row = {"connection": connection, "target": target, "well": not missing, "told": "\n".join(missing), "checked_by": who, "checked_at": when}
    with state.writing(engine) as opened:
        bulk.replace_all(opened, CHECKUPS, [row])


def last(engine: Engine, targets: Iterable[str]) -> dict[Key, dict[str, Any]]:
    """The last result by connection and target."""
    with engine.connect() as opened:
        rows = opened.execute(select(CHECKUPS).where(CHECKUPS.c.target.in_(list(targets)))).mappings()
        return {(row["connection"], row["target"]): {**row, "missing": row["told"].splitlines()} for row in rows}
