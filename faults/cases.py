"""All cases: every boundary of every variant's small night, every fault at every endpoint, races, stand-stills, and trouble on our own side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

from faults.acts import Hitch, Kill, Night, Race, Stalled
from faults.boundaries import PLACES
from faults.small_town import SmallTown
from faults.trial import THEN, Case, Undisturbed

# Kind of fault, and what its rule says besides. One at a time unless it says `times`; -1 is an outage of that endpoint for the whole night.
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "slow beyond the time-out": {"kind": "slow", "seconds": 0.9},
    "throttled with 429": {"kind": "throttle", "retry_after": 0},
    "throttled with 403": {"kind": "throttle", "status": 403},
    "error 500": {"kind": "error", "status": 500},
    "error 503 as HTML": {"kind": "error", "status": 503, "html": True},
    "200 with HTML": {"kind": "error", "status": 200, "html": True},
    "connection cut": {"kind": "cut"},
    "answer lost": {"kind": "lost"},
    "second answer lost": {"kind": "lost", "after": 1},
    "refused": {"kind": "refuse", "body": "out of order"},
    "tokens expired": {"kind": "expire_tokens"},
    "outage": {"kind": "error", "status": 503, "times": -1},
    "all answers lost": {"kind": "lost", "times": -1},
}
_LEAN = ("answer lost", "second answer lost", "error 500", "connection cut", "all answers lost")
_TWICE_SENT = 8  # tries of one request that is hurt
_NIGHT_LOST = 60  # an outage hurts all that is in flight, again and again; what is refused today is sent tomorrow
_WORD = re.compile(r"(?!gs-)(?:\D*\d?){0,2}\D*")


def cases(place: SmallTown, wanted: Undisturbed, lean: bool, with_canvas: bool) -> list[Case]:
    """All cases of one variant. A lean one differs from the full one of its SIS in its writes alone, so only those are disturbed.

    Canvas is the same for all, so one variant's nights are disturbed there. Every fourth case ends with its artifacts.
    """
    name = place.variant.name
    made = [*_kills(name, wanted, lean), *_double_kills(name, wanted), *_faults(name, place.target, wanted.asked, lean)]
    made += [*_tokens(name, place.target, wanted), *_hitches(name, wanted), *_races(name), *_stalled(name, wanted)]
    made += _canvas_cases(name, wanted) if with_canvas else []
    return [replace(case, publishes=number % 4 == 0 or _after_load(case, wanted)) for number, case in enumerate(made)]


def _after_load(case: Case, wanted: Undisturbed) -> bool:
    """Whether the boundary at which it happens is reached only when the artifacts are written."""
    return isinstance(case.act, Kill | Hitch | Stalled) and not case.reads_canvas and case.act.number > wanted.loaded[case.act.place]


def _kills(name: str, wanted: Undisturbed, lean: bool) -> Iterator[Case]:
    """Before sending, sent, answered, before and after each commit; reads change nothing in the SIS, so one boundary of theirs will do."""
    then = cycle(THEN)
    writing = [number for number, row in enumerate(wanted.asked, 1) if row["rows"]]
    asked = range(1, wanted.reached["before"] + 1)
    numbers: dict[str, Sequence[int]] = {"unread": asked, "commit": range(1, wanted.reached["commit"] + 1)}
    if lean:
        numbers = {place: chosen[::2] for place, chosen in (("unread", writing), ("commit", numbers["commit"]))}
    else:
        numbers |= {"before": writing, "in flight": writing[::3], "read": writing, "committed": numbers["commit"]}
        numbers |= {place: range(1, wanted.reached[place] + 1, 3) for place in ("draft", "filed")}
    for place, chosen in numbers.items():
        for number in chosen:
            yield Case(name, f"kill -9: {PLACES[place]}", f"kill {place} {number}", Kill(place, number), next(then))


def _double_kills(name: str, wanted: Undisturbed) -> Iterator[Case]:
    """The run that should put it right is killed as well."""
    writing = [number for number, row in enumerate(wanted.asked, 1) if row["rows"]]
    for number in writing[2::7]:
        yield Case(name, "kill -9, two nights in a row", f"kill unread {number} and then 14", Kill("unread", number, again=14), spare=_NIGHT_LOST)


def _faults(name: str, system: str, asked: Sequence[Mapping[str, Any]], lean: bool) -> Iterator[Case]:
    """Every kind at every endpoint that the night asks."""
    endpoints = {(str(row["method"]), template(str(row["path"]))): bool(row["rows"]) for row in asked}
    then = cycle(THEN)
    for (method, path), writes in sorted(endpoints.items()):
        for told, rule in FAULTS.items():
            if lean and not (writes and told in _LEAN):
                continue
            yield _fault(name, system, told, {**rule, "match": {"method": method, "path": path}}, next(then))


def _fault(name: str, system: str, told: str, rule: Mapping[str, Any], then: str, **more: Any) -> Case:
    heavy = rule.get("times") == -1 or rule["kind"] in ("refuse", "expire_tokens")
    where = f"{rule['match']['method']} {rule['match']['path']}" if rule["match"] else f"request {rule['after'] + 1}"
    spare = _NIGHT_LOST if heavy else _TWICE_SENT
    kind = f"fault: {told}" if system != "canvas" else f"fault in Canvas: {told}"
    return Case(name, kind, f"{told} at {where}", Night(), then, {system: (rule,)}, spare, **more)


def _tokens(name: str, target: str, wanted: Undisturbed) -> Iterator[Case]:
    """All tokens end at any moment of the night."""
    then = cycle(THEN)
    for after in range(2, len(wanted.asked), 5):
        rule = {"kind": "expire_tokens", "match": {}, "after": after}
        yield _fault(name, target, "tokens expired", rule, next(then))


def _hitches(name: str, wanted: Undisturbed) -> Iterator[Case]:
    then = cycle(THEN)
    for number in range(1, wanted.reached["begin"] + 1, 5):
        yield Case(name, "database locked", f"database locked at transaction {number}", Hitch("database locked", "begin", number), next(then))
    for number in range(1, wanted.reached["draft"] + 1, 4):
        yield Case(name, "disk full", f"disk full at file {number}", Hitch("disk full", "draft", number), next(then))


def _races(name: str) -> Iterator[Case]:
    for delay in (0.0, 0.1, 0.4):
        yield Case(name, "two runs at once", f"a second run {delay:g} s later", Race(delay), spare=_TWICE_SENT)


def _stalled(name: str, wanted: Undisturbed) -> Iterator[Case]:
    for place, step in (("committed", 9), ("read", 13)):
        for number in range(2, wanted.loaded[place], step):
            yield Case(name, "a run wakes up after its lease", f"stalled {place} {number}", Stalled(place, number), spare=_NIGHT_LOST)


def _canvas_cases(name: str, wanted: Undisturbed) -> Iterator[Case]:
    """Kills and faults while Canvas is read: then nothing may be concluded from what was not read."""
    then = cycle(THEN)
    for number in range(1, len(wanted.canvas_asked) + 1):
        kind = "kill -9 while Canvas is read"
        yield Case(name, kind, f"kill unread {number} of Canvas", Kill("unread", number), next(then), reads_canvas=True)
    endpoints = {(str(row["method"]), template(str(row["path"]))) for row in wanted.canvas_asked}
    for method, path in sorted(endpoints):
        for told, rule in FAULTS.items():
            yield _fault(name, "canvas", told, {**rule, "match": {"method": method, "path": path}}, next(then), reads_canvas=True)


def template(path: str) -> str:
    """The endpoint of a path, as a pattern: ids become wildcards."""
    parts = [re.escape(part) if _WORD.fullmatch(part) else "[^/]+" for part in path.strip("/").split("/")]
    return "^/" + "/".join(parts) + "/?$"
