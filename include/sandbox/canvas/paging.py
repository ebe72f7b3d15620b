"""Canvas's two ways to page a list, told by the Link header (canvas-api.md §1.2)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from include.sandbox.canvas.call import Call
from include.sandbox.canvas.errors import not_found

Item = TypeVar("Item")
_LINK_LIMIT = 6144


def per_page(call: Call) -> int:
    """Rows a page: 10 unless asked, clamped to 1..100 without an error."""
    text = call.query.one("per_page")
    return min(100, max(1, int(text))) if text.lstrip("-").isdigit() else 10


def numbered(call: Call, items: Sequence[Item], last: bool = True) -> Sequence[Item]:
    """The page of a list that has page numbers; a number past the end gives an empty one. `last` false: Canvas does not count this list."""
    size, text = per_page(call), call.query.one("page", "1")
    if not text.isdigit() or int(text) < 1:
        raise not_found()
    page, pages = int(text), max(1, -(-len(items) // size))
    links = {"current": str(page), "next": str(page + 1) if page < pages else "", "prev": str(page - 1) if page > 1 else "", "first": "1"}
    _link(call, {**links, "last": str(pages) if last else ""}, size)
    return items[(page - 1) * size : page * size]


def bookmarked(call: Call, items: Sequence[Item], key: Callable[[Item], Any]) -> Sequence[Item]:
    """The page of a list that has opaque bookmarks and no end; `items` are sorted by `key`, which can be JSON."""
    size, text = per_page(call), call.query.one("page", "first")
    start = 0
    if text not in ("first", "1"):
        after = _read(text)
        try:
            start = next((place for place, item in enumerate(items) if key(item) > after), len(items))
        except TypeError as error:
            raise not_found() from error
    page = items[start : start + size]
    more = _bookmark(key(page[-1])) if page and start + size < len(items) else ""
    _link(call, {"current": text, "next": more, "first": "first"}, size)
    return page


def _bookmark(after: object) -> str:
    return "bookmark:" + base64.urlsafe_b64encode(json.dumps(after).encode()).decode()


def _read(text: str) -> Any:
    try:
        word, _, rest = text.partition(":")
        if word != "bookmark":
            raise not_found()
        return json.loads(base64.urlsafe_b64decode(rest))
    except ValueError as error:
        raise not_found() from error


def _link(call: Call, pages: dict[str, str], size: int) -> None:
    request = call.request
    base = (
        f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}{request.scope.get('raw_path', b'').decode() or request.url.path}"
    )
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("page", "per_page", "access_token")]
    links = {rel: f'<{base}?{urlencode([*kept, ("page", page), ("per_page", size)])}>; rel="{rel}"' for rel, page in pages.items() if page}
    for rel in ("last", "first", "prev", "current"):
        if len(",".join(links.values())) > _LINK_LIMIT:
            links.pop(rel, None)
    call.headers["Link"] = ",".join(links.values())
