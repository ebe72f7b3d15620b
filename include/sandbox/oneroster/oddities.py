"""What real providers do beside the standard, switched on for tests: `PUT /_sandbox/oddities` with a JSON object, `DELETE` for none.

{"put_answer": "empty_200", "problem_json": true, "padded_ids": 3, "collapsed_titles": true,
 "changes": [{"collection": "users", "id": "81001", "without": ["sourcedId"]}, {"collection": "lineItems", "set": {"dueDate": "9999-12-31"}}],
 "refusals": [{"id": "81001", "status": 500, "sentence": "Object reference not set"}]}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from include.sandbox.oneroster.errors import RefusedError

PUT_ANSWERS = ("", "empty_200", "empty_201", "no_content", "record_200", "record_201")
_KEYS = {"put_answer": str, "problem_json": bool, "padded_ids": int, "collapsed_titles": bool, "changes": list, "refusals": list}


@dataclass
class Oddities:
    """The oddities in force. `changes` are of records as they are shown, `refusals` of records that are written."""

    put_answer: str = ""
    problem_json: bool = False
    padded_ids: int = 0
    collapsed_titles: bool = False
    changes: list[Mapping[str, Any]] = field(default_factory=list)
    refusals: list[Mapping[str, Any]] = field(default_factory=list)

    def use(self, wanted: Mapping[str, Any]) -> None:
        """Put these oddities in force instead of all others. Raises ValueError for what is unknown."""
        for name, value in wanted.items():
            if name not in _KEYS or not isinstance(value, _KEYS[name]):
                raise ValueError(
                    f"{name}={value!r} is not an oddity; allowed: {', '.join(f'{key} ({kind.__name__})' for key, kind in _KEYS.items())}"
                )
        if wanted.get("put_answer", "") not in PUT_ANSWERS:
            raise ValueError(f"put_answer must be one of {', '.join(PUT_ANSWERS)}, not {wanted['put_answer']!r}")
        self.__dict__.update(Oddities(**wanted).__dict__)

    def shown(self, row: dict[str, Any], collection: str) -> dict[str, Any]:
        """The record as this provider shows it."""
        for change in self.changes:
            if change["collection"] == collection and change.get("id", row.get("sourcedId")) == row.get("sourcedId"):
                row = {name: value for name, value in {**row, **change.get("set", {})}.items() if name not in change.get("without", ())}
        if self.collapsed_titles and isinstance(row.get("title"), str):
            row = {**row, "title": " ".join(row["title"].split())}
        return _padded(row, self.padded_ids) if self.padded_ids else row

    def check(self, row: Mapping[str, Any]) -> None:
        """Raise the refusal of a record that is written under, or links to, a refused ID."""
        ids = {value for value in row.values() if isinstance(value, str)}
        for one in self.refusals:
            if one["id"] in ids or str(row.get("sourcedId", "")).endswith(str(one["id"])):
                raise RefusedError(int(one.get("status", 422)), str(one.get("minor", "invaliddata")), str(one.get("sentence", "refused")))


def _padded(value: Any, spaces: int) -> Any:
    """IDs as a column of fixed width gives them out."""
    if isinstance(value, list):
        return [_padded(one, spaces) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: one + " " * spaces if name == "sourcedId" and isinstance(one, str) else _padded(one, spaces) for name, one in value.items()}


def handler(oddities: Oddities) -> Callable[[Request], Awaitable[object]]:
    """The admin route."""

    async def endpoint(request: Request) -> object:
        if request.method in ("PUT", "POST"):
            oddities.use(await request.json())
        elif request.method == "DELETE":
            oddities.use({})
        return vars(oddities)

    return endpoint


def problem(refused: RefusedError) -> dict[str, Any]:
    """A refusal as a gateway writes it (RFC 9457)."""
    return {"type": "about:blank", "title": refused.minor, "status": refused.status, "detail": refused.sentence}
