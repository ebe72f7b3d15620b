"""One trial in a child process: the mutated run, what it left behind, and the run after it."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mutations.book import Cell, book
from mutations.calls import Call, are_answered_alike
from mutations.cases import Case
from mutations.directory import Marks, marks
from mutations.findings import Tables, leaks, logged, tables
from mutations.interceptor import Interceptor, Mutation, Seen
from mutations.nightly import Nightly, SameError, database
from mutations.prepared import CHOOSE, NEXT, STARTS, TOKEN, TONIGHT, TRANSFORM, Prepared
from tests.town import Town


@dataclass
class Undisturbed:
    """The run as it should be: the SIS before it, after it, and after the next one; its tables; its digests."""

    before: dict[Cell, str]
    after: dict[Cell, str]
    next: dict[Cell, str]
    tables: Tables
    digests: list[str]
    calls: list[Call]


@dataclass
class Found:
    """What a mutated run left behind. `same`: it went on exactly as the earlier run of this digest."""

    hits: int
    leaks: list[str]
    same: str = ""
    digests: list[str] = field(default_factory=list)
    left: str = ""
    crashes: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    after: list[tuple[str, str, str, str]] = field(default_factory=list)
    next: list[tuple[str, str, str, str]] | None = None
    next_crashes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Memory:
    """What earlier cases of one variant showed: how a run ends by what one of its stages left, and what the next run does by what is left then.

    The processes that share the variant's cases share it through a folder.
    """

    folder: Path
    runs: dict[str, Found | None] = field(default_factory=dict)
    next: dict[str, tuple[list[tuple[str, str, str, str]], list[dict[str, Any]]]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def learn(self, found: Found) -> Found:
        """Keep what a case showed; return it as if its run had been made to the end."""
        if found.same:
            earlier = self.runs[found.same]
            return found if earlier is None else replace(earlier, hits=found.hits, leaks=found.leaks, digests=[])
        draft = self.folder / f"{os.getpid()}-{time.monotonic_ns()}"
        draft.write_bytes(pickle.dumps(found))
        draft.rename(draft.with_suffix(".found"))
        return found

    def refresh(self) -> None:
        """Learn what all processes have kept since."""
        for file in self.folder.glob("*.found"):
            if file.name not in self._read:
                self._read.add(file.name)
                found: Found = pickle.loads(file.read_bytes())  # noqa: S301  # written by a process of ours
                self.runs.update(dict.fromkeys(found.digests, found))
                if found.next is not None:
                    self.next[found.left] = found.next, found.next_crashes


def try_calls(prepared: Prepared, case: Case, wanted: Undisturbed) -> dict[str, Any] | None:
    """Make the calls alone to the mutated SIS; None where it does not answer as the undisturbed one. In a child only."""
    place = case.place
    front = prepared.apps[place.system]
    front.mutation = Mutation(place.asked, place.path, case.mutator)
    mutated = STARTS[STARTS.index(place.first) : STARTS.index(place.last) + 1]
    with logged() as lines:
        alike = replays(prepared, [call for call in wanted.calls if call.stage in mutated])
        return asdict(Found(front.hits, _leaks(prepared, lines), wanted.digests[-1])) if alike else None


def replays(prepared: Prepared, calls: list[Call]) -> bool:
    """Make these calls, each stage's to a client of its own; return whether all are answered alike. In a child only."""
    with prepared.serving(ends=False) as town:
        stages = dict.fromkeys(call.stage for call in calls)
        return all(are_answered_alike(town.client(prepared.target), [call for call in calls if call.stage == stage]) for stage in stages)


def try_case(prepared: Prepared, case: Case, wanted: Undisturbed, memory: Memory, folder: Path) -> dict[str, Any]:
    """Run it. In a child only: what it changes stays changed."""
    place = case.place
    prepared.copy_to(folder, place.first)
    front = prepared.apps[place.system]
    front.mutation = Mutation(place.asked, place.path, case.mutator)
    nightly = Nightly(prepared, prepared.run(TONIGHT), memory.runs, _after(place.last))
    with logged() as lines, prepared.serving(ends=False) as town:
        try:
            nightly.play(town, place.first)
        except SameError as same:
            return asdict(Found(front.hits, _leaks(prepared, lines), str(same)))
        return asdict(_found(nightly, front, town, lines, wanted, memory))


def _found(nightly: Nightly, front: Interceptor, town: Town, lines: list[str], wanted: Undisturbed, memory: Memory) -> Found:
    prepared, run = nightly.prepared, nightly.run
    front.mutation = None
    left = tables(run)
    after = snapshot(prepared)
    summary: Any = run.folder.read_json("summary") if run.folder.exists("summary") else {}
    digests = [] if nightly.crashes else list(nightly.digests.values())
    found = Found(front.hits, _leaks(prepared, lines), "", digests, "", [asdict(one) for one in nightly.crashes], summary, left.rows, left.wrong)
    found.after = _listed(after)
    if after != wanted.after or nightly.crashes:
        found.left = hashlib.sha256(database() + repr(sorted(after.items())).encode("utf-8", "surrogatepass")).hexdigest()
        found.next, found.next_crashes = memory.next.get(found.left) or _next(prepared, town)
    return found


def _next(prepared: Prepared, town: Town) -> tuple[list[tuple[str, str, str, str]], list[dict[str, Any]]]:
    again = Nightly(prepared, prepared.run(NEXT))
    again.play(town, TRANSFORM)
    return _listed(snapshot(prepared)), [asdict(one) for one in again.crashes]


def _after(last: str) -> list[str]:
    order = ("choose", "extract", "filter", "transform", "validate", "load")
    return list(order[order.index(last) :])


def _leaks(prepared: Prepared, lines: list[str]) -> list[str]:
    given = [secret for app in prepared.apps.values() for secret in app.tokens]
    cut = [part for secret in given for part in (secret, secret[3:]) if len(part) > 8]
    return leaks(lines, [TOKEN, f"{prepared.target}-secret", *cut, "x" * 1000], prepared.district)


def snapshot(prepared: Prepared) -> dict[Cell, str]:
    """Return what the SIS holds."""
    return book(prepared.apps[prepared.target].state.sandbox.snapshot())


def _listed(cells: Mapping[Cell, str]) -> list[tuple[str, str, str, str]]:
    return [(*cell, value) for cell, value in cells.items()]


def record(prepared: Prepared, folder: Path) -> dict[str, Any]:
    """Run it undisturbed, with all responses. In a child only."""
    prepared.copy_to(folder, CHOOSE)
    seen: list[tuple[str, str, Seen]] = []
    stage = ["choose"]
    for name, app in prepared.apps.items():
        app.record = lambda one, name=name: seen.append((name, stage[0], one))
    before = snapshot(prepared)
    calls: list[Call] = []
    nightly = Nightly(prepared, prepared.run(TONIGHT), on_stage=lambda name: stage.__setitem__(0, name), calls=calls)
    with prepared.serving() as town:
        nightly.play(town, CHOOSE)
        for app in prepared.apps.values():
            app.record = None
        after, left = snapshot(prepared), tables(nightly.run)
        again = Nightly(prepared, prepared.run(NEXT))
        again.play(town, TRANSFORM)
        wrong = [*left.wrong, *map(str, (*nightly.crashes, *again.crashes))]
        if wrong:
            raise AssertionError(f"{prepared.variant.name}: an undisturbed run: {wrong}")
        return {
            "before": _listed(before),
            "after": _listed(after),
            "next": _listed(snapshot(prepared)),
            "tables": left.rows,
            "digests": list(nightly.digests.values()),
            "calls": pickle.dumps(calls).hex(),
            "marks": {name: {key: sorted(one) for key, one in ids.items()} for name, ids in vars(_marks(prepared)).items()},
            "seen": [(name, at, asdict(one.asked), one.content.decode()) for name, at, one in seen],
        }


def _marks(prepared: Prepared) -> Marks:
    return marks(prepared.district, prepared.apps[prepared.target].state.sandbox)


def leave(folder: Path) -> None:
    """Remove a trial's files."""
    os.chdir(folder.parent)
    shutil.rmtree(folder, ignore_errors=True)
