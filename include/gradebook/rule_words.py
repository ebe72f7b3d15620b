"""The rule table in words: what a field means, what it allows, how a value is written; for docs/sis-rules.md and the page of rules."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from include.gradebook.rules import SisRules

_ROWS = re.compile(r"^\[([\d, ]+)\] ")
_KINDS: dict[Any, str] = {bool: "true, false", int: "a whole number", float: "a number", str: "text", type(None): "null"}
_LIMITS = {"Ge": "at least {0.ge}", "Le": "at most {0.le}", "Gt": "more than {0.gt:g}"}


def rows_of(field: str) -> list[int]:
    """The rows of the requirements' table C that a field decides."""
    found = _ROWS.match(SisRules.model_fields[field].description or "")
    return [int(number) for number in found[1].split(",")] if found else []


def meaning(field: str) -> str:
    """What a field decides."""
    return _ROWS.sub("", SisRules.model_fields[field].description or "")


def words_of(field: str) -> list[str]:
    """The words that a field takes; empty for numbers and switches."""
    return [word for word in get_args(SisRules.model_fields[field].annotation) if isinstance(word, str)]


def bounds(field: str) -> str:
    """What a field takes that is no choice of words, with its limits."""
    info = SisRules.model_fields[field]
    kind = " or ".join(_KINDS[part] for part in get_args(info.annotation) or [info.annotation])
    return ", ".join([kind, *(_LIMITS[type(limit).__name__].format(limit) for limit in info.metadata if type(limit).__name__ in _LIMITS)])


def written(value: object) -> str:
    """A value as it stands in a district file."""
    return value if isinstance(value, str) else json.dumps(value)
