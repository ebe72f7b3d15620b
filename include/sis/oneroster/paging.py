"""Reading a collection to its end: `next` links on the same host, else by offset and total; never silently half (§6, invariant 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import requests

from include.errors import SourceError
from include.sis.oneroster import answers, records
from include.sis.oneroster.services import Service

Row = dict[str, Any]

MOST_PAGES = 10_000
"""Pages of one list, at most: at 100 rows per page, a million rows. No class, school, or district has a list that long."""


_TOTAL = re.compile(r"\d{1,12}", re.ASCII)


class UnknownPlaceError(Exception):
    """The collection's owner (a class, mostly) is not known to the SIS: 404 on the first page."""


def collection(service: Service, name: str, *parts: str, page_size: int, sort: bool = True, **params: str) -> list[Row]:
    """All records of one collection, each once, also those that cannot be read. `name` is the plural that wraps them.

    UnknownPlaceError when the first page is a 404; SourceError when a page cannot be used, when the list repeats itself or does not end (I-8), or
    when records are missing at the end.
    """
    query: dict[str, str | int] = {"limit": page_size, **({"sort": "sourcedId", "orderBy": "asc"} if sort else {}), **params}
    found: dict[str, Row] = {}
    total = None
    for number, (rows, answer) in enumerate(_pages(service, service.url(*parts), query, name), 1):
        fresh = records.keyed(rows)
        total = _total(answer)
        if not fresh.keys() - found.keys():
            if len(rows) == page_size:  # a full page again: there is more, which the server does not give
                raise SourceError(f"{_place(service, *parts)} repeats: page {number} has the {name} of earlier pages. Ask the SIS vendor")
            break
        if number > MOST_PAGES:
            raise SourceError(f"{_place(service, *parts)} does not end: it has more than {MOST_PAGES:,} pages. Ask the SIS vendor")
        found |= fresh
    if total is not None and len(found) < total:
        raise SourceError(f"{_place(service, *parts)} gave {len(found)} of {total} {name}")
    return list(found.values())


def _pages(service: Service, url: str, query: dict[str, str | int], name: str) -> Iterator[tuple[list[Row], requests.Response]]:
    """The pages one after the other: along new `next` links on our host, else by offset until the total, or the end of all links."""
    links: set[str] = set()
    offset = 0
    answer = service.http.send("GET", url, params=query)
    if answer.status_code == 404:
        raise UnknownPlaceError(url)
    while True:
        rows = _rows(service, answer, name)
        yield rows, answer
        offset += len(rows)
        link, total = answer.links.get("next", {}).get("url", ""), _total(answer)
        if link and service.ours(link) and link not in links:
            links.add(link)
            answer = service.http.send("GET", link)
        elif _is_all(total, offset, len(rows), int(query["limit"])) or (total is None and not link and "Link" in answer.headers):
            return
        else:
            answer = service.http.send("GET", url, params={**query, "offset": offset})


def _is_all(total: int | None, offset: int, rows: int, limit: int) -> bool:
    """Whether the total says so. One that fewer rows than were received are said to be does not count while pages come full."""
    return total is not None and (offset == total or (offset > total and rows < limit))


def _place(service: Service, *parts: str) -> str:
    return f"{service.http.api.name}: {service.url(*parts)}"


def _rows(service: Service, answer: requests.Response, name: str) -> list[Row]:
    said = answers.read(answer)
    rows = said.body.get(name)
    if not said.good:
        raise SourceError(f"{service.http.api.name}: reading {name} failed: {said.coded}", said=said.text)
    if not isinstance(rows, list) or (rows and not any(isinstance(row, dict) and row.get("sourcedId") for row in rows)):
        raise SourceError(f"{service.http.api.name}: reading {name} failed: the response has no list of {name} with their sourcedIds")
    return rows


def _total(answer: requests.Response) -> int | None:
    text = answer.headers.get("X-Total-Count", "").strip()
    return int(text) if _TOTAL.fullmatch(text) else None
