"""Following Canvas's pages: by the `next` link alone, and never to another host (reference: canvas-api.md §1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from include.errors import SourceError

_MOST_PAGES = 20_000  # a list that has more than this runs in a circle of ever new links


@dataclass(frozen=True)
class Page:
    """One page of a list: where it came from (path and query), and its body as it came."""

    source: str
    body: bytes


def pages(fetch: Callable[[str], requests.Response], first: str) -> Iterator[Page]:
    """All pages from the first URL on. A short or empty page is not the end; a missing `next` is."""
    url: str | None = first
    seen: set[str] = set()
    while url is not None:
        if url in seen or len(seen) >= _MOST_PAGES:
            raise SourceError(f"Canvas's pages of {urlsplit(first).path} run in a circle: page {len(seen) + 1} repeats an earlier one")
        seen.add(url)
        answer = fetch(url)
        parts = urlsplit(url)
        yield Page(f"{parts.path}?{parts.query}", answer.content)
        url = _next(answer, first)


def _next(answer: requests.Response, first: str) -> str | None:
    if "next" not in answer.headers.get("Link", ""):  # most lists have one page, and links of long addresses take long to take apart
        return None
    url = answer.links.get("next", {}).get("url")
    if url is None:
        return None
    ours, theirs = urlsplit(first), urlsplit(url)
    if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        raise SourceError(
            f"Canvas's next page of {ours.path} lies at {theirs.scheme}://{theirs.netloc}, but the connection's host is "
            f"{ours.scheme}://{ours.netloc}; the token goes to that host alone: put the address that Canvas uses for itself into the connection"
        )
    return str(url)
