"""JSON from other systems, read as leniently as is safe: one record's odd bytes never make its whole list unreadable (I-7, I-8).

Accepted beyond the standard: a byte order mark, raw control characters in strings, bytes that are not UTF-8 and half characters (both become
U+FFFD), NaN, Infinity, and numbers beyond all range (they become text, so that only the row that holds them is rejected). Values nested too deep
become null (`without_depths`), far inside a value whose type is wrong then.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

import msgspec

MOST_DEPTH = 100
"""Lists and objects within one another, at most. Canvas and SIS responses have fewer than 10."""

_BOM = codecs.BOM_UTF8
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_HALF = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:d[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2}\\u)d[c-f][0-9a-f]{2})", re.IGNORECASE)
_LONGEST_NUMBER = 300  # digits
_WORDS = {
    "Expecting value": "a value is missing or not JSON",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a key is not in double quotes",
    "Illegal trailing comma before end of object": "a comma stands before the end of an object",
    "Illegal trailing comma before end of array": "a comma stands before the end of a list",
    "Invalid \\escape": "an unknown escape",
    "Invalid \\uXXXX escape": "an incomplete \\u escape",
    "Invalid control character at": "control character",
    "Extra data": "more text after the end",
}
_ANY, _RAW = msgspec.json.Decoder(), msgspec.json.Decoder(msgspec.Raw)


class UnreadableJsonError(ValueError):
    """Text that is not JSON, even read leniently. The message says what is wrong and at which byte; it holds none of the text (F-12)."""


class TooDeepError(UnreadableJsonError):
    """Lists and objects nested beyond MOST_DEPTH."""

    def __init__(self) -> None:
        super().__init__(f"is nested more than {MOST_DEPTH} levels deep")


def read_json(body: bytes | str, charset: str = "") -> Any:
    """Return the value; raise UnreadableJsonError. `charset` is what the sender declared; it counts only where the bytes are not UTF-8."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if _is_too_deep(data):
        raise TooDeepError()
    try:
        return _ANY.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_leniently(_text(data, charset))
    except RecursionError:
        raise TooDeepError() from None


def _read_leniently(text: str) -> Any:
    if "\\ud" in text or "\\uD" in text:
        text = _HALF.sub(r"\1\\ufffd", text)
    try:
        return json.loads(text, strict=False, parse_constant=str, parse_float=_number)
    except RecursionError:
        raise TooDeepError() from None
    except json.JSONDecodeError as error:
        raise UnreadableJsonError(_flaw(text, error)) from None
    except ValueError:  # Python refuses integers of thousands of digits
        return json.loads(text, strict=False, parse_constant=str, parse_float=_number, parse_int=_integer)


def repaired_json(body: bytes, charset: str = "") -> bytes:
    """Return the body as it is where it is strict JSON in UTF-8, otherwise what `read_json` makes of it, written anew; without what is too deep."""
    body = without_depths(body)
    try:
        _RAW.decode(body)
        if body.isascii() or body.decode():
            return body
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return json.dumps(read_json(body, charset), ensure_ascii=False, separators=(",", ":")).encode()


def _text(data: bytes, charset: str) -> str:
    """The text without its byte order mark: UTF-8, or UTF-16 and UTF-32 by their look; otherwise as declared, bytes that fit nothing as U+FFFD."""
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(charset or "utf-8", "replace").lstrip("\ufeff")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace").lstrip("\ufeff")


def _is_too_deep(data: bytes) -> bool:
    """Whether brackets are nested beyond all use. Brackets in strings count at first, which is quick; only where that says yes, they do not."""
    if _peels(data.translate(None, _NO_BRACKETS)):
        return False
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return not _peels(_STRING.sub(b"", data.translate(None, _NO_MARKS).replace(b'""', b"")), whole=False)


def without_depths(data: bytes) -> bytes:
    """Return the body with null for what is nested beyond MOST_DEPTH: its record has a wrong type then, and its neighbors are read (I-7).

    A body that is nothing else stays as it is.
    """
    if not _is_too_deep(data) or not data.translate(None, b"[]{} \t\r\n"):
        return data
    kept, depth, start = [], 0, 0
    for token in _TOKEN.finditer(data):
        mark = token[0]
        if mark in b"[{":
            depth += 1
            if depth == MOST_DEPTH + 1:
                kept += [data[start : token.start()], b"null"]
        elif mark in b"]}":
            if depth == MOST_DEPTH + 1:
                start = token.end()
            depth -= 1
    return b"".join([*kept, data[start:]]) if depth <= MOST_DEPTH else data


def _peels(brackets: bytes, whole: bool = True) -> bool:
    """Whether the innermost pairs, taken away again and again, are soon gone (`whole`), or soon leave only brackets without partners."""
    for _ in range(MOST_DEPTH):
        fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(brackets):
            return not (whole and fewer)
        brackets = fewer
    return not brackets


def _flaw(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "is empty"
    if text.lstrip()[:1] == "<":
        return "is not JSON but a page (HTML or XML)"
    at = len(text[: error.pos].encode("utf-8", "replace"))
    if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
        return f"is not valid JSON: it ends too early, after byte {len(text.encode('utf-8', 'replace'))}"
    return f"is not valid JSON: {_WORDS.get(error.msg, 'unreadable text')} at byte {at}"


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
