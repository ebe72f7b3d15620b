"""Rows of schema tables, by ranges of one number: a row or a range that cannot be read affects only the numbers it belongs to (I-7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from include.errors import AccessError
from include.sis.powerschool.narrowing import Narrowed, narrow
from include.sis.powerschool.service import BadColumnError, Service
from include.sis.powerschool.values import RowError, whole

COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sections": (("dcid", "id", "termid"), ("schoolid",)),
    "sectionteacher": (("sectionid", "teacherid"), ()),
    "schoolstaff": (("id", "users_dcid"), ()),
    "cc": (("sectionid", "studentid"), ()),
    "students": (("dcid", "id"), ("student_number",)),
    "assignmentscore": (
        ("assignmentsectionid", "studentsdcid"),
        ("assignmentscoreid", "actualscoreentered", "scorepoints", "isexempt", "ismissing", "islate"),
    ),
}
"""Per table the columns that a row cannot be read without, and those that a server may lack."""

_NAME = re.compile(r"[a-z_]+")
Cells = dict[str, Any]


class Tables:
    """Reads schema tables of one connection; columns that a server turns out to lack are not asked for again."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lacking: dict[str, set[str]] = {}

    def read(self, table: str, key: str, numbers: Iterable[int], gap: int, spare: Sequence[str] = ()) -> Narrowed[int, Cells]:
        """Return the rows whose `key` is one of these numbers, without the columns to `spare`.

        The query language has no "or" (§3), so that neighbors are asked for as one range, which may leap over `gap` others.
        """
        wanted = sorted(set(numbers))
        self._lacking.setdefault(table, set()).update(spare)
        parts = [[number for number in wanted if first <= number <= last] for first, last in ranges(wanted, gap)]
        return narrow(parts, partial(self._range, table, key))

    def _range(self, table: str, key: str, numbers: Sequence[int]) -> tuple[list[Cells], str]:
        first, last, wanted = numbers[0], numbers[-1], set(numbers)
        rows, bad = [], ""
        for record in self._records(table, f"{key}=={first}" if first == last else f"{key}=ge={first};{key}=le={last}"):
            try:
                row = cells(record, table)
                if whole(row, key) in wanted:
                    rows.append(row)
            except RowError as error:
                bad = f"a row of the table {table} cannot be read: {error}"
        return rows, bad

    def _records(self, table: str, query: str) -> list[Any]:
        """All rows of a query, without the columns that this server lacks."""
        while True:
            params = {"projection": ",".join(self._columns(table)), "q": query}
            try:
                return list(self._service.pages(f"/ws/schema/table/{table}", params, self._service.metadata.table_page, ("record",)))
            except BadColumnError as error:
                self._leave_out(table, error)

    def _columns(self, table: str) -> list[str]:
        required, optional = COLUMNS[table]
        return [*required, *(name for name in optional if name not in self._lacking[table])]

    def _leave_out(self, table: str, error: BadColumnError) -> None:
        """Ask without the optional column that the error names; where it names none of them, without any."""
        required, optional = COLUMNS[table]
        left = [name for name in optional if name not in self._lacking[table]]
        said = set(_NAME.findall(error.said.lower()))
        named = [name for name in left if name in said]
        if not left or (not named and said & set(required)):
            told = f"{error}. Grade Sync needs {table}.{', '.join(required)}. Ask PowerSchool which version has them"
            raise AccessError(told, said=error.said) from error
        self._lacking[table].update(named or left)


def ranges(numbers: Iterable[int], gap: int) -> list[tuple[int, int]]:
    """Return the numbers as few ranges, none of which leaps over more than `gap` numbers."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number - found[-1][1] <= gap:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def cells(record: Any, table: str) -> Cells:
    """Return the cells of one record of a table, by their columns in lower case. RowError for what is no record."""
    tables = record.get("tables") if isinstance(record, dict) else None
    found = next((value for name, value in tables.items() if str(name).lower() == table), None) if isinstance(tables, dict) else None
    if not isinstance(found, dict):
        raise RowError(f"it has no columns of {table}")
    return {str(name).lower(): value for name, value in found.items()}
