"""Servers as they are met in the field: odd paging, ids of their own, tokens that end early (oneroster-gradebook.md §3, §6, §11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from include.connection import Connection
from include.errors import AccessError, SourceError
from include.sandbox import serving
from include.sandbox.oneroster import oneroster_app
from include.sandbox.oneroster.traits import standard
from include.sis import genesis
from include.sis.contract import Outcome
from include.sis.oneroster.client import OneRosterClient, open_client
from tests.sis.pairs import QUICK, assignment, score
from tests.sis.tiny import MAIN, STUDENTS, tiny

ITEMS = [{"sourcedId": f"i{n}", "title": f"Item {n}", "status": "active"} for n in range(7)]


class Odd:
    """A server whose line items are answered as a test says, and whose tokens last as long as it says."""

    def __init__(self, page: Callable[[Request, str], Response], token: Mapping[str, object] | None = None) -> None:
        self.page, self.seen, self.tokens, self.url = page, list[str](), 0, ""
        self.token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600} if token is None else token

    def app(self) -> Starlette:
        async def items(request: Request) -> Response:
            self.seen.append(str(request.url.query))
            return self.page(request, self.url)

        async def token(_: Request) -> Response:
            self.tokens += 1
            return JSONResponse(self.token)

        return Starlette(routes=[Route("/one/classes/{c}/lineItems", items), Route("/token", token, methods=["POST"])])


@contextmanager
def running(odd: Odd, **extra: object) -> Iterator[OneRosterClient]:
    """A client for an odd server."""
    with serving.run_in_thread(odd.app()) as server:
        odd.url = server.url
        told = {**QUICK, "rostering_url": f"{server.url}/one", "token_url": f"{server.url}/token", "page_size": 3, **extra}
        yield open_client(Connection("odd_default", "", "id", "secret", told), genesis.PROFILE, genesis.ANSWERS)


def slice_of(request: Request, size: int = 3) -> list[dict[str, str]]:
    """The page that a request asks for."""
    start = int(request.query_params.get("offset", "0"))
    return ITEMS[start : start + size]


def names(client: OneRosterClient) -> list[str]:
    """Ids of the class's line items."""
    return list(client.read_assignments([MAIN])["sis_assignment_id"])


ALL = [item["sourcedId"] for item in ITEMS]


def test_without_links_pages_are_counted_by_what_was_received() -> None:
    """The server cuts pages shorter than asked for, and tells the total."""
    odd = Odd(lambda request, _: JSONResponse({"lineItems": slice_of(request, 2)}, headers={"X-Total-Count": "7"}))
    with running(odd) as client:
        assert names(client) == ALL
    assert len(odd.seen) == 4


def test_without_links_and_total_reading_ends_with_an_empty_page() -> None:
    with running(Odd(lambda request, _: JSONResponse({"lineItems": slice_of(request)}))) as client:
        assert names(client) == ALL


def test_a_server_that_knows_no_offset_is_read_once() -> None:
    odd = Odd(lambda request, _: JSONResponse({"lineItems": ITEMS}))
    with running(odd) as client:
        assert names(client) == ALL
    assert len(odd.seen) == 2


def test_a_next_link_that_repeats_does_not_loop() -> None:
    def page(request: Request, url: str) -> Response:
        link = f'<{url}/one/classes/{MAIN}/lineItems?offset=3>; rel="next"'
        return JSONResponse({"lineItems": slice_of(request)}, headers={"Link": link, "X-Total-Count": "7"})

    odd = Odd(page)
    with running(odd) as client:
        assert names(client) == ALL
    assert len(odd.seen) == 3


def test_a_next_link_to_another_host_is_not_followed() -> None:
    """Credentials go to the connection's host alone."""

    def page(request: Request, _: str) -> Response:
        headers = {"Link": '<http://127.0.0.1:9/steal>; rel="next"', "X-Total-Count": "7"}
        return JSONResponse({"lineItems": slice_of(request)}, headers=headers)

    with running(Odd(page)) as client:
        assert names(client) == ALL


def test_a_half_read_list_is_an_error() -> None:
    """Nothing is concluded from what was not read (invariant 6)."""

    def page(request: Request, _: str) -> Response:
        rows = slice_of(request) if "offset" not in request.query_params else []
        return JSONResponse({"lineItems": rows}, headers={"X-Total-Count": "7"})

    with running(Odd(page)) as client, pytest.raises(SourceError, match="3 of 7"):
        names(client)


@pytest.mark.parametrize("body", ['{"lineItems": {}}', '{"other": []}', "[]", "<html/>", '{"lineItems": ["x"]}', '{"lineItems": [{"title": "x"}]}'])
def test_a_page_that_cannot_be_used_is_an_error(body: str) -> None:
    with running(Odd(lambda *_: Response(body))) as client, pytest.raises(SourceError, match="lineItems"):
        names(client)


def test_a_token_is_renewed_before_its_end() -> None:
    """Half of a life of two seconds is kept as a margin, so a second client call a second later asks anew."""
    odd = Odd(lambda request, _: JSONResponse({"lineItems": []}), {"access_token": "t", "expires_in": "2"})
    with running(odd) as client:
        now = [0.0]
        client.services.token._clock = lambda: now[0]
        for at in (0.0, 0.5, 1.5):
            now[0] = at
            names(client)
    assert odd.tokens == 2


@pytest.mark.parametrize("token", [{}, {"error": "invalid_client"}, {"access_token": "", "expires_in": 60}])
def test_a_token_answer_without_token_is_told(token: Mapping[str, object]) -> None:
    with running(Odd(lambda *_: JSONResponse({"lineItems": []}), token)) as client, pytest.raises(AccessError, match="token"):
        names(client)


def test_no_scope_is_asked_for_where_the_connection_says_none() -> None:
    assert genesis.PROFILE.model_copy(update={"scopes": "none"}).asked_scopes() == ()
    assert genesis.PROFILE.model_copy(update={"scopes": "a b"}).asked_scopes() == ("a", "b")
    assert all("/or/v1p1/scope/" in scope for scope in genesis.PROFILE.asked_scopes())


@contextmanager
def allocating() -> Iterator[tuple[OneRosterClient, str]]:
    """A provider that gives out the ids itself ("modified" PUT), and a client that knows."""
    traits = replace(standard("1.1"), id_mode="modified", scopes_enforced=False)
    with serving.run_in_thread(oneroster_app(tiny(), traits, serving.Journal(None), "genesis")) as server:
        base = server.url + traits.gradebook_path
        told = {**QUICK, "rostering_url": base, "token_url": server.url + traits.token_path, "put_style": "modified"}
        connection = Connection("modified_default", "", "standard-1.1-client", "standard-1.1-secret", told)
        yield open_client(connection, genesis.PROFILE, genesis.ANSWERS), f"{server.url}/_sandbox"


def test_f6_a_sis_that_gives_out_ids_keeps_our_mark_and_its_own_id() -> None:
    with allocating() as (client, _):
        (made,) = client.put_assignments([assignment()])
        assert made.outcome is Outcome.ACCEPTED
        assert made.sis_id != assignment().our_id
        (again,) = client.put_assignments([assignment(sis_assignment_id=made.sis_id, name="Unit 3")])
        assert again.sis_id == made.sis_id
        found = client.read_assignments([MAIN])
        mine = found[found["ours"]]
        assert list(mine[["sis_assignment_id", "our_id", "name"]].iloc[0]) == [made.sis_id, assignment().our_id, "Unit 3"]
        (scored,) = client.put_scores([score(made.sis_id, STUDENTS[0], 5.0)])
        assert list(client.read_scores(MAIN, [made.sis_id])["sis_score_id"]) == [scored.sis_id]


def test_f4_there_a_lost_create_is_unknown_and_not_repeated() -> None:
    import requests

    with allocating() as (client, admin):
        requests.post(f"{admin}/faults", json={"kind": "lost", "match": {"method": "PUT"}}, timeout=5).raise_for_status()
        (receipt,) = client.put_assignments([assignment()])
        assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-NO-ANSWER")
        found = client.read_assignments([MAIN])
        assert list(found[found["ours"]]["our_id"]) == [assignment().our_id]


@pytest.mark.parametrize("link", [False, True], ids=["ignores offset", "links to an earlier page"])
def test_i8_a_full_page_that_comes_again_is_an_error_that_names_path_and_page(link: bool) -> None:
    def page(_: Request, url: str) -> Response:
        headers = {"Link": f'<{url}/one/classes/{MAIN}/lineItems?offset=0>; rel="next"'} if link else {}
        return JSONResponse({"lineItems": ITEMS[:3]}, headers=headers)

    odd = Odd(page)
    with (
        running(odd) as client,
        pytest.raises(SourceError, match=rf"/one/classes/{MAIN}/lineItems repeats: page 2 has the lineItems of earlier"),
    ):
        names(client)
    assert len(odd.seen) == 2


def test_i8_a_total_that_is_too_small_does_not_cut_the_list() -> None:
    with running(Odd(lambda request, _: JSONResponse({"lineItems": slice_of(request)}, headers={"X-Total-Count": "2"}))) as client:
        assert names(client) == ALL


@pytest.mark.parametrize("total", ["²", "-7", "9" * 5000, "seven"])
def test_i8_a_total_that_is_no_number_does_not_count(total: str) -> None:
    headers = {"X-Total-Count": total} if total.isascii() else {}
    with running(Odd(lambda request, _: JSONResponse({"lineItems": slice_of(request)}, headers=headers))) as client:
        assert names(client) == ALL


def test_i8_a_list_of_ever_new_pages_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.sis.oneroster.paging.MOST_PAGES", 4)
    odd = Odd(lambda *_: JSONResponse({"lineItems": [{"sourcedId": f"{len(odd.seen)}-{n}", "title": "x", "status": "active"} for n in range(3)]}))
    with running(odd) as client, pytest.raises(SourceError, match="does not end: it has more than 4 pages"):
        names(client)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"lineItems": [', "is not valid JSON: it ends too early"),
        (b"[" * 100_000, "is nested more than 100 levels deep"),
        (b"<html>", "is not JSON but a page"),
    ],
)
def test_i8_an_unreadable_page_is_told_with_what_is_wrong(body: bytes, told: str) -> None:
    with running(Odd(lambda *_: Response(body))) as client, pytest.raises(SourceError, match=f"GET /one/classes/{MAIN}/lineItems {told}"):
        names(client)


@pytest.mark.parametrize("raw", [b"Lab\tand", b"Lab \xeb", b"Lab \\ud800"])
def test_i7_odd_bytes_in_one_title_leave_the_other_line_items_readable(raw: bytes) -> None:
    body = (
        b'\xef\xbb\xbf{"lineItems": [{"sourcedId": "i0", "title": "'
        + raw
        + b'", "status": "active"}, {"sourcedId": "i1", "title": "x", "status": "active"}]}'
    )
    with running(Odd(lambda *_: Response(body, headers={"X-Total-Count": "2"}))) as client:
        assert names(client) == ["i0", "i1"]
