"""A target that was renamed: everything that the state database keeps under a former name becomes its own, once (I-6).

Our IDs in the SIS are made from the target's first name and stay what they are. A rename that was not declared stops the run before it reads a thing.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, Table, and_, delete, exists, func, insert, literal, select

from include.district import District, Target
from include.errors import ConfigError
from include.sync import bulk, state
from include.sync.tables import LEDGER_ASSIGNMENTS, METADATA, TARGET_NAMES

_COPIES = LEDGER_ASSIGNMENTS.c.target


def check_name(district: District, target: Target) -> None:
    """Take over what former names hold; ConfigError for a rename that the district file does not tell, or tells in part."""
    with state.writing(state.engine(district.state)) as connection:
        _take_over(connection, target)
        _refuse_other_ids(connection, target)
        _refuse_undeclared(connection, district, target)
        bulk.replace_all(connection, TARGET_NAMES, [{"target": target.name, "sis": target.sis, "id_name": target.id_name}])


def take_over(engine: Engine, target: Target) -> None:
    """Make what the target's former names hold its own; nothing happens where they hold nothing."""
    with state.writing(engine) as connection:
        _take_over(connection, target)


def _take_over(connection: Connection, target: Target) -> None:
    for former in target.formerly or ():
        held = [table for table in METADATA.sorted_tables if "target" in table.c and _any(connection, table, former)]
        if LEDGER_ASSIGNMENTS in held and _any(connection, LEDGER_ASSIGNMENTS, target.name):
            raise ConfigError(
                f'target {target.name}: it has a ledger of its own, and so has its former name "{former}". One SIS assignment can have one entry: '
                "remove the name from formerly, or delete one ledger course by course (python -m include.forgetting course)"
            )
        if LEDGER_ASSIGNMENTS in held:  # then nothing was sent under the new name, and its IDs are those of the former one
            connection.execute(delete(TARGET_NAMES).where(TARGET_NAMES.c.target == target.name))
        for table in held:
            _copy(connection, table, former, target.name)
        for table in reversed(held):
            connection.execute(delete(table).where(table.c.target == former))


def _copy(connection: Connection, table: Table, former: str, name: str) -> None:
    """Under the new name what stood under the former one. What was set under the new name already is newer, and stays."""
    mine = table.alias()
    key = [column.name for column in table.primary_key if column.name != "target"]
    there = exists().where(mine.c.target == name, and_(*(mine.c[part] == table.c[part] for part in key)) if key else literal(value=True))
    columns = [column.name for column in table.c if column.name != "target"]
    rows = select(literal(name), *(table.c[column] for column in columns)).where(table.c.target == former, ~there)
    connection.execute(insert(table).from_select(["target", *columns], rows))


def _any(connection: Connection, table: Table, name: str) -> bool:
    return connection.execute(select(literal(value=True)).where(table.c.target == name).limit(1)).scalar() is not None


def _refuse_other_ids(connection: Connection, target: Target) -> None:
    """IDs in the SIS were made from one name: another one would match none of them, and create every item again."""
    made_from = connection.execute(select(TARGET_NAMES.c.id_name).where(TARGET_NAMES.c.target == target.name)).scalar_one_or_none()
    if made_from not in (None, target.id_name):
        names = ", ".join([str(made_from), *(name for name in target.formerly or () if name != made_from)])
        raise ConfigError(
            f'target {target.name}: its IDs in the SIS were made from the name "{made_from}", and the district file says "{target.id_name}". '
            f"Set formerly: [{names}]. Nothing was sent"
        )


def _refuse_undeclared(connection: Connection, district: District, target: Target) -> None:
    """A target without a ledger was renamed where one of the same SIS that is gone from the file has one, unless the file says `formerly: []`.

    So was one whose `formerly` names only a part of its former names.
    """
    if target.formerly == () or _any(connection, LEDGER_ASSIGNMENTS, target.name):
        return
    known = {*district.targets, *(name for other in district.targets.values() for name in other.formerly or ())}
    query = select(_COPIES, func.count()).outerjoin_from(LEDGER_ASSIGNMENTS, TARGET_NAMES, TARGET_NAMES.c.target == _COPIES)
    same = TARGET_NAMES.c.sis.is_(None) | (TARGET_NAMES.c.sis == target.sis)  # null: it has not run since this is noted
    gone = connection.execute(query.where(_COPIES.not_in(known), same).group_by(_COPIES).order_by(_COPIES)).all()
    if gone:
        names = " or ".join(f'"{name}" ({count:,} SIS assignments)' for name, count in gone)
        told = f"[{', '.join([*target.formerly, str(gone[0][0])])}]" if target.formerly else gone[0][0]
        raise ConfigError(
            f"target {target.name}: nothing was ever sent under this name, and the ledger of {names} belongs to no target in the district file. "
            f"Was {gone[0][0]} renamed? Set formerly: {told}. If {target.name} is another SIS, set formerly: []. Nothing was sent"
        )
