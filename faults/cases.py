"""All cases: every boundary of every variant's small night, every fault at every endpoint, races, stand-stills, and trouble on our own side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from faults.acts import Hitch, Kill, Night, Race, Stalled
from faults.boundaries import PLACES
from faults.scene import NEXT_NIGHT, REMASTER, RETRY, Start
from faults.small_town import IMPATIENT, PATIENT, SmallTown
from faults.trial import THEN, Case, Course, Undisturbed
from faults.variants import Variant

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
_READS = (
    "slow beyond the time-out",
    "throttled with 429",
    "error 503 as HTML",
    "200 with HTML",
    "connection cut",
    "refused",
    "tokens expired",
    "outage",
)
_LEAN = ("answer lost", "second answer lost", "error 500", "connection cut", "all answers lost")
_TWICE_SENT = 8  # tries of one request that is hurt
_NIGHT_LOST = 60  # an outage hurts all that is in flight, again and again; what is refused today is sent tomorrow
_KILLED = (RETRY, NEXT_NIGHT, RETRY, NEXT_NIGHT, REMASTER)
_WORD = re.compile(r"(?!gs-)(?:\D*\d?){0,2}\D*")


@dataclass(frozen=True)
class Scope:
    """How much of a variant is tried. A lean one differs from the full one of its SIS in its writes alone, so only those are disturbed.

    Every request of the load and every fault at every endpoint is tried for each SIS, whatever the scope. Of all else `thorough` takes six times
    as many.
    """

    lean: bool
    with_canvas: bool
    thorough: bool

    @property
    def steps(self) -> int:
        """By what the distance is multiplied between two places that are tried."""
        return 1 if self.thorough else 6


def cases(place: SmallTown, wanted: Undisturbed, scope: Scope) -> list[Case]:
    """All cases of one variant. Canvas is the same for all, so one variant's nights are disturbed there.

    Every twenty-fourth case ends with its artifacts.
    """
    name, load = place.variant.name, wanted.courses["load"]
    made = [*_kills(name, wanted, scope), *_double_kills(name, wanted, scope), *_faults(name, wanted, scope)]
    made += [*_stalled(name, load, scope), *_stalled_creates(place.variant, wanted, scope), *_races(name, scope)]
    made += [] if scope.lean else _hitches(name, load, scope)
    made += _canvas_cases(name, wanted) if scope.with_canvas else []
    return [replace(case, publishes=number % 24 == 0 or _publishes(case, load)) for number, case in enumerate(made)]


def _publishes(case: Case, load: Course) -> bool:
    """Whether the case needs the end of a run: its lease is given back there, and some boundaries are reached only then."""
    if isinstance(case.act, Kill | Hitch | Stalled) and case.start == "load":
        return case.act.number > load.loaded[case.act.place]
    return isinstance(case.act, Race)


def _kills(name: str, wanted: Undisturbed, scope: Scope) -> Iterator[Case]:
    """Before sending, sent, answered, before and after each commit; planning changes nothing in the SIS, so one boundary of its requests will do.

    What comes then goes by the number, so that the moments about one answer are gone on from in two ways: it is there, the next request is ready.
    """
    load = wanted.courses["load"]
    writing = _writes(wanted)
    numbers: dict[str, Sequence[int]] = {"unread": writing, "commit": range(1, load.reached["commit"] + 1)}
    if scope.lean:
        numbers = {place: chosen[:: 2 if scope.thorough else 8] for place, chosen in numbers.items()}
    else:
        commits = numbers["commit"]
        numbers |= {"before": writing, "in flight": writing[::8], "read": writing}
        numbers |= {"committed": commits, "commit": commits[:: 2 * scope.steps]}
        numbers |= {place: range(1, load.reached[place] + 1, 5 * scope.steps) for place in ("draft", "filed")}
        for number in range(1, wanted.reads + 1, scope.steps):
            yield _kill(name, "unread", number, _KILLED[number // scope.steps % 5], "plan")
    for place, chosen in numbers.items():
        for number in chosen:
            yield _kill(name, place, number, _KILLED[number % 5], "load")


def _kill(name: str, place: str, number: int, then: str, start: Start) -> Case:
    detail = f"kill {place} {number}" + {"plan": " while it plans", "canvas": " while Canvas is read", "load": ""}[start]
    return Case(name, f"kill -9: {PLACES[place]}", detail, Kill(place, number), then, start=start)


def _writes(wanted: Undisturbed) -> list[int]:
    """Which of the load's requests write, by number."""
    return [number for number, row in enumerate(wanted.courses["load"].asked[wanted.target], 1) if row["rows"]]


def _double_kills(name: str, wanted: Undisturbed, scope: Scope) -> Iterator[Case]:
    """The run that should put it right is killed as well."""
    for number in _writes(wanted)[2 :: 7 * scope.steps]:
        yield Case(name, "kill -9, two nights in a row", f"kill unread {number} and then 14", Kill("unread", number, again=14), spare=_NIGHT_LOST)


def _faults(name: str, wanted: Undisturbed, scope: Scope) -> Iterator[Case]:
    """Every kind at every endpoint that the night asks, and all tokens ended at any moment of it."""
    asked = wanted.courses["plan"].asked[wanted.target]
    endpoints: dict[tuple[str, str], bool] = {}
    for row in asked:
        endpoints.setdefault((str(row["method"]), template(str(row["path"]))), bool(row["rows"]))
    then = cycle(THEN)
    for (method, path), writes in sorted(endpoints.items()):
        kinds = (_LEAN[:: scope.steps] if writes else ()) if scope.lean else FAULTS if writes else _READS
        for told in kinds:
            rule, goes_on = {**FAULTS[told], "match": {"method": method, "path": path}}, next(then)
            if told == "refused" and writes and wanted.target == "powerschool":
                goes_on = REMASTER  # its 400 is the row's own fault, which waits for a change in Canvas or for a remaster
            yield _fault(name, wanted.target, told, rule, goes_on, "load" if writes else "plan")
    for after in range(2, 0 if scope.lean else len(asked), 6 * scope.steps):
        yield _fault(name, wanted.target, "tokens expired", {"kind": "expire_tokens", "match": {}, "after": after}, next(then), "plan")


def _fault(name: str, system: str, told: str, rule: Mapping[str, Any], then: str, start: Start) -> Case:
    heavy = rule.get("times") == -1 or rule["kind"] in ("refuse", "expire_tokens")
    where = f"{rule['match']['method']} {rule['match']['path']}" if rule["match"] else f"request {rule['after'] + 1}"
    kind = f"fault: {told}" if system != "canvas" else f"fault in Canvas: {told}"
    timeout = IMPATIENT if rule["kind"] == "slow" else PATIENT
    spare = _NIGHT_LOST if heavy else _TWICE_SENT
    return Case(name, kind, f"{told} at {where}", Night(), then, {system: (rule,)}, spare, start, timeout=timeout)


def _hitches(name: str, load: Course, scope: Scope) -> Iterator[Case]:
    then = cycle(THEN)
    for number in range(1, load.reached["begin"] + 1, 5 * scope.steps):
        yield Case(name, "database locked", f"database locked at transaction {number}", Hitch("database locked", "begin", number), next(then))
    for number in range(1, load.reached["draft"] + 1, 4 * scope.steps):
        yield Case(name, "disk full", f"disk full at file {number}", Hitch("disk full", "draft", number), next(then))


def _races(name: str, scope: Scope) -> Iterator[Case]:
    for delay in () if scope.lean and not scope.thorough else (0.0, 0.1, 0.4):
        yield Case(name, "two runs at once", f"a second run {delay:g} s later", Race(delay), spare=_TWICE_SENT, start="plan")


def _stalled(name: str, load: Course, scope: Scope) -> Iterator[Case]:
    places = (("begin", 7), ("read", 13), ("committed", 13))
    for place, step in places if scope.thorough else () if scope.lean else places[:2]:
        for number in range(2, load.loaded[place], step * scope.steps):
            yield Case(name, "a run wakes up after its lease", f"stalled {place} {number}", Stalled(place, number), spare=_NIGHT_LOST)
            told = f"stalled {place} {number} while a second try works"
            yield Case(name, "a task wakes up after its second try", told, Stalled(place, number, RETRY), spare=_NIGHT_LOST)


def _stalled_creates(variant: Variant, wanted: Undisturbed, scope: Scope) -> Iterator[Case]:
    """Between the last look at the lease and the first byte of a create: the first and the last one of each endpoint.

    The worst moment where the SIS chooses the ids, for then nothing tells it that the row stands there by now. Under our own ids, the first will do.
    """
    both = scope.thorough or variant.allocates
    made: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(wanted.courses["load"].asked[wanted.target], 1):
        if row["rows"] and row["method"] != "DELETE" and _makes(str(row["path"])):
            made.setdefault((str(row["method"]), template(str(row["path"]))), []).append(number)
    for numbers in made.values():
        for number, then, told in ((numbers[0], NEXT_NIGHT, "another run"), (numbers[-1], RETRY, "a second try"))[: 1 + both]:
            yield Case(
                variant.name,
                "a create that was stopped at its first byte leaves after all",
                f"stalled leaving {number} while {told} works",
                Stalled("leaving", number, then),
                spare=_NIGHT_LOST,
            )


def _makes(path: str) -> bool:
    """Whether a write to this path makes something: it names a collection, or an id of ours, and no id that the SIS gave."""
    last = path.rstrip("/").rpartition("/")[2]
    return last.startswith("gs-") or not any(sign.isdigit() for sign in last)


def _canvas_cases(name: str, wanted: Undisturbed) -> Iterator[Case]:
    """Kills and faults while Canvas is read: then nothing may be concluded from what was not read."""
    then, asked = cycle(THEN), wanted.courses["canvas"].asked["canvas"]
    for number in range(1, len(asked) + 1):
        yield _kill(name, "unread", number, next(then), "canvas")
    for method, path in sorted({(str(row["method"]), template(str(row["path"]))) for row in asked}):
        for told in _READS:
            yield _fault(name, "canvas", told, {**FAULTS[told], "match": {"method": method, "path": path}}, next(then), "canvas")


def template(path: str) -> str:
    """The endpoint of a path, as a pattern: ids become wildcards."""
    parts = [re.escape(part) if _WORD.fullmatch(part) else "[^/]+" for part in path.strip("/").split("/")]
    return "^/" + "/".join(parts) + "/?$"
