"""Following Canvas's pages: by the `next` link alone, and never to another host (reference: canvas-api.md §1.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

import requests

from include.canvas import answers
from include.errors import SourceError

_MOST_PAGES = 20_000  # a list that has more than this runs in a circle of ever new links
_NUMBER = re.compile(r"(?<=[?&]page=)(\d+)(?=&|$)")
_EMPTY = 8  # bytes of a page without rows, at most
_PARTS = 3  # what stands before the page's number, the number, and the rest

Fetch = Callable[[str], requests.Response]


@dataclass(frozen=True)
class Page:
    """One page of a list: where it came from (path and query), and its body as strict JSON."""

    source: str
    body: bytes


def pages(fetch: Fetch, first: str) -> Iterator[Page]:
    """All pages from the first URL on. A short or empty page is not the end; a missing `next` is.

    SourceError where the list does not end: links in a circle, the same rows under ever new links, more than 20,000 pages (I-8).
    """
    url: str | None = first
    seen: set[str] = set()
    bodies: set[int] = set()
    while url is not None:
        if url in seen or len(seen) >= _MOST_PAGES:
            raise SourceError(f"Canvas's pages of {urlsplit(first).path} run in a loop: page {len(seen) + 1} repeats an earlier one")
        seen.add(url)
        answer = fetch(url)
        parts, body = urlsplit(url), answers.body(answer)
        _refuse_repeat(bodies, body, parts.path, len(seen))
        yield Page(f"{parts.path}?{parts.query}", body)
        url = _next(answer, first)


def _refuse_repeat(bodies: set[int], body: bytes, path: str, number: int) -> None:
    """Raise SourceError where an earlier page had the same rows; pages without rows may follow one another."""
    digest = hash(body)  # 64 bits
    if digest in bodies and len(body) > _EMPTY:
        raise SourceError(f"Canvas's pages of {path} run in a loop: page {number} has the rows of an earlier one. Ask Canvas support")
    bodies.add(digest)


def pages_ahead(fetch: Fetch, first: str, at_once: int) -> Iterator[Page]:
    """The same of a long list, some pages at once: where the first page's `next` and `last` differ in nothing but the page's number, those between
    are asked for before a page has named them. Still `next` alone is followed: what was asked for in vain is not used."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="pages") as pool:
        try:
            yield from pages(_Ahead(fetch, pool, 2 * at_once).fetch, first)
        finally:
            pool.shutdown(cancel_futures=True)


class _Ahead:
    """Answers to the next few addresses of a list, by address."""

    def __init__(self, fetch: Fetch, pool: Executor, most: int) -> None:
        self._fetch, self._pool, self._most = fetch, pool, most
        self._coming: dict[str, Future[requests.Response]] = {}
        self._left: Iterator[str] | None = None

    def fetch(self, url: str) -> requests.Response:
        """The answer for this address, which may be under way already; those that are likely to follow are asked for."""
        asked = self._coming.pop(url, None)
        answer = asked.result() if asked else self._fetch(url)
        if self._left is None:
            self._left = _between(answer, url)
        for likely in islice(self._left, self._most - len(self._coming)):
            self._coming[likely] = self._pool.submit(self._fetch, likely)
        return answer


def _between(answer: requests.Response, first: str) -> Iterator[str]:
    """Addresses from `next` to `last`, where both are one but for a page's number; none where they are not."""
    following, last = (_NUMBER.split(url or "") for url in (_next(answer, first), answer.links.get("last", {}).get("url")))
    if len(following) != _PARTS or following[::2] != last[::2]:
        return iter(())
    return (f"{following[0]}{number}{following[2]}" for number in range(int(following[1]), min(int(last[1]), _MOST_PAGES) + 1))


def _next(answer: requests.Response, first: str) -> str | None:
    if "next" not in answer.headers.get("Link", ""):  # most lists have one page, and links of long addresses take long to take apart
        return None
    url = answer.links.get("next", {}).get("url")
    if url is None:
        return None
    ours, theirs = urlsplit(first), urlsplit(url)
    if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        raise SourceError(
            f"Canvas's next page of {ours.path} is at {theirs.scheme}://{theirs.netloc}, but the connection's host is "
            f"{ours.scheme}://{ours.netloc}; the token is sent only to that host. Enter the URL that Canvas uses for itself in the connection"
        )
    return str(url)
