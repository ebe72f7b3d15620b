"""Frames into tables and back, many rows at a time, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Column, Connection, Select, Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

_CHUNK = 1_000
_PAGE = 50_000
Record = dict[str, Any]
Values = dict[str, Any]


def records(frame: pd.DataFrame, columns: Iterable[str]) -> list[Record]:
    """One dict per row with these columns; what is missing in the frame is None."""
    rows: list[Record] = pa.Table.from_pandas(frame[list(columns)], preserve_index=False).to_pylist()
    return rows


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The dialect's INSERT that can say what happens to a row that is there already; finish it with `replacing`."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def replacing(statement: postgresql.Insert | sqlite.Insert, table: Table, values: Values) -> Any:
    """The INSERT, where a row with the same primary key gets these values instead."""
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def replace_all(connection: Connection, table: Table, rows: list[Record]) -> None:
    """Insert these rows; one that is there already is replaced as a whole."""
    if rows:
        statement = upsert(connection, table)
        keys = {column.name for column in table.primary_key.columns}
        connection.execute(replacing(statement, table, {name: statement.excluded[name] for name in rows[0] if name not in keys}), rows)


def change(connection: Connection, table: Table, keys: Sequence[str], rows: list[Record], **fixed: Any) -> int:
    """Set each row's other columns, and the fixed ones, where its key columns match; how many rows were changed."""
    if not rows:
        return 0
    statement = update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in keys)).values(fixed)
    changed = connection.execute(statement, [{(f"key_{name}" if name in keys else name): value for name, value in row.items()} for row in rows])
    return changed.rowcount


def remove(connection: Connection, table: Table, keys: Sequence[str], rows: list[Record]) -> int:
    """Delete the rows with these keys; how many there were."""
    if not rows:
        return 0
    statement = delete(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
    return connection.execute(statement, [{f"key_{name}": row[name] for name in keys} for row in rows]).rowcount


def chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """The values in pieces that fit into one statement's IN list on every database."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def read(connection: Connection, statement: Select[Any], column: Column[Any], values: Sequence[str] | None) -> pd.DataFrame:
    """The statement's rows whose `column` is one of the values (None: all), as an Arrow-backed frame."""
    if values is None:
        return _frame(connection, statement, [statement])
    wanted = sorted(set(values))
    return _frame(connection, statement, [statement.where(column.in_(chunk)) for chunk in chunks(wanted)])


def _frame(connection: Connection, statement: Select[Any], parts: Iterable[Select[Any]]) -> pd.DataFrame:
    names = [column.name for column in statement.selected_columns]
    pages = [
        pa.table([pa.array(values) for values in zip(*page, strict=True)], names=names)
        for part in parts
        for page in connection.execute(part.execution_options(yield_per=_PAGE)).partitions()
        if page
    ]
    if not pages:
        return pd.DataFrame(columns=names, dtype="str")
    return pa.concat_tables(pages, promote_options="permissive").to_pandas()
