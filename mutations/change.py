"""Find keys in a JSON body, and change one record of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mutations.values import BODIES, DEEP, MISSING, ROWS, VALUES

Path = tuple[str, ...]
"""Steps from the body to a value: a key, or `[]` for the rows of a list. No steps: the body itself."""

_DEEP = (json.dumps(DEEP).encode(), b"[" * 100_000 + b"]" * 100_000)


def keys(body: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each key and of each list's rows."""
    if isinstance(body, list):
        if body:
            yield (*path, "[]")
        for row in body:
            yield from keys(row, (*path, "[]"))
    elif isinstance(body, dict):
        for key, value in body.items():
            yield (*path, key)
            yield from keys(value, (*path, key))


def victim(body: Any, path: Path) -> list[Any]:
    """Return the values on the way to the first value at this path, from the body on; empty where the body has none."""
    if not path:
        return [body]
    step, rest = path[0], path[1:]
    if step == "[]" and isinstance(body, list):
        tails = (victim(row, rest) for row in body)
        found = next((tail for tail in tails if tail), [])
    else:
        found = victim(body[step], rest) if step != "[]" and isinstance(body, dict) and step in body else []
    return [body, *found] if found else []


def changed(content: bytes, path: Path, mutator: str) -> bytes | None:
    """Return the body with one value changed; None where it has no value at this path."""
    if not path:
        return BODIES[mutator]
    body = json.loads(content)
    way = victim(body, path)
    if not way:
        return None
    holder, value = way[-2], way[-1]
    if mutator in ROWS:
        place = next(number for number, row in enumerate(holder) if row is value)
        holder[place : place + 1] = ROWS[mutator](value)
    else:
        _replace(holder, path[-1], value, VALUES[mutator](value))
    return json.dumps(body).encode().replace(*_DEEP)


def _replace(holder: Any, key: str, old: Any, new: Any) -> None:
    if key == "[]":
        holder[next(number for number, row in enumerate(holder) if row is old)] = new
    elif new is MISSING:
        del holder[key]
    else:
        holder[key] = new


def mutators(path: Path, value: Any) -> list[str]:
    """Return the mutators for the value at this path."""
    if not path:
        return list(BODIES)
    if path[-1] == "[]":
        return list(ROWS) if isinstance(value, dict | list) else ["row null", "row text", "row twice", "row nested deep"]
    return list(VALUES)


def written(path: Path) -> str:
    """Write a path as people read it, such as `[].user.sis_user_id`."""
    return ".".join(path).replace(".[]", "[]") or "(body)"
