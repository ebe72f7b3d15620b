"""The cases dealt to several processes, each of which sets the small towns up for itself."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from faults.cases import cases
from faults.forks import freeze
from faults.small_town import small_town
from faults.trial import Case, Verdict, tried, undisturbed
from faults.variants import Variant


@dataclass
class Outcome:
    """What all shards found."""

    tried: Counter[str] = field(default_factory=Counter)
    fallen: list[Verdict] = field(default_factory=list)
    variants: set[str] = field(default_factory=set)
    most: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count one verdict in."""
        self.tried[verdict.kind] += 1
        self.variants.add(verdict.case.partition(":")[0])
        self.most = max(self.most, verdict.more)
        if verdict.wrong:
            self.fallen.append(verdict)


def in_shards(count: int, variants: Sequence[Variant], folder: Path, sample: int, named: str) -> Outcome:
    """Try all cases, or a fixed sample of them; progress goes to stderr."""
    outcome, reports = Outcome(), [folder / f"shard-{shard}.jsonl" for shard in range(count)]
    pids = []
    for shard, report in enumerate(reports):
        pid = os.fork()
        if not pid:
            _work(variants, folder / f"shard-{shard}", report, (shard, count), sample, named)
        pids.append(pid)
    for shard, pid in enumerate(pids):
        if os.waitpid(pid, 0)[1]:
            outcome.broken.append(f"shard {shard} broke, see above")
    for report in reports:
        for line in report.read_text().splitlines() if report.exists() else []:
            outcome.add(Verdict(**json.loads(line)))
    if outcome.broken:
        outcome.fallen.append(Verdict("the bench itself", "the bench itself", tuple(outcome.broken), 0, 0.0))
    return outcome


def _work(variants: Sequence[Variant], folder: Path, report: Path, place: tuple[int, int], sample: int, named: str) -> None:
    """One shard, in a process of its own, that ends here."""
    try:
        logging.disable(logging.ERROR)
        with report.open("a") as file:
            for verdict in _verdicts(variants, folder, place, sample, named):
                file.write(json.dumps(asdict(verdict)) + "\n")
                file.flush()
                sys.stderr.write("." if not verdict.wrong else f"\nFELL {verdict.case}: {verdict.wrong}\n")
                sys.stderr.flush()
    except BaseException:  # told, and then the process ends as a failed one
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _verdicts(variants: Sequence[Variant], folder: Path, place: tuple[int, int], sample: int, named: str) -> Iterator[Verdict]:
    """All verdicts of one shard. Of a sample each shard takes whole variants, for setting one up costs more than its few cases."""
    shard, count = place
    full = {one.target: one for one in reversed(variants)}
    for number, variant in enumerate(variants):
        if sample and number % count != shard:
            continue
        with_canvas, lean = variant is variants[0], full[variant.target] is not variant
        with small_town(variant, folder / "prepared") as town:
            freeze()
            wanted = undisturbed(town, folder / "case", with_canvas)
            chosen = [case for case in cases(town, wanted, lean, with_canvas) if named in case.name]
            for case in _spread(chosen, sample, len(variants)) if sample else chosen[shard::count]:
                yield tried(town, wanted, case, folder / "case")


def _spread(chosen: list[Case], sample: int, variants: int) -> list[Case]:
    """A variant's part of the sample, spread evenly over its cases; the same one every time."""
    wanted = -(-sample // variants)
    if wanted >= len(chosen):
        return chosen
    return [chosen[number * len(chosen) // wanted] for number in range(wanted)]
