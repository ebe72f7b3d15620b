"""Read a token response leniently: what matters is the token; how long it lasts may be missing or odd, and a 401 renews it anyway."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests

from include.connection import unsendable
from include.errors import AccessError
from include.json_text import UnreadableJsonError
from include.response_body import json_of, start_of

USUAL = 3600.0
"""Seconds that a token is taken to last where the response does not say so readably."""
LONGEST = 86_400.0
"""Seconds after which a token is renewed in any case."""

_EARLY = 60.0  # seconds before its end at which a token is renewed
_WORD = re.compile(r"[a-z_]{1,40}")
_LIFE = re.compile(r"(\d{1,300}(?:\.\d+)?)\s*([smhd]?)[a-z]*", re.IGNORECASE)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Granted:
    """A token, the seconds for which it is used, and the scopes that came with it."""

    token: str
    seconds: float
    scopes: tuple[str, ...]


def read_token(answer: requests.Response, name: str, key: str) -> Granted:
    """Return the token of a 200; AccessError says exactly what is wrong with it. `key` names the setting and its URL."""
    body = _body(answer, name, key)
    token = body.get("access_token")
    if not isinstance(token, str) or not token.strip():
        word = error_word(body)
        told = f"the error {word}" if word else "no access_token" if token is None else "an access_token that is empty or not text"
        raise AccessError(f"{name}: {key} responded with HTTP 200 and {told}. Check the client ID and secret, and that this is the token URL")
    token = token.strip()
    flaw = unsendable(token)
    if flaw:
        raise AccessError(f"{name}: {key} responded with an access_token that contains {flaw}. The SIS vendor must correct it")
    life = seconds_of(body.get("expires_in"))
    return Granted(token, life - min(_EARLY, life / 2), _scopes(body.get("scope")))


def seconds_of(told: object) -> float:
    """Return how long a token lasts: a number, as text too, with a unit too ("1h"); USUAL where that cannot be right, at most LONGEST."""
    found = None if isinstance(told, bool) else _LIFE.fullmatch(str(told).strip())
    seconds = float(found[1]) * _UNITS[found[2].lower()] if found else USUAL
    return min(seconds, LONGEST) if math.isfinite(seconds) and seconds > 0 else USUAL


def error_word(body: object) -> str:
    """Return the standard's word for an error in a token response; empty where there is none."""
    word = str(body.get("error", "")) if isinstance(body, dict) else ""
    return word if _WORD.fullmatch(word) else ""


def _body(answer: requests.Response, name: str, key: str) -> dict[str, Any]:
    try:
        body = json_of(answer)
    except UnreadableJsonError as error:
        form = dict(parse_qsl(start_of(answer)))
        if "access_token" in form:
            return dict(form)
        raise AccessError(f"{name}: {key} did not respond with a token: {error}. Check that this is the token URL") from None
    if not isinstance(body, dict):
        raise AccessError(f"{name}: {key} responded with JSON that is not an object, so without a token. Check that this is the token URL")
    return body


def _scopes(told: object) -> tuple[str, ...]:
    if isinstance(told, str):
        return tuple(told.split())
    return tuple(map(str, told)) if isinstance(told, list) else ()
