"""Parameters as Rails reads them: `a[]` is a list, `a[b]` nests, the last duplicate of a plain name wins (canvas-api.md §6.3 point 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from include.sandbox.canvas.clock import moment
from include.sandbox.canvas.errors import bad_request

_PART = re.compile(r"\[([^\]]*)\]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


class Params:
    """The parameters of one request."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = (), tree: dict[str, Any] | None = None) -> None:
        self.tree: dict[str, Any] = tree if tree is not None else {}
        for name, value in pairs:
            _put(self.tree, _path(name), value)

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def one(self, name: str, default: str = "") -> str:
        """The text of a plain parameter."""
        value = self.tree.get(name, default)
        return value if isinstance(value, str) else default

    def many(self, name: str) -> list[str]:
        """The texts of a list; a single plain one counts as a list of one."""
        value = self.tree.get(name, [])
        return [str(each) for each in value] if isinstance(value, list) else [value] if isinstance(value, str) else []

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no."""
        return truth(self.tree[name]) if name in self.tree else default

    def child(self, name: str) -> dict[str, Any]:
        """A nested object; empty when there is none."""
        value = self.tree.get(name, {})
        return value if isinstance(value, dict) else {}

    def moment(self, name: str) -> datetime | None:
        """A date and time; Canvas answers 400 to anything but the full ISO 8601 form."""
        text = self.one(name)
        if not text:
            return None
        if not _MOMENT.fullmatch(text.replace(" ", "+")):
            raise bad_request({"errors": {name: f"Invalid datetime for {name}"}})
        return moment(text.replace(" ", "+"))

    def day(self, name: str) -> str:
        """The UTC date of a parameter that may be a date or a date and time; empty when it is not there."""
        text = self.one(name).replace(" ", "+")
        try:
            return moment(text).date().isoformat() if text else ""
        except ValueError as error:
            raise bad_request({"errors": {name: f"Invalid datetime for {name}"}}) from error


def truth(value: object) -> bool:
    """What Rails takes for true."""
    return value is True or str(value).lower() in ("true", "1", "t", "yes", "on")


def _path(name: str) -> list[str]:
    head, bracket, _ = name.partition("[")
    return [head, *_PART.findall(name[len(head) :])] if bracket else [name]


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    head, rest = path[0], path[1:]
    if not rest:
        tree[head] = value
    elif rest == [""]:
        found = tree.setdefault(head, [])
        if isinstance(found, list):
            found.append(value)
    else:
        child = tree.setdefault(head, {})
        if isinstance(child, dict):
            _put(child, rest, value)
