"""What may stand in the lists of 1.2's gradebook objects: score scale values and learning objectives (oneroster-gradebook.md §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Entry = Mapping[str, Any]

_SOURCE = re.compile(r"case|unknown|/(?!case$)(?!unknown$)[a-z0-9]+")


def _scale_value(entry: Entry) -> bool:
    return set(entry) == {"itemValueLHS", "itemValueRHS"} and all(isinstance(text, str) for text in entry.values())


def _sourced(entry: Entry, name: str, is_good: Callable[[Any], bool]) -> bool:
    source, below = entry.get("source"), entry.get(name)
    if set(entry) != {"source", name} or not isinstance(source, str) or not _SOURCE.fullmatch(source):
        return False
    return isinstance(below, list) and bool(below) and all(is_good(one) for one in below)


def _objectives(entry: Entry) -> bool:
    return _sourced(entry, "learningObjectiveIds", lambda one: isinstance(one, str))


def _objective_scores(entry: Entry) -> bool:
    return _sourced(entry, "learningObjectiveResults", _objective_score)


def _objective_score(entry: Any) -> bool:
    if not isinstance(entry, dict) or not set(entry) <= {"learningObjectiveId", "score", "textScore"}:
        return False
    score, text = entry.get("score", 0), entry.get("textScore", "")
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return isinstance(entry.get("learningObjectiveId"), str) and is_number and isinstance(text, str)


ENTRIES: Mapping[str, Callable[[Entry], bool]] = {
    "scale values": _scale_value,
    "objectives": _objectives,
    "objective scores": _objective_scores,
}
