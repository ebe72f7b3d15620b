"""The gradebook service: reads of what stands there, PUT as create or replace, DELETE, and 1.2's batch POSTs (§3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.oneroster import bodies
from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.errors import RefusedError, invalid, unknown
from include.sandbox.oneroster.provider import Provider
from include.sandbox.oneroster.query import headers, page, read
from include.sandbox.oneroster.render import seen, shown
from include.sandbox.oneroster.rules import check_deletable, check_line_item, check_result, cut_to_day
from include.sandbox.oneroster.shapes import SINGULAR
from include.sandbox.serving import count_rows

_JSON = "application/json"
_BY_RULE = frozenset({"category", "dueDate"})  # the standard demands them; whether the vendor does, and in which words, is in rules.py


def root(request: Request) -> str:
    """The server's address as the client called it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def answer(content: Mapping[str, Any], status: int = 200, more: Mapping[str, str] | None = None, media_type: str = _JSON) -> Response:
    """A JSON answer."""
    return Response(json.dumps(content, separators=(",", ":"), ensure_ascii=False), status, more, media_type)


def collection_answer(provider: Provider, request: Request, collection: str, rows: Iterable[Row]) -> Response:
    """One page of a collection."""
    traits, params = provider.traits, dict(request.query_params)
    query = read(params, collection, traits.version, traits.page_limit)
    chosen, total = page([seen(row, collection, traits) for row in rows], query)
    address = root(request)
    odd = provider.oddities
    content = {collection: [odd.shown(shown(row, collection, traits, address, query.only), collection) for row in chosen]}
    return answer(content, 200, headers(f"{address}{request.url.path}", params, query, total))


def object_answer(provider: Provider, request: Request, collection: str, row: Row | None, sourced_id: str) -> Response:
    """One object; 404 where there is none."""
    if row is None:
        raise unknown(SINGULAR[collection], sourced_id)
    traits = provider.traits
    params = {name: value for name, value in request.query_params.items() if name == "fields"}
    only = read(params, collection, traits.version, traits.page_limit).only
    told = shown(seen(row, collection, traits), collection, traits, root(request), only)
    return answer({SINGULAR[collection]: provider.oddities.shown(told, collection)})


def is_listed(provider: Provider, row: Row) -> bool:
    """Whether a category shows up at all: hidden ones do not everywhere."""
    return row.get("_state", "active") != "hidden" or provider.traits.hidden_as == "metadata"


def put(provider: Provider, request: Request, body: bytes, collection: str) -> Response:
    """Create or replace. The id stands in the path, or is allocated where the vendor does it so (\"modified\" PUT)."""
    traits, path_id = provider.traits, request.path_params.get("id", "")
    record = bodies.one(body, collection, traits.version, traits.strict)
    sourced_id = path_id or _next_id(provider)
    row = bodies.row(record, collection, traits.version, strict=traits.strict, optional=_BY_RULE if path_id else _BY_RULE | {"sourcedId"})
    if row.setdefault("sourcedId", sourced_id) != sourced_id:
        raise invalid(f"The sourcedId in the body ({row['sourcedId']}) is not the one in the path ({sourced_id})")
    before = store(provider, collection, row, allocated=not path_id)
    status = 201 if before is None else 200
    status, with_record = _put_answer(provider.oddities.put_answer, status, traits.answer_record)
    if not with_record and path_id:
        return Response(status_code=status)
    kept = provider.store.rows[collection][sourced_id]
    told = shown(seen(kept, collection, traits), collection, traits, root(request))
    return answer({SINGULAR[collection]: provider.oddities.shown(told, collection)}, status)


_PUT_ANSWERS = {
    "empty_200": (200, False),
    "empty_201": (201, False),
    "no_content": (204, False),
    "record_200": (200, True),
    "record_201": (201, True),
}


def _put_answer(odd: str, status: int, with_record: bool) -> tuple[int, bool]:
    """(status, whether the record goes along): the oddity's way, or the vendor's."""
    return _PUT_ANSWERS.get(odd, (status, with_record))


def _next_id(provider: Provider) -> str:
    return f"A-{provider.store.allocated + 1:06d}"


def store(provider: Provider, collection: str, row: Row, *, allocated: bool = False) -> Row | None:
    """Check one row, complete it and keep it; answers what stood there before."""
    provider.oddities.check(row)
    before = provider.store.rows[collection].get(row["sourcedId"])
    row.setdefault("status", "active")
    _COMPLETE[collection](provider, row, before)
    provider.store.put(collection, row, allocated=allocated)
    return before


def _complete_line_item(provider: Provider, row: Row, before: Row | None) -> None:
    traits = provider.traits
    for name in ("title", "class"):
        if name not in row:
            raise invalid(f"{name} is missing")
    if not traits.category_required and "category" not in row and before is not None and "category" in before:
        row["category"] = before["category"]  # what a teacher filed stays filed
    cut_to_day(row, traits)
    check_line_item(row, before, traits, provider.roster, provider.store)
    row.setdefault("assignDate", f"{provider.roster.today}T12:00:00.000Z")
    if traits.version == "1.2":
        row["school"] = provider.roster.rows["classes"][row["class"]]["school"]
    row["_by"] = "sync" if before is None else before["_by"]
    if traits.third_party_lock:
        row["_locked"] = True
    if before is not None and before.get("_trashed"):
        row["_trashed"] = True


def _complete_result(provider: Provider, row: Row, before: Row | None) -> None:
    for name in ("lineItem", "student", "scoreStatus"):
        if name not in row:
            raise invalid(f"{name} is missing")
    check_result(row, before, provider.traits, provider.roster, provider.store)
    row.setdefault("scoreDate", provider.roster.today.isoformat())
    if provider.traits.version == "1.2":
        row["class"] = provider.store.rows["lineItems"][row["lineItem"]]["class"]


def _complete_category(provider: Provider, row: Row, before: Row | None) -> None:
    if not row.get("title", "").strip():
        raise invalid("title is missing")
    class_id = str(row.get("metadata", {}).get("classId", before.get("_class", "") if before else ""))
    if class_id and class_id not in provider.roster.courses_by_class:
        raise provider.traits.refuse("class_unknown", class_id)
    row |= {"_class": class_id, "_state": before.get("_state", "active") if before else "active"}


def _complete_score_scale(provider: Provider, row: Row, _before: Row | None) -> None:
    for name in ("title", "type", "class", "scoreScaleValue"):
        if name not in row:
            raise invalid(f"{name} is missing")
    if row["class"] not in provider.roster.courses_by_class:
        raise provider.traits.refuse("class_unknown", row["class"])


_COMPLETE = {
    "lineItems": _complete_line_item,
    "results": _complete_result,
    "categories": _complete_category,
    "scoreScales": _complete_score_scale,
}


def delete(provider: Provider, request: Request, collection: str) -> Response:
    """204. The record is then gone, or stays readable as `tobedeleted` (§3.2)."""
    sourced_id = request.path_params["id"]
    check_deletable(collection, sourced_id, provider.traits, provider.store)
    if provider.traits.deleted == "gone":
        provider.store.drop(collection, sourced_id)
    else:
        provider.store.change(collection, sourced_id, status="tobedeleted")
    return Response(status_code=204)


def post_batch(provider: Provider, request: Request, body: bytes, collection: str, belongs: Mapping[str, str]) -> Response:
    """Create many; the provider allocates the ids and answers the pairs (§3.3).

    What is refused has no pair; only when nothing was taken is the whole batch refused. `belongs` are links that the path fixes.
    """
    traits = provider.traits
    records = bodies.many(body, collection, traits.version)
    count_rows(request, len(records))
    pairs: list[dict[str, str]] = []
    first: RefusedError | None = None
    for record in records:
        try:
            pairs.append(_post_one(provider, record, collection, belongs))
        except RefusedError as refused:
            if refused.status >= 500:
                raise
            first = first or refused
    if first is not None and not pairs:
        raise first
    return answer({"sourcedIdPairs": pairs}, 201)


def _post_one(provider: Provider, record: Mapping[str, Any], collection: str, belongs: Mapping[str, str]) -> dict[str, str]:
    row = bodies.row(record, collection, provider.traits.version, strict=provider.traits.strict, optional=_BY_RULE)
    supplied = row.get("sourcedId", "")
    if not supplied:
        raise invalid("sourcedId is missing")
    for name, expected in belongs.items():
        if row.get(name, expected) != expected:
            raise invalid(f"{name} {row[name]} is not the one in the path ({expected})")
    row |= dict(belongs)
    provider.oddities.check(row)
    row |= {"sourcedId": _next_id(provider)}
    store(provider, collection, row, allocated=True)
    return {"suppliedSourcedId": supplied, "allocatedSourcedId": row["sourcedId"]}


def rows(provider: Provider, collection: str) -> Sequence[Row]:
    """All rows of a collection, as far as they are listed."""
    kept = provider.store.rows[collection].values()
    return [row for row in kept if is_listed(provider, row)] if collection == "categories" else list(kept)
