"""Reading the body of a write: JSON, envelope, every field checked, links taken down to the id they carry.

A strict provider refuses whatever the standard does not allow; a lenient one takes what senders in the field send: short links, no
status, date-times for dates, JSON booleans for flags, fields that it does not know (oneroster-in-the-field.md §3 and §5).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from include.sandbox.oneroster.entries import ENTRIES
from include.sandbox.oneroster.errors import RefusedError, invalid
from include.sandbox.oneroster.shapes import SINGULAR, TARGETS, Field, fields

Row = dict[str, Any]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_EXTENSION = re.compile(r"ext:[a-zA-Z0-9._-]+")


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def parse(body: bytes, version: str) -> Mapping[str, Any]:
    """The body as a JSON object."""
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedError(422 if version == "1.2" else 400, "invaliddata", f"The body is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise invalid("The body must be a JSON object")
    return content


def one(body: bytes, collection: str, version: str, strict: bool) -> Mapping[str, Any]:
    """The single object in its envelope."""
    key, content = SINGULAR[collection], parse(body, version)
    record = content.get(key)
    if not isinstance(record, dict) or (strict and set(content) != {key}):
        raise invalid(f'The body must be {{"{key}": {{...}}}}')
    return record


def many(body: bytes, collection: str, version: str) -> list[Mapping[str, Any]]:
    """The objects of a batch."""
    content = parse(body, version)
    records = content.get(collection)
    if not isinstance(records, list) or set(content) != {collection} or not all(isinstance(one, dict) for one in records):
        raise invalid(f'The body must be {{"{collection}": [{{...}}]}}')
    return records


def row(record: Mapping[str, Any], collection: str, version: str, *, strict: bool, optional: frozenset[str]) -> Row:
    """The record in the provider's own form. `optional` are fields that this vendor does without although the standard demands them."""
    known = fields(collection, version)
    if strict:
        unknown = next((name for name in record if name not in known), None)
        if unknown is not None:
            raise invalid(f"{unknown} is not a field of {SINGULAR[collection]} in OneRoster {version}")
    taken: Row = {}
    for name, field in known.items():
        value = record.get(name)
        if value is None and not (strict and name in record):
            if strict and version in field.need and name not in optional:
                raise invalid(f"{name} is missing: OneRoster {version} demands it")
            continue
        taken[name] = _READERS[field.kind](name, field, value, version if strict else "")
    return taken


# Each reader gets the version when it has to be strict, else an empty text.
def _text(name: str, _field: Field, value: Any, _strict: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"{name} must be text")
    return value


def _time(name: str, _field: Field, value: Any, strict: str) -> str:
    text = _text(name, _field, value, strict)
    if strict and not _TIME.fullmatch(text):
        raise invalid(f"{name} must be a UTC date-time such as 2026-09-18T12:00:00.000Z, not {text}")
    return stamp(moment(name, text))


def _date(name: str, _field: Field, value: Any, strict: str) -> str:
    text = _text(name, _field, value, strict)
    if not strict and len(text) > 10:
        moment(name, text)
        text = text[:10]
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else _bad_date(name, text)
    except ValueError:
        return _bad_date(name, text)


def _bad_date(name: str, text: str) -> str:
    raise invalid(f"{name} must be a date such as 2026-09-18, not {text}")


def _number(name: str, _field: Field, value: Any, _strict: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid(f"{name} must be a number")
    return value


def _flag(name: str, _field: Field, value: Any, strict: str) -> str:
    if not strict and isinstance(value, bool):
        return str(value).lower()
    if value not in ("true", "false"):
        raise invalid(f'{name} must be the text "true" or "false"')
    return str(value)


def _choice(name: str, field: Field, value: Any, strict: str) -> str:
    text = _text(name, field, value, strict)
    if text in field.words or (field.extensible and strict != "1.1" and _EXTENSION.fullmatch(text)):
        return text
    raise invalid(f"{name} must be one of {', '.join(field.words)}, not {text}")


def _link(name: str, field: Field, value: Any, strict: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("sourcedId"), str) or not value["sourcedId"]:
        raise invalid(f"{name} must be a link with a sourcedId")
    if strict:
        types = TARGETS[field.of][2] if strict == "1.1" else TARGETS[field.of][2][:1]
        if set(value) != {"href", "sourcedId", "type"} or value["type"] not in types or "://" not in str(value["href"]):
            raise invalid(f'{name} must be a link with href (a URI), sourcedId and the type "{types[0]}"')
    return str(value["sourcedId"])


def _list(name: str, field: Field, value: Any, _strict: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f"{name} must be a list")
    if field.of and not all(isinstance(one, dict) and ENTRIES[field.of](one) for one in value):
        raise invalid(f"{name} holds an entry that OneRoster does not allow")
    if field.of == "scale values" and not value:
        raise invalid(f"{name} must not be empty")
    return value


def _free(name: str, _field: Field, value: Any, _strict: str) -> Any:
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    return value


_READERS: Mapping[str, Callable[[str, Field, Any, str], Any]] = {
    "text": _text,
    "time": _time,
    "date": _date,
    "number": _number,
    "flag": _flag,
    "choice": _choice,
    "link": _link,
    "list": _list,
    "free": _free,
}


def moment(name: str, text: str) -> datetime:
    """A date-time out of text; one without a zone counts as UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{name} is not a date-time: {text}") from error
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def stamp(value: datetime) -> str:
    """A moment as OneRoster writes it."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
