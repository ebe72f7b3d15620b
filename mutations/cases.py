"""The cases: each key of each kind of response, found by recording an undisturbed run, with the odd values that it takes in turn."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any
from urllib.parse import parse_qsl

from mutations.change import Path, keys, mutators, victim, written
from mutations.directory import Marks, Reach, reach
from mutations.interceptor import Asked, Seen
from mutations.prepared import CANVAS
from mutations.variants import Variant

ROOT = File(__file__).resolve().parents[1]
_FEW = ("missing", "nested deep")
"""What a key that no client reads is set to, beside one more odd value in turn."""
_ALWAYS = ("missing", "null", "another type", "nested deep")
_IN_CANVAS, _IN_A_SIS = 9, 6
"""How many odd values a key that a client reads is set to, in turn: OneRoster's versions and vendors share most keys."""
_NO_IDS = ("q", "projection", "page", "pagesize", "per_page", "limit", "offset", "status")
_COPIED = re.compile(r"(?i)(id|dcid|sourcedid)$")

_OTHER_IDS = ("another type", "10**40", "negative", "huge text", "year 1", "year 9999")

WHOLE = (
    r"/token |/access_token ",
    r"/accounts/\*/courses \(body\)",
    r"/categories (\(body\)|categories)$",
    r"/ws/v1/metadata ",
    r"/orgs |/ws/v1/district ",
    r"/ws/schema/table/\w+ (\(body\)|name|record|@extensions)$",
)
"""What concerns a whole SIS, such as who it says that it is (I-4): a run may stop here, if it says why."""


@dataclass(frozen=True)
class Place:
    """One key of one kind of response of one variant: which request's response is changed, and what the record there is about.

    `left` is what a record of a Canvas course is still known to be about when the key is unreadable; `first` and `last` are the first and the last
    stage that asks for it.
    """

    variant: str
    system: str
    asked: Asked
    path: Path
    mutators: tuple[str, ...]
    reach: Reach
    left: Reach
    first: str
    last: str

    @property
    def key(self) -> str:
        """Name the key, regardless of the variant."""
        return f"{self.asked.kind} {written(self.path)}"

    @property
    def is_minor(self) -> bool:
        """Return whether it answers a write, or an extra way of writing: clients look at few of its keys."""
        return ", " in self.variant or (self.asked.method != "GET" and not self.asked.path.rstrip("/").endswith("token"))

    @property
    def is_whole(self) -> bool:
        """Return whether it concerns the whole SIS."""
        return any(re.search(pattern, self.key) for pattern in WHOLE)


@dataclass(frozen=True)
class Case:
    """One mutation."""

    place: Place
    mutator: str

    @property
    def name(self) -> str:
        """Name it in one line."""
        return f"{self.place.variant}: {self.place.key} = {self.mutator}"

    @property
    def is_an_empty_list(self) -> bool:
        """Return whether Canvas says that there is nothing: no error, so what was never sent need not be named."""
        return self.mutator == "body an empty list" and self.place.system == CANVAS

    @property
    def denies_all(self) -> bool:
        """Return whether a SIS says that it has nothing: what the ledger has forgotten is not adopted then, but created again."""
        empty = ("body an empty list", "body an empty object")  # PowerSchool writes a list without members as an empty object
        return self.mutator in empty and self.place.system != CANVAS

    @property
    def names_another(self) -> bool:
        """Return whether a score in a SIS gets another ID that can be one: whoever writes to it writes to another record, as the SIS says."""
        return self.place.path[-3:] == ("results", "[]", "sourcedId") and self.mutator in _OTHER_IDS

    @property
    def kind(self) -> str:
        """Name the kind under which it is counted."""
        return f"{self.place.variant if self.place.system != CANVAS else CANVAS}: {self.place.asked.kind}"


def places(variant: Variant, seen: Sequence[tuple[str, str, Seen]], found: Marks) -> Iterator[Place]:
    """Yield all places in what an undisturbed run got: (system, stage, response)."""
    last = {(system, one.asked): stage for system, stage, one in seen}
    first = {(system, one.asked): stage for system, stage, one in reversed(seen)}
    known: set[tuple[str, str, Path]] = set()
    for system, _, one in seen:
        body = json.loads(one.content)
        for path in [(), *dict.fromkeys(keys(body))]:
            if (system, one.asked.kind, path) not in known:
                known.add((system, one.asked.kind, path))
                way = victim(body, path)
                about = reach(found, asked := list(_asked_ids(one.asked)), _record(path, way))
                in_a_course = system == CANVAS and "/courses/" in one.asked.path
                yield Place(
                    variant.name,
                    system,
                    one.asked,
                    path,
                    tuple(mutators(path, way[-1])),
                    about,
                    reach(found, asked, _left(path, way)) if in_a_course else about,
                    first[system, one.asked],
                    last[system, one.asked],
                )


def _record(path: Path, way: list[Any]) -> list[Any]:
    """Return the objects that say what the record is about. An override is about its assignment in all sections."""
    if "overrides" in path:
        return way[: path.index("overrides") + 1]
    return way if path[-1:] == ("[]",) else way[:-1]


def _left(path: Path, way: list[Any]) -> list[Any]:
    """Return what `_record` returns, without this key; without the row itself when it is replaced or has no ID of its own.

    What belongs to a record, such as an override or a list of words, has no place of its own: its record is still known.
    """
    holders = _record(path, way)
    if "overrides" in path or not path:
        return holders
    is_lost = (path[-1] == "id" and path[-2:-1] == ("[]",)) or (path[-1] == "[]" and isinstance(way[-1], dict))
    if "assignments" in path and (is_lost or path[-1] == "assignments"):
        return []  # its group does not say which assignment it was
    if is_lost:
        return holders[:-1]
    return [*holders[:-1], {name: value for name, value in holders[-1].items() if name != path[-1]}] if isinstance(holders[-1], dict) else holders


def _asked_ids(asked: Asked) -> Iterator[list[str]]:
    """Yield the IDs of a request: each part of its path, and all values of one name, which mean a list."""
    yield from ([part] for part in asked.path.split("/")[4:])
    named: dict[str, list[str]] = defaultdict(list)
    for name, value in [*parse_qsl(asked.query), *_body_ids(asked.body)]:
        named[name] += value.split(",")
    yield from (values for name, values in named.items() if name not in _NO_IDS)


def _body_ids(text: str) -> list[tuple[str, str]]:
    try:
        body = json.loads(text)
    except ValueError:
        return []
    return list(_ids(body))


def _ids(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for row in value:
            yield from _ids(row)
    elif isinstance(value, dict):
        for key, one in value.items():
            if _COPIED.search(key) and isinstance(one, str | int):
                yield key, str(one)
            elif isinstance(one, dict) and "sourcedId" in one:
                yield key, str(one["sourcedId"])
                yield from _ids({name: value for name, value in one.items() if name != "sourcedId"})
            else:
                yield from _ids(one)


def cases(all_places: Sequence[Place], five: Sequence[str], everywhere: bool) -> list[Case]:
    """Deal the mutators: each of a key that a client reads is tried on one of the SIS that answer with it, or `everywhere`.

    Those of one of Canvas's keys are tried on the same SIS: many end alike. The SIS take turns with the keys.
    """
    by_key: dict[tuple[str, str], list[Place]] = {}
    for place in all_places:
        family = CANVAS if place.system == CANVAS else re.sub(r"^(\w+) /genesis/", r"\1 /", place.asked.kind)
        by_key.setdefault((family, place.key.replace("/genesis/", "/")), []).append(place)
    made = []
    for number, group in enumerate(by_key.values()):
        usual = [place for place in group if place.variant in five] or group[:1]
        for turn, mutator in enumerate(_chosen(usual[0], number, everywhere)):
            at = number if usual[0].system == CANVAS else number + turn
            chosen = usual if everywhere else [usual[at % len(usual)]]
            made += [Case(place, mutator) for place in chosen]
    return made


def _chosen(place: Place, number: int, everywhere: bool) -> Sequence[str]:
    word = next((step for step in reversed(place.path) if step != "[]"), "")
    if everywhere or len(place.mutators) < 15:
        return place.mutators
    matters = is_read(place.system, word) and not place.is_minor
    first = _ALWAYS if matters else _FEW
    count = len(_FEW) + 1 if not matters else _IN_CANVAS if place.system == CANVAS else _IN_A_SIS
    others = [one for one in place.mutators if one not in first]
    return [*first, *(others[(number * 5 + turn) % len(others)] for turn in range(count - len(first)))]


@cache
def _source(system: str) -> str:
    folder = ROOT / "include" / ("canvas" if system == CANVAS else "sis")
    return "\n".join(path.read_text() for path in folder.rglob("*.py"))


@cache
def is_read(system: str, key: str) -> bool:
    """Return whether the clients' code names this key at all."""
    return bool(re.search(rf"\b{re.escape(key)}\b", _source(system)))
