"""Which SIS category people chose for a Canvas assignment group, per SIS section (B-1, B-3, B-5).

A stored choice without a category means that somebody set the group to *unassociated* there; no stored choice means that the
name decides (B-2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import Engine, select

from include.errors import ConfigError
from include.gradebook.schemas import CHOICES
from include.sync import bulk, state
from include.sync.tables import CATEGORY_CHOICES as TABLE

_KEY = ["target", *CHOICES.key]


def choices(engine: Engine, target: str, sections: Sequence[str] | None = None) -> pd.DataFrame:
    """The stored choices of these SIS sections (None: of all), as frame CHOICES."""
    statement = select(*(TABLE.c[name] for name in CHOICES.columns)).where(TABLE.c.target == target)
    with engine.connect() as connection:
        found = bulk.read(connection, statement, TABLE.c.sis_section_id, sections)
    return CHOICES.conform(found).sort_values(list(CHOICES.key), ignore_index=True)


def choose(engine: Engine, target: str, rows: pd.DataFrame, who: str, when: datetime) -> None:
    """Store choices (frame CHOICES), in place of those that were there for the same group and section."""
    change(engine, {target: rows}, {}, who, when)


def change(engine: Engine, chosen: Mapping[str, pd.DataFrame], removed: Mapping[str, pd.DataFrame], who: str, when: datetime) -> None:
    """Store choices of some targets and forget others, all of it or nothing; frames CHOICES by target, of those forgotten only the key counts."""
    for rows in chosen.values():
        _once(CHOICES.check(rows))
    with state.writing(engine) as connection:
        for target, rows in removed.items():
            bulk.remove(connection, TABLE, _KEY, [{"target": target, **record} for record in bulk.records(rows, CHOICES.key)])
        for target, rows in chosen.items():
            fixed = {"target": target, "chosen_by": who, "chosen_at": when}
            bulk.replace_all(connection, TABLE, [fixed | record for record in bulk.records(rows, CHOICES.columns)])


def _once(rows: pd.DataFrame) -> None:
    twice = rows.duplicated(list(CHOICES.key))
    if twice.any():
        first = rows[twice].iloc[0]
        raise ConfigError(f"category choices: group {first['canvas_group_id']} in section {first['sis_section_id']} is given twice. Give it once")


def remove(engine: Engine, target: str, rows: pd.DataFrame) -> int:
    """Forget the choices of these groups and sections, so that the name decides again; how many there were."""
    keys = [{"target": target, **record} for record in bulk.records(rows, CHOICES.key)]
    with state.writing(engine) as connection:
        return bulk.remove(connection, TABLE, _KEY, keys)


def chosen_by(engine: Engine, target: str, sections: Sequence[str]) -> pd.DataFrame:
    """Who chose, and when: sis_section_id, canvas_group_id, chosen_by, chosen_at."""
    names = [*CHOICES.key, "chosen_by", "chosen_at"]
    statement = select(*(TABLE.c[name] for name in names)).where(TABLE.c.target == target)
    with engine.connect() as connection:
        return bulk.read(connection, statement, TABLE.c.sis_section_id, sections)
