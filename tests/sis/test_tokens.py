"""Token responses as they come: odd lives are read leniently, and where there is no usable token the error says what is wrong."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.connection import Connection
from include.errors import AccessError
from include.http import Api, Http
from include.sandbox import serving
from include.sis.powerschool.auth import Token
from include.tokens import LONGEST, USUAL, read_token, seconds_of

LIVES = {"3600": 3600, "2": 2, "1h": 3600, "30 minutes": 1800, "90s": 90, "7200.5": 7200.5}


@pytest.mark.parametrize(("told", "seconds"), LIVES.items())
def test_a_readable_life_is_taken(told: str, seconds: float) -> None:
    assert seconds_of(told) == seconds


@pytest.mark.parametrize("told", ["", None, "soon", -1, "-60", 0, "NaN", float("nan"), True, [], {}, "1 fortnight?"])
def test_an_unreadable_life_takes_the_usual_one(told: object) -> None:
    assert seconds_of(told) == USUAL


@pytest.mark.parametrize("told", [10**9, "999999999", "400d"])
def test_i8_a_huge_life_is_limited_to_a_day(told: object) -> None:
    assert seconds_of(told) == LONGEST


def token_of(body: bytes) -> Token:
    async def answer(_: Request) -> Response:
        return Response(body, media_type="application/json")

    with serving.run_in_thread(Starlette(routes=[Route("/oauth/access_token/", answer, methods=["POST"])])) as server:
        token = Token(Connection("ps", server.url, "id", "pass"), server.url, Http(Api("connection ps", tries=1)))
        token.renew()
        return token


@pytest.mark.parametrize(
    "body", [b'{"access_token": "t", "expires_in": ""}', b'{"access_token": "t", "expires_in": "1h"}', b'\xef\xbb\xbf{"access_token": " t"}']
)
def test_a_token_with_an_odd_life_works(body: bytes) -> None:
    assert token_of(body)._token == "t"


WRONG = {
    b"{}": "responded with HTTP 200 and no access_token",
    b'{"access_token": null, "error": "invalid_client"}': "responded with HTTP 200 and the error invalid_client",
    b'{"access_token": ""}': "responded with HTTP 200 and an access_token that is empty or not text",
    b'{"access_token": ["s3cr3t"]}': "responded with HTTP 200 and an access_token that is empty or not text",
    b'{"access_token": "s3cr3t\\nword"}': "responded with an access_token that contains a line break",
    b"<html>sign in": "did not respond with a token: the response to POST /oauth/access_token/ is not JSON but a page",
    b'{"access_token": "s3cr3t"': "is not valid JSON: it ends too early",
    b"[]": "responded with JSON that is not an object",
    b"[" * 100_000: "is nested more than 100 levels deep",
}


@pytest.mark.parametrize(("body", "told"), WRONG.items(), ids=range(len(WRONG)))
def test_a_response_without_a_usable_token_says_what_is_wrong(body: bytes, told: str) -> None:
    with pytest.raises(AccessError) as caught:
        token_of(body)
    assert str(caught.value).startswith("connection ps: ")
    assert told in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_token_in_a_form_is_read() -> None:
    import requests

    answer = requests.Response()
    answer.status_code, answer._content = 200, b"access_token=t&expires_in=60&scope=a+b"
    assert read_token(answer, "n", "k") == type(read_token(answer, "n", "k"))("t", 30, ("a", "b"))
