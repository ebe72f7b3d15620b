"""The cases dealt to several processes: each takes a variant's kills, or its identity cases, or all else, for setting a town up costs much."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from faults.acts import Kill
from faults.cases import Scope, cases
from faults.forks import freeze
from faults.identity import cases as identity
from faults.identity.town import prepared
from faults.small_town import keep_engines, small_town
from faults.trial import Case, Known, Verdict, tried, undisturbed
from faults.variants import VARIANTS, Variant, is_lean
from include.sync import apply

WINDOW = 6
"""Scores that are on their way at once, at most: those of one assignment, or of two that have few."""

_WITH_CANVAS = next(filter(is_lean, VARIANTS))  # one that has few cases of its own, so that all take about as long


@dataclass
class Outcome:
    """What all shards found."""

    tried: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    fallen: list[Verdict] = field(default_factory=list)
    variants: set[str] = field(default_factory=set)
    most: int = 0
    shared: int = 0
    broken: list[str] = field(default_factory=list)
    thorough: bool = False

    def add(self, verdict: Verdict) -> None:
        """Count one verdict in."""
        self.tried[verdict.kind] += 1
        self.seconds[verdict.kind] += verdict.seconds
        self.variants.add(verdict.case.partition(":")[0])
        self.most = max(self.most, verdict.more)
        self.shared += verdict.shared
        if verdict.wrong:
            self.fallen.append(verdict)


@dataclass(frozen=True)
class Asked:
    """Which cases of the variants: a sample of so many, those whose name holds this; `thorough`: those between the usual ones too."""

    sample: int = 0
    case: str = ""
    thorough: bool = False

    @property
    def identity(self) -> bool:
        """Whether the name can be that of an identity case alone."""
        return "identity" in self.case


@dataclass(frozen=True)
class Lot:
    """What one process takes at a time: a variant's identity cases, or its others, or only its kills, or all but these."""

    variant: Variant
    kills: bool | None = None
    identity: bool = False

    def has(self, case: Case) -> bool:
        """Whether the case is among them."""
        return self.kills in (None, isinstance(case.act, Kill))


def in_shards(count: int, variants: Sequence[Variant], folder: Path, asked: Asked) -> Outcome:
    """Try all cases, or a fixed sample of them; progress goes to stderr."""
    asked = replace(asked, sample=max(1, asked.sample - sum(len(_identity_cases(one, asked)) for one in variants)) if asked.sample else 0)
    outcome, reports = Outcome(), [folder / f"shard-{shard}.jsonl" for shard in range(count)]
    lots, pids = _lots(variants, asked), []
    queue = _queue(len(lots))
    for shard, report in enumerate(reports):
        pid = os.fork()
        if not pid:
            _work((lots[number] for number in _taken(queue)), folder / f"shard-{shard}", report, sum(map(_shares, variants)), asked)
        pids.append(pid)
    os.close(queue)
    for shard, pid in enumerate(pids):
        if os.waitpid(pid, 0)[1]:
            outcome.broken.append(f"shard {shard} broke, see above")
    for report in reports:
        for line in report.read_text().splitlines() if report.exists() else []:
            outcome.add(Verdict(**json.loads(line)))
    if outcome.broken:
        outcome.fallen.append(Verdict("the bench itself", "the bench itself", tuple(outcome.broken), 0, 0.0))
    return outcome


def _lots(variants: Sequence[Variant], asked: Asked) -> list[Lot]:
    """The long ones first, in two parts unless only some cases are asked for."""
    parts = (False, True) if not asked.sample and not asked.case else (None,)
    full = [Lot(variant, part) for part in parts for variant in variants if not is_lean(variant)]
    others = [] if asked.identity else full + [Lot(variant) for variant in variants if is_lean(variant)]
    return others + [Lot(variant, identity=True) for variant in variants if _identity_cases(variant, asked)]


def _identity_cases(variant: Variant, asked: Asked) -> list[identity.IdentityCase]:
    made = identity.sample(variant) if asked.sample else identity.identity_cases(variant)
    return [case for case in made if asked.case in case.name]


def _queue(count: int) -> int:
    """A pipe with the lots' numbers, a byte each; whoever reads the next byte takes that lot."""
    reading, writing = os.pipe()
    os.write(writing, bytes(range(count)))
    os.close(writing)
    return reading


def _taken(queue: int) -> Iterator[int]:
    while number := os.read(queue, 1):
        yield number[0]


def _work(lots: Iterable[Lot], folder: Path, report: Path, shares: int, asked: Asked) -> None:
    """One shard, in a process of its own, that ends here."""
    try:
        logging.disable(logging.ERROR)
        with report.open("a") as file:
            for verdict in _verdicts(lots, folder, shares, asked):
                file.write(json.dumps(asdict(verdict)) + "\n")
                file.flush()
                sys.stderr.write("." if not verdict.wrong else f"\nFELL {verdict.case}: {verdict.wrong}\n")
                sys.stderr.flush()
    except BaseException:  # told, and then the process ends as a failed one
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _verdicts(lots: Iterable[Lot], folder: Path, shares: int, asked: Asked) -> Iterator[Verdict]:
    """All verdicts of one shard."""
    setattr(apply, "_WINDOW", WINDOW)  # noqa: B010  # in a town so small all would fit into one
    keep_engines()
    for lot in lots:
        if lot.identity:
            yield from _identity_verdicts(lot.variant, folder, asked)
            continue
        scope = Scope(is_lean(lot.variant), lot.variant is _WITH_CANVAS, asked.thorough)
        with small_town(lot.variant, folder / "prepared", folder / "case") as town:
            freeze()
            wanted = undisturbed(town, folder / "case", scope.with_canvas)
            chosen = [case for case in cases(town, wanted, scope) if lot.has(case) and asked.case in case.name]
            known: Known | None = None if asked.thorough else {}
            for case in _spread(chosen, -(-asked.sample // shares) * _shares(lot.variant)) if asked.sample else chosen:
                yield tried(town, wanted, case, folder / "case", known)


def _identity_verdicts(variant: Variant, folder: Path, asked: Asked) -> Iterator[Verdict]:
    with prepared(variant, folder / "prepared", folder / "case") as place:
        freeze()
        for case in _identity_cases(variant, asked):
            yield identity.tried(place, case, folder / "case")


def _shares(variant: Variant) -> int:
    """A lean variant, which has few cases, gives half as many to a sample."""
    return 1 if is_lean(variant) else 2


def _spread(chosen: list[Case], wanted: int) -> list[Case]:
    """A variant's part of the sample, spread evenly over its cases; the same one every time."""
    if wanted >= len(chosen):
        return chosen
    return [chosen[number * len(chosen) // wanted] for number in range(wanted)]
