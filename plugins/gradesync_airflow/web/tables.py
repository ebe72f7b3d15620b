"""A run's log tables straight from their Parquet files: one page, counts, groups, or all of it as CSV. A million rows stay quick and small.

Only column names of the frame's contract get into SQL, everything that a person typed travels as a parameter. One DuckDB per process
keeps memory within one limit, however many people look at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from include.errors import ConfigError, DataError
from include.gradebook.schemas import Frame

if TYPE_CHECKING:
    from upath import UPath

MEMORY = "160MB"
_THREADS = 2
_BATCH = 10_000
_FORMULA = r"^(\s*[=+\-@]|[\t\r\n])"
_NUMBER = "file_row_number"


@dataclass(frozen=True)
class Only:
    """One condition: `is` (this value), `among` (one of `several`), `like` (has this text in it, in any of the columns), `given` (is not empty),
    `empty`."""

    kind: Literal["is", "among", "like", "given", "empty"]
    columns: tuple[str, ...]
    value: str = ""
    several: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """What each of the columns is compared with."""
        return {"is": (self.value,), "like": (self.value,), "among": self.several}.get(self.kind, ())


@dataclass(frozen=True)
class Part:
    """One page of rows, which one it is, how many there are."""

    rows: list[dict[str, Any]]
    number: int
    pages: int
    total: int


class Table:
    """One Parquet file that holds this frame's columns."""

    def __init__(self, path: UPath, frame: Frame) -> None:
        self.frame = frame
        self._cursor = _database(os.getpid()).cursor()
        self._source = _opened(self._cursor, path)

    def page(self, only: Sequence[Only], sort: str = "", descending: bool = False, number: int = 1, size: int = 10) -> Part:
        """One page of the rows that hold all conditions; sorted by one column, else as they were written. Empty cells come last."""
        where, values = self._where(only)
        total = self._rows(self._select("count(*) AS total", where), values)[0]["total"]
        pages = max(1, -(-total // size))
        number = min(max(1, number), pages)
        order = f"{self._column(sort)} {'DESC' if descending else 'ASC'} NULLS LAST, {_NUMBER}" if sort else _NUMBER
        # First which rows, by the one column that sorts; only then the rows themselves: a deep page costs no more memory than the first.
        chosen = self._select(_NUMBER, where, f"ORDER BY {order} LIMIT {size} OFFSET {(number - 1) * size}")
        query = self._select(self._readable(), f"{_NUMBER} IN ({chosen})", f"ORDER BY {order}")
        return Part(self._rows(query, values), number, pages, total)

    def counts(self, columns: Sequence[str], only: Sequence[Only] = (), sum_of: str = "") -> list[dict[str, Any]]:
        """Rows (or the sum of a count column) per combination of these columns, as `count`; the largest first."""
        where, values = self._where(only)
        named = ", ".join(self._column(name) for name in columns)
        counted = f"CAST(sum({self._column(sum_of)}) AS BIGINT)" if sum_of else "count(*)"
        query = self._select(f'{named}, {counted} AS "count"', where, f'GROUP BY {named} ORDER BY "count" DESC, {named}')
        return self._rows(query, values)

    def csv(self, only: Sequence[Only]) -> Iterator[bytes]:
        """The header, then all rows that hold the conditions, in the order in which they were written; no cell runs as a formula."""
        import pyarrow as pa
        import pyarrow.csv

        where, values = self._where(only)
        query = self._select(", ".join(_cell(name, col.kind) for name, col in self.frame.columns.items()), where)
        yield b"\xef\xbb\xbf" + (",".join(f'"{name}"' for name in self.frame.columns) + "\n").encode()
        # `sql` and not `execute`: it hands rows on as they are found, where `execute` would collect them all first.
        with self._cursor.cursor() as cursor:
            for batch in cursor.sql(query, params=values).to_arrow_reader(_BATCH):
                sink = pa.BufferOutputStream()
                pyarrow.csv.write_csv(batch, sink, pyarrow.csv.WriteOptions(include_header=False))
                yield sink.getvalue().to_pybytes()

    def name_of(self, column: str, key: str, value: str) -> str | None:
        """One cell: what `column` says in any row whose `key` is this value (the name that belongs to an id)."""
        query = self._select(f"{self._column(column)} AS name", f"{self._column(key)} = ?", "LIMIT 1")
        found = self._rows(query, [value])
        return found[0]["name"] if found else None

    def _select(self, what: str, where: str, rest: str = "") -> str:
        return " ".join(("SELECT", what, "FROM", self._source, "WHERE", where, rest))

    def _column(self, name: str) -> str:
        if name not in self.frame.columns:
            raise ConfigError(f'{self.frame.name} has no column "{name[:40]}". Use {", ".join(self.frame.columns)}')
        return f'"{name}"'

    def _readable(self) -> str:
        kinds = {name: col.kind for name, col in self.frame.columns.items()}
        return ", ".join(f'epoch_us("{name}") AS "{name}"' if kind == "time" else f'"{name}"' for name, kind in kinds.items())

    def _where(self, only: Sequence[Only]) -> tuple[str, list[str]]:
        parts, values = ["TRUE"], []
        for condition in only:
            columns = [self._column(name) for name in condition.columns]
            if condition.kind == "is":
                parts.append(" OR ".join(f"{column} = ?" for column in columns))
            elif condition.kind == "among":
                parts.append(" OR ".join(f"{column} IN ({', '.join('?' * len(condition.several)) or 'NULL'})" for column in columns))
            elif condition.kind == "like":
                parts.append(" OR ".join(f"contains(lower({column}), lower(?))" for column in columns))
            else:
                parts.append(" AND ".join(f"{column} IS {'NOT ' if condition.kind == 'given' else ''}NULL" for column in columns))
            values += condition.values * len(columns)
        return " AND ".join(f"({part})" for part in parts), values

    def _rows(self, query: str, values: list[str]) -> list[dict[str, Any]]:
        cursor = self._cursor.execute(query, values)
        names = [column[0] for column in cursor.description]
        times = {name for name in names if name in self.frame.columns and self.frame.columns[name].kind == "time"}
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [row | {name: _moment(row[name]) for name in times} for row in rows] if times else rows


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def _cell(name: str, kind: str) -> str:
    """A cell of the CSV: text with an apostrophe before what a spreadsheet would run, times as ISO text, the rest as it is."""
    if kind in ("text", "date"):
        return f"""CASE WHEN regexp_matches("{name}", '{_FORMULA}') THEN '''' || "{name}" ELSE "{name}" END AS "{name}\""""
    if kind == "time":
        return f"""strftime(make_timestamp(epoch_us("{name}")), '%Y-%m-%dT%H:%M:%SZ') AS "{name}\""""
    return f'"{name}"'


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001  # the process is part of the cache's key: a fork must not share it
    folder = tempfile.mkdtemp(prefix="gradesync-pages-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = duckdb.connect(config={"threads": _THREADS, "memory_limit": MEMORY, "temp_directory": folder})
    for setting in ("autoinstall_known_extensions=false", "autoload_known_extensions=false", "max_temp_directory_size='2GB'"):
        made.execute(f"SET {setting}")
    return made


def _opened(cursor: duckdb.DuckDBPyConnection, path: UPath) -> str:
    """The file as DuckDB reads it: local ones itself, others through their fsspec file system."""
    if not path.exists():
        raise DataError(f"{path.name} of this run is not there: the run has not written it, or its files were removed")
    if path.protocol in ("", "file", "local"):
        place = str(path.path)
    else:
        place = f"{path.protocol}://{path.path.removeprefix(f'{path.protocol}://').lstrip('/')}"
        if not cursor.filesystem_is_registered(path.fs.protocol[0] if isinstance(path.fs.protocol, tuple) else path.fs.protocol):
            cursor.register_filesystem(path.fs)
    quoted = place.replace("'", "''")
    return f"read_parquet('{quoted}', {_NUMBER}=true)"
