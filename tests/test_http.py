"""The transport over real connections: waits that are asked for, retries with an end, one renewed token, writes whose fate is not known."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.auth import AuthBase

from include.breaker import Breaker
from include.errors import AccessError, NoAnswerError, UnavailableError
from include.http import Api, Http
from include.sync.leases import LeaseLostError

Answer = tuple[int, dict[str, str]]
CUT: Answer = (0, {})


class Server(ThreadingHTTPServer):
    """Gives the answers of its script in turn, the last one for ever, and keeps what it was asked."""

    script: list[Answer]
    seen: list[str]
    lines: list[tuple[str, dict[str, str]]]
    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        self.server.seen.append(f"{self.command} {self.headers.get('Authorization', '-')}")
        self.server.lines.append((self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers = self.server.script.pop(0) if len(self.server.script) > 1 else self.server.script[0]
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_PUT = do_POST = _answer  # noqa: N815  # the names that the base class looks for

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(*script: Answer) -> Iterator[tuple[Server, str]]:
    server = Server(("127.0.0.1", 0), Handler)
    server.script, server.seen, server.lines = list(script), [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}/things?student=7"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def http(auth: AuthBase | None = None, **more: object) -> Http:
    return Http(Api("sis", **{"tries": 4, "first_delay": 0.01, "patience": 5.0, "read_timeout": 5.0, **more}), auth)  # type: ignore[arg-type]


@pytest.mark.parametrize(("allowed", "sent"), [(0, 0), (1, 1), (3, 3)], ids=["before the first try", "before the second", "before the fourth"])
def test_a22_a_run_that_lost_its_courses_sends_nothing_and_tries_nothing_again(allowed: int, sent: int) -> None:
    left = [None] * allowed

    def still_ours() -> None:
        if not left:
            raise LeaseLostError("taken")
        left.pop()

    breaker = Breaker("sis", lambda: True)
    api = Api("sis", tries=5, first_delay=0.01)
    with serving((500, {})) as (server, url), breaker.asking(still_ours), pytest.raises(LeaseLostError, match="taken"):
        Http(api, breaker=breaker).send("PUT", url)
    assert len(server.seen) == sent
    with serving((200, {})) as (server, url):
        assert Http(api, breaker=breaker).send("PUT", url).status_code == 200, "asked only for as long as somebody has courses to lose"


def test_a_server_fault_is_tried_again_until_it_is_well() -> None:
    with serving((500, {}), (502, {}), (200, {})) as (server, url):
        assert http().send("GET", url).status_code == 200
    assert len(server.seen) == 3


def test_tries_have_an_end_and_the_error_names_the_place_but_no_query() -> None:
    with serving((500, {})) as (server, url), pytest.raises(UnavailableError) as caught:
        http().send("GET", url)
    assert len(server.seen) == 4
    assert caught.value.status == 500
    assert str(caught.value).endswith("/things failed 4 times, last: HTTP 500")
    assert "student" not in str(caught.value)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for_in_both_its_forms(form: str) -> None:
    asked = "1" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with serving((429, {"Retry-After": asked}), (200, {})) as (_, url):
        started = time.monotonic()
        assert http().send("POST", url, repeat=False).status_code == 200, "what was throttled was not carried out, so even a create is repeated"
    assert time.monotonic() - started >= 0.9


def test_a_wait_beyond_all_patience_is_refused_at_once() -> None:
    started = time.monotonic()
    with serving((429, {"Retry-After": "3600"})) as (server, url), pytest.raises(UnavailableError, match=r"past the limit of 5 s for one request"):
        http().send("GET", url)
    assert time.monotonic() - started < 2
    assert len(server.seen) == 1


def test_the_total_time_is_bounded_however_many_tries_there_are() -> None:
    started = time.monotonic()
    with serving((500, {})) as (_, url), pytest.raises(UnavailableError):
        http(tries=1000, first_delay=0.2, patience=0.8).send("GET", url)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("last", [CUT, (500, {})], ids=["cut", "fault"])
def test_f4_a_create_whose_fate_is_not_known_is_not_repeated(last: Answer) -> None:
    with serving(last) as (server, url), pytest.raises(NoAnswerError):
        http().send("POST", url, repeat=False)
    assert len(server.seen) == 1


def test_a_cut_answer_to_what_may_be_repeated_is_repeated() -> None:
    with serving(CUT, CUT, (200, {})) as (server, url):
        assert http().send("PUT", url).status_code == 200
    assert len(server.seen) == 3


def test_a_refused_connection_sent_nothing_so_even_a_create_is_only_unavailable() -> None:
    with serving((200, {})) as (_, url):
        pass
    with pytest.raises(UnavailableError) as caught:
        http().send("POST", url, repeat=False)
    assert not isinstance(caught.value, NoAnswerError)


class Token(AuthBase):
    """A token that can be renewed; how often it was."""

    renewed = 0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token-{self.renewed}"
        return request

    def renew(self) -> None:
        self.renewed += 1


def test_a_dead_token_is_renewed_once_and_the_request_repeated() -> None:
    with serving((401, {}), (200, {})) as (server, url):
        assert http(Token()).send("POST", url, repeat=False).status_code == 200
    assert server.seen == ["POST token-0", "POST token-1"]


def test_i7_a_dead_token_costs_no_try_where_there_is_just_one() -> None:
    with serving((401, {}), (200, {})) as (server, url):
        assert http(Token(), tries=1).send("GET", url).status_code == 200
    assert server.seen == ["GET token-0", "GET token-1"]


def test_a_new_token_that_is_refused_too_ends_the_connection() -> None:
    with serving((401, {})) as (server, url), pytest.raises(AccessError, match=r"sis: GET 127\.0\.0\.1:\d+/things was rejected: HTTP 401"):
        http(Token()).send("GET", url)
    assert server.seen == ["GET token-0", "GET token-1"]


def test_a_redirect_is_not_followed_for_it_could_take_the_credentials_elsewhere() -> None:
    with serving((302, {"Location": "http://127.0.0.1:1/"})) as (server, url):
        assert http(Token()).send("GET", url).status_code == 302
    assert len(server.seen) == 1


ADDRESSES = {
    "written out": "/things?ids[]=7&name=A%20B&since=2026-11-01T00:00:00Z",
    "with a blank": "/things?name=A B",
    "with a letter of its own": "/things?name=Zoë",
    "with a lone percent sign": "/things?share=8%",
    "with nothing after the host": "",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_plain_get_asks_what_requests_itself_would_ask(address: str) -> None:
    with serving((200, {"Set-Cookie": "tracked=1"})) as (server, url):
        asked = url.split("/things")[0] + ADDRESSES[address]
        http = Http(Api("Things"), headers={"Authorization": "Bearer token"})
        for _ in range(2):
            http.send("GET", asked)
        http.session.request("GET", asked)
        assert server.lines[0] == server.lines[1] == server.lines[2]
        assert server.lines[0][1]["Authorization"] == "Bearer token"
        assert "Cookie" not in server.lines[1][1]


def test_a_plain_get_follows_no_redirect() -> None:
    with serving((302, {"Location": "http://127.0.0.1:9/elsewhere"})) as (server, url):
        assert Http(Api("Things")).send("GET", url).status_code == 302
        assert len(server.seen) == 1


def test_two_hosts_have_connections_of_their_own() -> None:
    with serving((200, {})) as (first, there), serving((200, {})) as (second, elsewhere):
        session = Http(Api("Things"))
        for url in (there, elsewhere, there):
            session.send("GET", url)
        session.close()
        session.send("GET", elsewhere)
        assert [len(first.seen), len(second.seen)] == [2, 2]


@pytest.mark.parametrize("query", ["ids[]=7&fields[]=name", "q=name==(A)&ids[]=7", "since=2026-11-01T00%3A00%3A00Z&ids[]=7"])
def test_brackets_go_over_the_wire_as_requests_writes_them(query: str) -> None:
    with serving((200, {})) as (server, url):
        asked = f"{url.split('?')[0]}?{query}"
        Http(Api("Things")).send("GET", asked)
        requests.get(asked, timeout=5)
    ours, theirs = (line for line, _ in server.lines)
    assert parse_qsl(urlsplit(ours).query) == parse_qsl(urlsplit(theirs).query)
    assert "[" not in ours
    assert ours.replace("%28", "(").replace("%29", ")") == theirs


def test_a_post_in_bytes_is_signed_and_sent_as_requests_itself_would_send_it() -> None:
    with serving((200, {})) as (server, url):
        session = http(Token())
        for post in (session.send, session.session.request):
            post("POST", url, data=b'{"a": 1}', headers={"Content-Type": "application/json"})
        session.send("GET", url)
    assert server.lines[0] == server.lines[1]
    assert server.seen == ["POST token-0", "POST token-0", "GET token-0"]
    assert "Content-Type" not in server.lines[2][1]


UNREADABLE = {
    "cannot be unpacked": {"Content-Encoding": "gzip"},
    "is in chunks that nobody announces so": {"Transfer-Encoding": "identity, chunked"},
    "is as long as no answer": {"Content-Length": str(10**20)},
    "has two lengths": {"Content-Length": "2, 3"},
}


@pytest.mark.parametrize("headers", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_cannot_be_read_is_asked_for_again(headers: dict[str, str]) -> None:
    with serving((200, headers), (200, {})) as (server, url):
        assert http().send("GET", url).content == b"{}"
    assert len(server.seen) == 2


@pytest.mark.parametrize("headers", UNREADABLE.values(), ids=UNREADABLE)
def test_f4_a_create_whose_answer_cannot_be_read_is_not_repeated(headers: dict[str, str]) -> None:
    with serving((200, headers)) as (server, url), pytest.raises(NoAnswerError):
        http().send("POST", url, repeat=False, data=b"{}")
    assert len(server.seen) == 1
