"""filter, sort, limit, offset and fields of a collection read, and its `Link` and `X-Total-Count` headers (oneroster-gradebook.md §6)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.errors import RefusedError
from include.sandbox.oneroster.shapes import fields

_CLAUSE = re.compile(r"\s*([\w.]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'\s*")
_JOINED = re.compile(rf"({_CLAUSE.pattern})(?:\s(AND|OR)\s({_CLAUSE.pattern}))?")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "~": lambda value, part: str(part) in str(value),
}
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Query:
    """A collection read, understood."""

    limit: int
    offset: int
    sort: str
    descending: bool
    test: Test | None
    only: tuple[str, ...]


def read(params: Mapping[str, str], collection: str, version: str, page_limit: int) -> Query:
    """The query of a request. Raises the version's refusal for what it cannot understand."""
    only = tuple(name for name in params.get("fields", "").split(",") if name) if "fields" in params else ()
    unknown = [name for name in only if name not in fields(collection, version)]
    if unknown or ("fields" in params and not only):
        raise RefusedError(400, "invalid_selection_field", f"Not a field of {collection}: {', '.join(unknown) or '(empty)'}")
    sort = params.get("sort", "")
    if sort and sort.partition(".")[0] not in fields(collection, version):
        raise RefusedError(400, "invalid_selection_field" if version == "1.2" else "invalid_sort_field", f"Not a field of {collection}: {sort}")
    order = params.get("orderBy", "asc")
    if order not in ("asc", "desc"):
        raise RefusedError(400, "invalid_selection_field", f"orderBy must be asc or desc, not {order}")
    test = _filter(params["filter"], collection, version) if "filter" in params else None
    limit = min(_count(params, "limit", 100, 1, version), page_limit)
    return Query(limit, _count(params, "offset", 0, 0, version), sort, order == "desc", test, only)


def _count(params: Mapping[str, str], name: str, default: int, least: int, version: str) -> int:
    text = params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least or len(text) > 10:
        raise RefusedError(422 if version == "1.2" else 400, "invaliddata", f"{name} must be a whole number of at least {least}, not {text}")
    return int(text)


def _filter(text: str, collection: str, version: str) -> Test:
    match = _JOINED.fullmatch(text)
    if not match:
        raise RefusedError(400, "invalid_filter_field", f"The filter cannot be understood: {text}")
    first, joint, second = match.group(1), match.group(5), match.group(6)
    tests = [_clause(clause, collection, version) for clause in (first, second) if clause is not None]
    both = all if joint != "OR" else any
    return lambda row: both(test(row) for test in tests)


def _clause(clause: str, collection: str, version: str) -> Test:
    match = _CLAUSE.fullmatch(clause)
    name, sign, value = match.groups() if match else ("", "=", "")
    if name.partition(".")[0] not in fields(collection, version):
        raise RefusedError(400, "invalid_filter_field", f"Not a field of {collection}: {name}")
    compare = _COMPARE[sign]

    def test(row: Row) -> bool:
        values = look_up(row, name)
        if sign == "!=":
            return all(_holds(compare, one, value) for one in values)
        return any(_holds(compare, one, value) for one in values)

    return test


def _holds(compare: Callable[[Any, Any], bool], have: Any, value: str) -> bool:
    if isinstance(have, int | float) and not isinstance(have, bool):
        try:
            return compare(have, float(value))
        except ValueError:
            return False
    return compare(str(have).casefold(), value.casefold())


def look_up(row: Row, path: str) -> list[Any]:
    """All values below a dotted path; a link is the id that it carries."""
    values: list[Any] = [row]
    for part in path.split("."):
        below: list[Any] = []
        for value in values:
            if isinstance(value, Mapping):
                found = value.get(part)
                below.extend(found if isinstance(found, list) else [] if found is None else [found])
            elif part == "sourcedId":
                below.append(value)
        values = below
    return values


def page(rows: Sequence[Row], query: Query) -> tuple[Sequence[Row], int]:
    """(the rows of this page, how many there are after the filter)."""
    if query.test:
        rows = [row for row in rows if query.test(row)]
    if query.sort:
        rows = sorted(rows, key=lambda row: [(isinstance(one, str), one) for one in look_up(row, query.sort)], reverse=query.descending)
    return rows[query.offset : query.offset + query.limit], len(rows)


def headers(address: str, params: Mapping[str, str], query: Query, total: int) -> dict[str, str]:
    """`X-Total-Count`, and `Link` where there is another page. `address` is the URL without its query."""
    last = max(0, (total - 1) // query.limit * query.limit)
    places = {"first": 0, "last": last}
    if query.offset + query.limit < total:
        places["next"] = query.offset + query.limit
    if query.offset > 0:
        places["prev"] = max(0, query.offset - query.limit)

    def url(offset: int) -> str:
        return f"{address}?{urlencode({**params, 'limit': str(query.limit), 'offset': str(offset)})}"

    links = ", ".join(f'<{url(offset)}>; rel="{name}"' for name, offset in places.items())
    return {"X-Total-Count": str(total), **({"Link": links} if total > query.limit or query.offset else {})}
