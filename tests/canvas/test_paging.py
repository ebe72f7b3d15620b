"""Pages of a long list, some at once: what is told is what following each page's `next` tells, whatever the links look like (canvas-api.md §1.2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from include.canvas.paging import Page, pages, pages_ahead
from include.errors import SourceError, UnavailableError

HOST = "https://canvas.example"
FIRST = f"{HOST}/api/v1/things?per_page=100"


class Book:
    """A list in pages, each known by its address; how many are asked for at the same moment is counted."""

    def __init__(self, links: list[dict[str, str]], pause: float = 0.0) -> None:
        self.links, self.pause = links, pause
        self.addresses = [FIRST, *(link["next"] for link in links if "next" in link)]
        self.asked: list[str] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def fetch(self, url: str) -> requests.Response:
        with self._lock:
            self.asked.append(url)
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.pause)
        with self._lock:
            self._now -= 1
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"[]"
        if url in self.addresses:
            number = self.addresses.index(url)
            answer._content = f"[{number}]".encode()
            answer.headers["Link"] = ",".join(f'<{address}>; rel="{rel}"' for rel, address in self.links[number].items())
        return answer


def page(number: object) -> str:
    return f"{HOST}/api/v1/things?page={number}&per_page=100"


def book(numbers: list[int], last: Callable[[int], str | None], pause: float = 0.0) -> Book:
    """Pages by these numbers; `last` says which address the page before each of them calls the last one."""
    links = [{"next": page(number), **({"last": found} if (found := last(number)) else {})} for number in numbers]
    return Book([*links, {}], pause)


def all_of(made: Book, at_once: int = 4) -> list[Page]:
    return list(pages_ahead(made.fetch, FIRST, at_once))


def test_f3_numbered_pages_are_asked_for_side_by_side_and_once() -> None:
    made = book(list(range(2, 31)), lambda _: page(30), pause=0.01)
    assert all_of(made) == list(pages(made.fetch, FIRST))
    assert made.most == 4
    assert len(made.asked) == 2 * 30


@pytest.mark.parametrize("last", [None, page("bookmark:WyI"), f"{HOST}/api/v1/others?page=9&per_page=100", page(9).replace("100", "50")], ids=str)
def test_where_the_last_page_is_not_told_alike_pages_follow_one_another(last: str | None) -> None:
    made = book([2, 3, 4], lambda _: last, pause=0.01)
    assert [told.body for told in all_of(made)] == [b"[0]", b"[1]", b"[2]", b"[3]"]
    assert (made.most, len(made.asked)) == (1, 4)


@given(st.lists(st.integers(2, 40), unique=True, max_size=12), st.integers(1, 60), st.integers(1, 5))
def test_invariant_6_whatever_the_last_link_says_the_pages_are_those_that_next_names(numbers: list[int], last: int, at_once: int) -> None:
    made = book(numbers, lambda _: page(last))
    assert [told.body for told in all_of(made, at_once)] == [f"[{number}]".encode() for number in range(len(numbers) + 1)]


def test_f12_no_page_of_another_host_is_asked_for() -> None:
    elsewhere = {rel: f"https://evil.example/api/v1/things?page={number}&per_page=100" for rel, number in (("next", 2), ("last", 9))}
    made = Book([elsewhere, {}])
    with pytest.raises(SourceError, match=r"evil\.example"):
        all_of(made)
    assert made.asked == [FIRST]


def test_a_page_that_cannot_be_had_is_an_error_and_ends_what_is_under_way() -> None:
    made = book(list(range(2, 200)), lambda _: page(199), pause=0.02)
    healthy = made.fetch

    def fetch(url: str) -> requests.Response:
        if url == page(5):
            raise UnavailableError("away")
        return healthy(url)

    with pytest.raises(UnavailableError, match="away"):
        list(pages_ahead(fetch, FIRST, 4))
    assert len(made.asked) <= 4 + 8, "what follows is asked for only so far ahead, and no longer than somebody waits for it"


def test_who_stops_reading_early_asks_for_no_more() -> None:
    made = book(list(range(2, 200)), lambda _: page(199), pause=0.05)
    told = pages_ahead(made.fetch, FIRST, 4)
    next(told)
    told.close()  # type: ignore[attr-defined]  # a generator
    assert len(made.asked) <= 1 + 4, "those that had not begun are given up"


def test_pages_are_asked_for_only_so_far_ahead() -> None:
    made = book(list(range(2, 200)), lambda _: page(199))
    told = pages_ahead(made.fetch, FIRST, 4)
    for _ in range(5):
        next(told)
    time.sleep(0.3)
    assert len(made.asked) == 5 + 8


def test_i8_a_list_that_gives_the_same_rows_under_ever_new_links_is_an_error_that_names_path_and_page() -> None:
    made = book([2, 3, 4], lambda _: None)
    healthy = made.fetch

    def fetch(url: str) -> requests.Response:
        answer = healthy(url)
        answer._content = b'[{"id": "1"}]'
        return answer

    with pytest.raises(SourceError, match=r"Canvas's pages of /api/v1/things run in a loop: page 2 has the rows of an earlier one"):
        list(pages(fetch, FIRST))
    assert len(made.asked) == 2


def test_i8_pages_without_rows_may_follow_one_another() -> None:
    made = book([2, 3], lambda _: None)
    healthy = made.fetch

    def fetch(url: str) -> requests.Response:
        answer = healthy(url)
        answer._content = b"[]"
        return answer

    assert len(list(pages(fetch, FIRST))) == 3


@pytest.mark.parametrize("following", [FIRST, FIRST.replace("https", "http") + "&page=2"], ids=["the first page again", "over http"])
def test_i8_a_next_link_to_an_earlier_page_or_to_http_is_refused(following: str) -> None:
    with pytest.raises(SourceError, match=r"/api/v1/things"):
        list(pages(Book([{"next": following}, {}]).fetch, FIRST))


@pytest.mark.parametrize("body", [b'[{"name": "A\tB"}]', b'[{"name": "A\xeb"}]', b'[{"name": NaN}]'])
def test_i7_a_page_with_odd_bytes_becomes_strict_json(body: bytes) -> None:
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    (told,) = pages(lambda _: answer, FIRST)
    assert msgspec.json.decode(told.body)


def test_i8_a_page_nested_too_deep_is_an_error() -> None:
    answer = requests.Response()
    answer.status_code, answer._content = 200, b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(SourceError, match="is nested more than 100 levels deep"):
        list(pages(lambda _: answer, FIRST))
