"""Records as a server with bad data, or of another version, shows them: fields that are missing or hold something else, and records that refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.sandbox.powerschool.answers import Refusal
from include.sandbox.powerschool.settings import Settings


def altered(settings: Settings, kind: str, number: object, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row without the fields that `left_out` names, and with the values that `altered` names, for all of a kind or for one record."""
    if not settings.left_out and not settings.altered:
        return dict(row)
    shown = {}
    for field, value in row.items():
        names = (f"{kind}/{number}.{field}", f"{kind}.{field}")
        if not settings.left_out.intersection(names):
            shown[field] = next((settings.altered[name] for name in names if name in settings.altered), value)
    return shown


def refuse(settings: Settings, kind: str, number: object) -> None:
    """Raise the refusal that `refusing` has for this record."""
    told = settings.refusing.get(f"{kind}/{number}")
    if told is not None:
        raise Refusal(told.status, told.message)
