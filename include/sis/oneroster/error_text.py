"""The words of a server that says no, out of every shape in which servers and gateways say it; bounded and in one line (I-7).

The standard's status object, older and odd ones, `application/problem+json`, a list of errors, plain text, and HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from include.text import clean_text

LONGEST = 500
"""Characters of a server's words that are kept."""

_READ = 20_000
_DEPTH = 4
_KEYS = ("imsx_description", "detail", "description", "message", "error_description", "errorMessage", "reason", "title", "error")
_MORE = ("errors", "error", "statusInfoSet", "violations")
_SKIPPED = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]{0,1000}>")


def of_table(info: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Return the words of a JSON object; `info` is the status object in it. A problem's title goes before its detail."""
    for place in (info, body):
        told = _first(place)
        if told:
            return _short(told)
    return _short(_nested(body, 0))


def of_list(body: object) -> str:
    """Return the words of a JSON list of errors, or of a JSON text."""
    return _short(_nested(body, 0))


def of_page(text: str) -> str:
    """Return the title of an HTML page and its first words, or plain text."""
    text = text[:_READ]
    if "<" not in text:
        return _short(text)
    title = _TITLE.search(text)
    rest = _TAG.sub(" ", _SKIPPED.sub(" ", text))
    return _short(unescape(f"{title.group(1)}: {rest}" if title else rest))


def _first(place: Mapping[str, Any]) -> str:
    found = [(key, place[key]) for key in _KEYS if isinstance(place.get(key), str) and place[key].strip()]
    if not found:
        return ""
    key, told = found[0]
    title = place.get("title")
    return f"{title}: {told}" if key == "detail" and isinstance(title, str) and title.strip() and title not in told else told


def _nested(value: object, depth: int) -> str:
    """Return the words of a list's entries, and of lists of errors within an object."""
    if isinstance(value, str):
        return value
    if depth > _DEPTH:
        return ""
    if isinstance(value, list):
        return "; ".join(told for one in value[:10] if (told := _nested(one, depth + 1)))
    if isinstance(value, dict):
        return _first(value) or next((told for key in _MORE if (told := _nested(value.get(key), depth + 1))), "")
    return ""


def _short(text: str) -> str:
    words = " ".join(clean_text(text[: 4 * LONGEST]).split()).strip(": ")
    return words[:LONGEST]
