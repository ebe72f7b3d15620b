"""The odd values: what each mutation puts in place of a value, or does to one row of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DEEP = "@@nested 100,000 deep@@"
"""Stands for a value that `json.dumps` cannot write; see `write_json`."""

HUGE_TEXT = "x" * 100_000
Change = Callable[[Any], Any]


class _Missing:
    """Marks a key that is taken out."""


MISSING = _Missing()

_OTHER_TYPE: Mapping[type, Any] = {bool: "yes", int: "seven", float: "seven", str: 7, list: {}, dict: [], type(None): "text"}


def _negative(value: Any) -> Any:
    return -abs(value) or -1 if isinstance(value, int | float) and not isinstance(value, bool) else -1


def _in_text(mark: str) -> Change:
    return lambda value: f"{str(value)[:1]}{mark}{str(value)[1:]}" if isinstance(value, str | int | float) else f"a{mark}b"


VALUES: Mapping[str, Change] = {
    "missing": lambda _: MISSING,
    "null": lambda _: None,
    "another type": lambda value: _OTHER_TYPE[type(value)],
    "a list": lambda _: [1, "x"],
    "an object": lambda _: {"x": 1},
    "empty text": lambda _: "",
    "huge text": lambda _: HUGE_TEXT,
    "1e308": lambda _: 1e308,
    "10**40": lambda _: 10**40,
    "NUL": _in_text("\0"),
    "lone surrogate": _in_text("\ud800"),
    "odd spaces": lambda value: f"\u00a0{value if isinstance(value, str | int | float) else ''}\u200b ",
    "year 1": lambda _: "0001-01-01T00:00:00Z",
    "year 9999": lambda _: "9999-12-31T23:59:59-05:00",
    "negative": _negative,
    "NaN": lambda _: float("nan"),
    "Infinity": lambda _: float("inf"),
    "nested deep": lambda _: DEEP,
    "boolean": lambda value: not value if isinstance(value, bool) else True,
}
"""By name, what takes the place of a value."""

ROWS: Mapping[str, Change] = {
    "row null": lambda _: [None],
    "row text": lambda _: ["a row"],
    "row a list": lambda _: [[]],
    "row an empty object": lambda _: [{}],
    "row twice": lambda row: [row, row],
    "row nested deep": lambda _: [DEEP],
}
"""By name, the rows that take the place of one row of a list."""

BODIES: Mapping[str, bytes] = {
    "body null": b"null",
    "body text": b'"a text"',
    "body a number": b"7",
    "body an empty list": b"[]",
    "body an empty object": b"{}",
    "body NaN": b"NaN",
    "body not JSON": b"<html>Sign in</html>",
    "body empty": b"",
    "body cut": b'[{"id": "1", "na',
    "body not UTF-8": b'{"id": "\xff\xfe"}',
    "body nested deep": b"[" * 100_000 + b"]" * 100_000,
}
"""By name, what takes the place of a whole body."""
