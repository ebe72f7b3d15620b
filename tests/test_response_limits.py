"""Limits of one response over real connections: total time, bytes after decompression, and what a body may look like (I-8)."""

from __future__ import annotations

import gzip
import json
import socketserver
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from include.errors import ConfigError, NoAnswerError, SourceError, UnavailableError
from include.http import Api, Http
from include.json_text import UnreadableJsonError
from include.pace import LONGEST_WAIT
from include.response_body import MOST_BYTES, json_bytes_of, json_of

Write = Callable[[bytes], object]


@contextmanager
def talking(say: Callable[[Write], None]) -> Iterator[str]:
    """A server that says this, byte for byte, to each request; its URL."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with suppress(OSError):
                say(self.wfile.write)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/things?student=7"
        finally:
            server.shutdown()
            thread.join()


def http(**more: float) -> Http:
    return Http(Api("sis", **{"tries": 1, "read_timeout": 0.2, **more}))  # type: ignore[arg-type]


def whole(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def slowly(text: bytes, at_once: bytes = b"") -> Callable[[Write], None]:
    def say(write: Write) -> None:
        write(at_once)
        for byte in text:
            write(bytes([byte]))
            time.sleep(0.05)

    return say


TRICKLES = {
    "headers": slowly(whole(b"{}" + b" " * 400)),
    "a body of known length": slowly(b" " * 400, b"HTTP/1.1 200 OK\r\nContent-Length: 402\r\n\r\n{}"),
    "a body of unknown length": slowly(b" " * 400, b"HTTP/1.1 200 OK\r\n\r\n{}"),
    "chunks": slowly(b"1\r\n \r\n" * 100, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "a compressed body": slowly(gzip.compress(bytes(range(256)) * 9), b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
}


@pytest.mark.parametrize("say", TRICKLES.values(), ids=TRICKLES)
def test_i8_a_response_sent_byte_by_byte_ends_at_its_total_time(say: Callable[[Write], None]) -> None:
    started = time.monotonic()
    with talking(say) as url, pytest.raises(UnavailableError, match="it took too long"):
        http().send("GET", url)
    assert time.monotonic() - started < 4, "five times the read timeout, and some leeway under load"


def test_i8_a_slow_response_within_its_total_time_is_read() -> None:
    with talking(slowly(b"[1, 2]", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")) as url:
        assert json_of(http().send("GET", url)) == [1, 2]


def bomb() -> bytes:
    """Some 600 KB that decompress to 600 MB."""
    piece = gzip.compress(b" " * 2**20)
    return piece * 600


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
def test_i8_a_decompression_bomb_stops_early_with_bounded_memory(coding: str) -> None:
    body = bomb() if coding == "gzip" else gzip.compress(bomb())
    tracemalloc.start()
    try:
        with talking(lambda write: write(whole(body, f"Content-Encoding: {coding}"))) as url, pytest.raises(SourceError, match="longer than 128 MB"):
            http(read_timeout=30).send("GET", url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * MOST_BYTES


def test_i8_a_body_longer_than_the_limit_stops_there() -> None:
    def say(write: Write) -> None:
        write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(300):
            write(b" " * 2**20)

    with talking(say) as url, pytest.raises(SourceError, match=r"sis: GET 127\.0\.0\.1:\d+/things: the response is longer than 128 MB"):
        http(read_timeout=30).send("GET", url)


def test_i8_a_write_whose_response_is_too_long_is_unknown_and_not_repeated() -> None:
    body = bomb()
    sent = []

    def say(write: Write) -> None:
        sent.append(1)
        write(whole(body, "Content-Encoding: gzip"))

    with talking(say) as url, pytest.raises(NoAnswerError, match="longer than 128 MB"):
        http(read_timeout=30, tries=3).send("PUT", url)
    assert len(sent) == 1


BODIES = {
    "a byte order mark": (b'\xef\xbb\xbf[{"title": "A"}]', "", "A"),
    "a raw tab": (b'[{"title": "A\tB"}]', "", "A\tB"),
    "a raw line break": (b'[{"title": "A\nB"}]', "", "A\nB"),
    "Latin-1, declared": (b'[{"title": "Zo\xeb"}]', "Content-Type: application/json; charset=ISO-8859-1", "Zo\xeb"),
    "Latin-1, not declared": (b'[{"title": "Zo\xeb"}]', "Content-Type: application/json", "Zo\ufffd"),
    "UTF-8, declared as Latin-1": ('[{"title": "Zo\xeb"}]'.encode(), "Content-Type: application/json; charset=ISO-8859-1", "Zo\xeb"),
    "UTF-8, declared as nonsense": ('[{"title": "Zo\xeb"}]'.encode(), "Content-Type: application/json; charset=nonsense", "Zo\xeb"),
    "UTF-16": ('[{"title": "Zo\xeb"}]'.encode("utf-16"), "", "Zo\xeb"),
    "half a character": (b'[{"title": "A\\ud83dB"}]', "", "A\ufffdB"),
    "NaN": (b'[{"title": NaN}]', "", "NaN"),
    "a number beyond all range": (b'[{"title": 1e999, "x": "\t"}]', "", "1e999"),
    "a number of 5,000 digits": (b'[{"title": ' + b"9" * 5000 + b"}]", "", "9" * 5000),
}


@pytest.mark.parametrize(("body", "header", "title"), BODIES.values(), ids=BODIES)
def test_i7_odd_bytes_in_one_record_leave_the_list_readable(body: bytes, header: str, title: str) -> None:
    body = body.replace(b"}]", b'}, {"title": "next"}]') if not body.startswith(b"\xff\xfe") else body
    with talking(lambda write: write(whole(body, *filter(None, [header])))) as url:
        answer = http(read_timeout=5).send("GET", url)
    assert json_of(answer)[0]["title"] == title
    if title != "9" * 5000:  # strict JSON already, so it stays a number
        assert json.loads(json_bytes_of(answer), parse_constant=pytest.fail) == json_of(answer)


def test_i7_a_first_row_that_is_nested_too_deep_leaves_the_others_readable() -> None:
    body = b"[" + b"[" * 100_000 + b"]" * 100_000 + b', {"id": 2}]'
    with talking(lambda write: write(whole(body))) as url:
        assert json_of(http(read_timeout=5).send("GET", url))[1] == {"id": 2}


def test_i7_what_is_nested_too_deep_costs_its_own_record_alone() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    body = b'[{"id": 1, "name": ' + deep + b'}, {"id": 2, "name": "a \\" {[ b"}]'
    with talking(lambda write: write(whole(body))) as url:
        answer = http(read_timeout=5).send("GET", url)
    assert json_of(answer)[1] == {"id": 2, "name": 'a " {[ b'}
    assert json.loads(json_bytes_of(answer))[1] == {"id": 2, "name": 'a " {[ b'}


FLAWS = {
    "cut": (b'[{"title": "A"', "is not valid JSON: it ends too early, after byte 14"),
    "cut in a string": (b'[{"title": "A', "is not valid JSON: it ends too early, after byte 13"),
    "a missing comma": (b'[{"a": 1 "b": 2}]', "is not valid JSON: a comma is missing at byte 9"),
    "a missing comma after many bytes": ('["Zo\xeb" 1]'.encode(), "is not valid JSON: a comma is missing at byte 8"),
    "two values": (b"[] []", "is not valid JSON: more text after the end at byte 3"),
    "a page": (b"<!DOCTYPE html><p>Sign in", "is not JSON but a page (HTML or XML)"),
    "nothing": (b" ", "is empty"),
    "nested 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "is nested more than 100 levels deep"),
    "opened 100,000 times": (b'{"a":' * 100_000, "is nested more than 100 levels deep"),
}


@pytest.mark.parametrize(("body", "told"), FLAWS.values(), ids=FLAWS)
def test_i8_an_unreadable_body_is_told_with_what_is_wrong_and_where(body: bytes, told: str) -> None:
    with talking(lambda write: write(whole(body))) as url:
        answer = http(read_timeout=5).send("GET", url)
    for read in (json_of, json_bytes_of):
        with pytest.raises(UnreadableJsonError) as caught:
            read(answer)
        assert str(caught.value) == f"the response to GET /things {told}"


@pytest.mark.parametrize("asked", ["-5", "nan", "inf", "-inf", "1e300", str(LONGEST_WAIT * 366), "Fri, 31 Dec 9999 23:59:59 GMT", "soon"])
def test_i8_a_retry_after_that_nobody_means_is_ignored(asked: str) -> None:
    told = [f"HTTP/1.1 429 Slow\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n".encode(), whole(b"[]")]
    with talking(lambda write: write(told.pop(0))) as url:
        started = time.monotonic()
        assert http(read_timeout=5, tries=2, first_delay=0.01, patience=5).send("GET", url).status_code == 200
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("token", ["s3cr3t\nword", "s3cr3t\u20acword"])
@pytest.mark.parametrize("plain", [True, False])
def test_f12_a_header_that_cannot_be_sent_is_an_error_without_its_value(token: str, plain: bool) -> None:
    with talking(lambda write: write(whole(b"[]"))) as url, pytest.raises(ConfigError) as caught:
        Http(Api("sis", tries=1), headers={"Authorization": f"Bearer {token}"}).send("GET", url if plain else f"{url}&name=A B")
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
