"""Pages and filters of the roster reads: `page` from 1, `pagesize` up to the plugin's limit, `q` with FIQL-like terms joined by `;`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request

from include.sandbox.powerschool.answers import bad

_TERM = re.compile(r"^([a-z_.]+)(==|=gt=|=ge=|=lt=|=le=)(.*)$")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=gt=": operator.gt,
    "=ge=": operator.ge,
    "=lt=": operator.lt,
    "=le=": operator.le,
}
Row = Mapping[str, Any]


def page_of(request: Request, rows: list[Any], largest: int) -> list[Any]:
    """The asked page of these rows."""
    page, size = _number(request, "page", 1), min(_number(request, "pagesize", largest), largest)
    return rows[(page - 1) * size : page * size]


def number_param(request: Request, name: str) -> int:
    """A required number in the query; 400 without it."""
    value = request.query_params.get(name, "")
    if not value.isdigit():
        raise bad(f"{name} is required and must be a number")
    return int(value)


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, "")
    if value and (not value.isdigit() or int(value) < 1):
        raise bad(f"{name} must be a number of 1 or more")
    return int(value) if value else default


class Query:
    """The filter `q`. There is no "or". A column or form that does not exist is a 400."""

    def __init__(self, text: str, columns: Iterable[str]) -> None:
        known = set(columns)
        self._terms: list[tuple[str, Callable[[Any, Any], bool], str]] = []
        for term in filter(None, text.split(";")):
            match = _TERM.match(term.strip().lower())
            if match is None:
                raise bad(f"query term cannot be understood: {term}")
            column, sign, value = match.groups()
            if column not in known:
                raise bad(f"invalid column in query: {column}")
            self._terms.append((column, _OPERATORS[sign], value))

    def holds(self, row: Row) -> bool:
        """Whether this row is asked for."""
        return all(_holds(row[column], compare, value) for column, compare, value in self._terms)

    def could(self, column: str, cell: int) -> bool:
        """Whether a row with this value in this column may be asked for: spares making rows that are not."""
        return all(_holds(cell, compare, value) for name, compare, value in self._terms if name == column)


def _holds(cell: Any, compare: Callable[[Any, Any], bool], value: str) -> bool:
    if isinstance(cell, int):
        return bool(value.lstrip("-").isdigit() and compare(cell, int(value)))
    return cell is not None and compare(str(cell).lower(), value)
