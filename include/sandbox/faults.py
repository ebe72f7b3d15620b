"""Faults that a test orders for a sandbox server: slow, throttled, failing, cut and lost answers, refusals, dead tokens.

A rule is JSON: `{"match": {"method": "PUT", "path": "regex", "query": "regex"}, "kind": "lost", "times": 1, "after": 0, ...}`.
It skips its first `after` matches, then fires `times` times (-1: always).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What each kind may say besides match, kind, times and after.
KINDS: Mapping[str, frozenset[str]] = {
    "slow": frozenset({"seconds"}),
    "throttle": frozenset({"status", "retry_after", "body", "headers"}),
    "error": frozenset({"status", "html", "body", "headers"}),
    "cut": frozenset(),
    "lost": frozenset(),
    "refuse": frozenset({"status", "body", "headers"}),
    "expire_tokens": frozenset(),
}
_ALONGSIDE = ("slow", "expire_tokens")  # these act before the request goes on; of the others one ends it


class FaultError(ValueError):
    """A rule that cannot be understood; the message says what is allowed."""


@dataclass(slots=True)
class Fault:
    """One rule with its counters."""

    kind: str
    method: str
    path: re.Pattern[str]
    query: re.Pattern[str]
    times: int
    after: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, method: str, path: str, query: str) -> bool:
        """Whether this request is meant, the counters left aside."""
        return self.method in ("", method) and bool(self.path.search(path)) and bool(self.query.search(query))

    def fires(self) -> bool:
        """Count one match; true when the rule acts on it."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.times > 0:
            self.times -= 1
        return True


def parse(rule: object) -> Fault:
    """The rule as a Fault. Raises FaultError with the allowed values."""
    if not isinstance(rule, dict):
        raise FaultError(f"a fault is a JSON object, not {type(rule).__name__}")
    kind, match = str(rule.get("kind")), rule.get("match", {})
    if kind not in KINDS:
        raise FaultError(f"fault kind {kind!r} is unknown; allowed: {', '.join(KINDS)}")
    allowed = KINDS[kind] | {"match", "kind", "times", "after"}
    unknown = sorted(set(rule) - allowed)
    if unknown:
        raise FaultError(f"fault {kind}: unknown keys {', '.join(unknown)}; allowed: {', '.join(sorted(allowed))}")
    if not isinstance(match, dict) or set(match) - {"method", "path", "query"}:
        raise FaultError("fault match takes the keys method, path and query (the last two are regular expressions)")
    settings = {key: rule[key] for key in KINDS[kind] if key in rule}
    times, after = rule.get("times", 1), rule.get("after", 0)
    if not isinstance(times, int) or times == 0 or times < -1 or not isinstance(after, int) or after < 0:
        raise FaultError(f"fault times is 1 or more, or -1 for always; after is 0 or more; got times={times!r}, after={after!r}")
    try:
        path, query = re.compile(str(match.get("path", ""))), re.compile(str(match.get("query", "")))
    except re.error as error:
        raise FaultError(f"fault match is not a regular expression: {error}") from error
    return Fault(kind, str(match.get("method", "")).upper(), path, query, times, after, settings)


class Faults:
    """The rules in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, rule: object) -> None:
        """Put one rule in force."""
        self._rules.append(parse(rule))

    def clear(self) -> None:
        """Take all rules out of force."""
        self._rules.clear()

    def take(self, method: str, path: str, query: str) -> list[Fault]:
        """The rules that act on this request: any number that act alongside, and at most one that ends it (the last in the list)."""
        alongside: list[Fault] = []
        final: list[Fault] = []
        for rule in self._rules:
            if (final and rule.kind not in _ALONGSIDE) or not rule.matches(method, path, query) or not rule.fires():
                continue
            (alongside if rule.kind in _ALONGSIDE else final).append(rule)
        self._rules = [rule for rule in self._rules if rule.times != 0]
        return alongside + final
