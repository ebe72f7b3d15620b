"""Frames into tables and back, many rows at a time, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Column, ColumnElement, Connection, Dialect, Select, Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from include.sync.columns import PlainText
from include.text import storable

_CHUNK = 1_000
_PAGE = 50_000
Record = dict[str, Any]
Values = dict[str, Any]


def records(frame: pd.DataFrame, columns: Iterable[str]) -> list[Record]:
    """One dict per row with these columns; what is missing in the frame is None."""
    rows: list[Record] = pa.Table.from_pandas(frame[list(columns)], preserve_index=False).to_pylist()
    return rows


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The dialect's INSERT that can say what happens to a row that is there already; finish it with `replacing`."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def replacing(statement: postgresql.Insert | sqlite.Insert, table: Table, values: Values) -> Any:
    """The INSERT, where a row with the same primary key gets these values instead."""
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def replace_all(connection: Connection, table: Table, rows: Sequence[Record]) -> None:
    """Insert these rows; one that is there already is replaced as a whole."""
    if rows:
        keys = {column.name for column in table.primary_key.columns}
        insert_or_set(connection, table, rows, tuple(rows[0]), tuple(name for name in rows[0] if name not in keys))


def insert_or_set(
    connection: Connection, table: Table, rows: Sequence[Record], names: tuple[str, ...], setting: tuple[str, ...], **same: object
) -> None:
    """Insert these columns of the rows, and the same ones for all; of a row that is there already only `setting` are set."""
    each(connection, _inserting(connection.dialect.name, table, (*names, *same), setting), rows, **same)


def change(connection: Connection, table: Table, keys: Sequence[str], rows: Sequence[Record], **same: object) -> int:
    """Set each row's other columns, and the same ones for all, where its key columns match; how many rows were changed. What is the same for all
    may be an expression."""
    if not rows:
        return 0
    names = tuple(name for name in rows[0] if name not in keys)
    plain = {name: value for name, value in same.items() if name in keys or not isinstance(value, ColumnElement)}
    told = {name: value for name, value in same.items() if name not in plain}
    statement = _changing(table, tuple(keys), (*names, *(name for name in plain if name not in keys)))
    return each(connection, statement.values(told) if told else statement, rows, **plain)


def each(connection: Connection, statement: Any, rows: Sequence[Record], **same: object) -> int:
    """The statement once for each row, and how many rows it changed. Its parameters are columns of the row (it may have more), or the same for all;
    those of a key may be called `key_…`.

    SQLAlchemy would look at the values one by one, which takes longer than the database does. So they go to the driver as they are, but for those
    that its type says how to write.
    """
    if not rows:
        return 0
    compiled = _compiled(statement, connection.dialect)
    names = compiled.positiontup or list(compiled.params)
    known: dict[Any, Any] = {}
    columns = [_column(compiled, name, rows, same, known) for name in names]
    values = list(zip(*columns, strict=True))
    told: Any = values if compiled.positiontup else [dict(zip(names, row, strict=True)) for row in values]
    return connection.exec_driver_sql(compiled.string, told).rowcount


def named(table: Table, names: Iterable[str]) -> Values:
    """Parameters for these columns, called as they are."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


@lru_cache(maxsize=64)
def _inserting(dialect: str, table: Table, names: tuple[str, ...], setting: tuple[str, ...]) -> Any:
    statement = upsert(dialect, table).values(named(table, names))
    if not setting:  # a table that is all key
        return statement.on_conflict_do_nothing()
    return replacing(statement, table, {name: statement.excluded[name] for name in setting})


@lru_cache(maxsize=64)
def _changing(table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    return update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in keys)).values(named(table, names))


@lru_cache(maxsize=64)
def _compiled(statement: Any, dialect: Dialect) -> Any:
    return statement.compile(dialect=dialect)


def _column(compiled: Any, name: str, rows: Sequence[Record], same: Mapping[str, object], known: dict[Any, Any]) -> list[Any]:
    """One parameter's values, as the driver takes them; `known` are values that were written already: a row's moments are often the same one."""
    field = name if name in same or name in rows[0] else name.removeprefix("key_")
    kind = compiled.binds[name].type
    write = kind.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
    if field in same or field not in rows[0]:
        if field not in same and compiled.binds[name].required:
            raise KeyError(field)
        value = same.get(field, compiled.params[name])
        return [write(value) if write else value] * len(rows)
    values = [row[field] for row in rows]
    if write is None or (isinstance(kind, PlainText) and _are_plain(values)):
        return values
    written = known.setdefault(type(kind), {})
    for value in set(values) - written.keys():
        written[value] = write(value)
    return [written[value] for value in values]


def _are_plain(texts: Iterable[str | None]) -> bool:
    """Whether all of them can be stored as they are, looked at together: one by one takes as long as the database does."""
    whole = "".join(text for text in texts if text)
    return storable(whole) == whole


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
