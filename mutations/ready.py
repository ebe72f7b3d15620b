"""A variant that is ready: prepared, run undisturbed, and with all places where that run can be mutated."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.forks import Child
from mutations.book import Cell
from mutations.cases import Place, places
from mutations.directory import Marks
from mutations.findings import Tables
from mutations.interceptor import Asked, Seen
from mutations.prepared import Prepared, prepare, validate
from mutations.trial import Undisturbed, leave, record, replays
from mutations.variants import Variant

_LONGEST = 600.0


@dataclass
class Ready:
    """A prepared variant, its undisturbed run, and the places where that run can be mutated."""

    prepared: Prepared
    undisturbed: Undisturbed
    places: list[Place]


def ready(variant: Variant, folder: Path) -> Ready:
    """Prepare a variant and run it undisturbed."""
    prepared = prepare(variant, folder / _name(variant))
    _child(prepared, lambda: validate(prepared))
    whole = _recorded(prepared, folder / f"{_name(variant)}-recorded")
    after, left = _cells(whole["after"]), Tables(whole["tables"])
    calls = pickle.loads(bytes.fromhex(whole["calls"]))  # noqa: S301  # our own child's
    undisturbed = Undisturbed(_cells(whole["before"]), after, _cells(whole["next"]), left, whole["digests"], calls)
    if not _child(prepared, lambda: replays(prepared, calls)):
        raise AssertionError(f"{variant.name}: the calls of the undisturbed run, made again, are not answered alike")
    seen = list(_seen(whole["seen"]))
    return Ready(prepared, undisturbed, list(places(variant, seen, _marks(whole["marks"]))))


def _name(variant: Variant) -> str:
    return variant.name.replace(", ", "-").replace(" ", "-")


def _recorded(prepared: Prepared, folder: Path) -> Any:
    told = _child(prepared, lambda: record(prepared, folder))
    leave(folder)
    return told


def _child(prepared: Prepared, task: Callable[[], Any]) -> Any:
    ended = Child.run(task).wait(_LONGEST)
    if ended.error or ended.signal:
        raise AssertionError(f"{prepared.variant.name}: an undisturbed run ended with {ended.error or ended.signal}")
    return ended.told


def _seen(rows: Sequence[Any]) -> Iterator[tuple[str, str, Seen]]:
    for system, stage, asked, content in rows:
        yield system, stage, Seen(Asked(**asked), content.encode())


def _cells(rows: Sequence[Sequence[str]]) -> dict[Cell, str]:
    return {(section, name, student): value for section, name, student, value in rows}


def _marks(rows: Any) -> Marks:
    return Marks(*({key: set(values) for key, values in rows[name].items()} for name in ("sections", "assignments", "students")))
