"""Pydantic's findings in our own sentences: where it stands, the value, what is allowed, and a near match for a mistyped key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from include.text import visible

_WANTED = {
    "string_type": 'text, in quotes: "…"',
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "bool_type": "true or false, without quotes",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "model_attributes_type": "a table of keys and values",
}
_LIMITS = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
}


def explain(error: ValidationError, model: type[BaseModel], under: Sequence[str] = ()) -> list[str]:
    """One sentence per finding, each beginning with the key's path; `under` is where the model stands in its file."""
    return [_sentence(found, model, under) for found in error.errors(include_url=False)]


def near(word: str, allowed: Iterable[str]) -> str:
    """A question for the reader, ` (did you mean "x"?)`, when one of the allowed words is close; else nothing."""
    match = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f' (did you mean "{match[0]}"?)' if match else ""


def shown(value: object) -> str:
    """A value as a person typed it, shortened; tables and lists by their kind alone, for they may hold anything."""
    if isinstance(value, dict | list):
        return f"{'a table' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if value is None:
        return "empty"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text if len(text) <= 80 else f"{text[:77]}…"
    return f'"{visible(text)}"' if isinstance(value, str) else text


def _sentence(found: ErrorDetails, model: type[BaseModel], under: Sequence[str]) -> str:
    loc, kind, context = found["loc"], found["type"], found.get("ctx", {})
    path = ".".join([*under, *map(str, loc)]) or "the file"
    if kind == "extra_forbidden":
        allowed = _keys(model, loc[:-1])
        return f"{path}: unknown key{near(str(loc[-1]), allowed)}. Use {', '.join(allowed)}"
    if kind == "missing":
        return f"{path}: this key is missing. Add it"
    if kind == "value_error":
        return f"{path}: {context['error']}"
    if kind == "literal_error":
        guess = near(str(found["input"]), context["expected"].split("'")[1::2])
        return f"{path}: {shown(found['input'])} is not valid{guess}. Use {context['expected']}"
    given = "its value" if _is_secret(model, loc) else shown(found["input"])
    wanted = _WANTED.get(kind) or _limit(context) or found["msg"]
    return f"{path}: {given} is not valid. Use {wanted}"


def _limit(context: dict[str, Any]) -> str:
    return "; ".join(text.format(context[key]) for key, text in _LIMITS.items() if key in context)


def _keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """The keys that the table at this place may have."""
    kind: Any = model
    for step in loc:
        kind = kind.model_fields[step].annotation if _is_model(kind) and step in kind.model_fields else _inside(kind)
    kind = kind if _is_model(kind) else _inside(kind)
    return sorted(kind.model_fields) if _is_model(kind) else []


def _is_secret(model: type[BaseModel], loc: Sequence[int | str]) -> bool:
    """Whether what stands there may be a secret: fields that the model keeps out of its own `repr`."""
    known = model.model_fields.get(str(loc[0])) if loc else None
    return known is not None and not known.repr


def _inside(kind: Any) -> Any:
    """What a dict or list holds, or the model of an optional."""
    options = [option for option in get_args(kind) if _is_model(option) or get_origin(option)]
    return options[-1] if options else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
