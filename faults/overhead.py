"""What safety costs on an undisturbed night: `python -m faults.overhead` (the numbers stand in benchmarks/README.md).

Two loads of one plan are timed in turn: one as it is, and one with the safety taken out: nothing is written ahead (the rows that the settling
needs were put there before), nobody holds or renews a lease. Beside it stands how long planning takes, which safety does not touch.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faults import servers
from faults.forks import Child, freeze
from faults.scene import TONIGHT
from faults.small_town import BATCH, SmallTown, small_town
from faults.variants import VARIANTS, Variant
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES
from include.sandbox.generate import Size
from include.sync import bulk, leases, stages
from include.sync.handover import load_resolved
from include.sync.ledger import Ledger
from include.sync.run import Run
from tests.town import Town

SIZE = Size(courses=2, sections=2, students=40, assignments=30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m faults.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.02], help="seconds that each answer of the SIS takes at least")
    parser.add_argument("--only", nargs="*", default=["synergy", "powerschool"], help="names of variants")
    asked = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    sys.stdout.write("variant, latency: rows | night, safe | night without | more | requests, of them reads\n")
    for variant in (one for one in VARIANTS if one.name in asked.only):
        with tempfile.TemporaryDirectory(prefix="gradesync-overhead-") as folder, small_town(variant, Path(folder) / "prepared", SIZE) as place:
            freeze()
            for latency in asked.latency:
                sys.stdout.write(_line(place, variant, latency, asked.rounds, Path(folder)) + "\n")
    return 0


def _line(place: SmallTown, variant: Variant, latency: float, rounds: int, folder: Path) -> str:
    """The best of so many rounds of each; they take turns, so that both meet the same machine."""
    nights: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for number in range(rounds):
        for safe in (True, False):
            nights[safe].append(_timed(place, folder / f"{number}-{safe}", safe, latency))
    one, other = (min(nights[safe], key=lambda told: told["load"]) for safe in (True, False))
    plan = min(told["plan"] for told in nights[True])
    with_, without = plan + one["load"], plan + other["load"]
    more = 100 * (with_ - without) / without
    counted = f"{one['requests']}, {one['reads']}"
    return f"{variant.name}, {1000 * latency:g} ms: {one['rows']} | {with_:.2f} s | {without:.2f} s | {more:+.1f} % | {counted}"


def _timed(place: SmallTown, folder: Path, safe: bool, latency: float) -> dict[str, Any]:
    with servers.serving({place.target: place.apps[place.target]}, {}) as urls:
        town = place.town(folder, urls)
        town.admin(place.target, "latency", "PUT", json={"seconds": latency})
        ended = Child.run(lambda: _night(place, town, safe)).wait(600)
    if ended.error:
        raise RuntimeError(ended.error)
    told: dict[str, Any] = ended.told
    return told


def _night(place: SmallTown, town: Town, safe: bool) -> dict[str, Any]:
    run, sis = place.run(town, TONIGHT), town.client(place.target)
    started = time.perf_counter()
    stages.transform(run, BATCH, sis)
    stages.validate(run, BATCH)
    planned = time.perf_counter()
    if safe:
        begun = planned
        stages.load(run, BATCH, sis)
        ended = time.perf_counter()
    else:
        with _without_safety(run):
            begun = time.perf_counter()
            stages.load(run, BATCH, sis)
            ended = time.perf_counter()
    log = town.admin(place.target, "log")
    rows = sum(row["rows"] for row in log)
    return {"plan": planned - started, "load": ended - begun, "rows": rows, "requests": len(log), "reads": sum(row["rows"] == 0 for row in log)}


@contextmanager
def _without_safety(run: Run) -> Iterator[None]:
    """Nothing is written ahead and nobody holds a lease. Only for measuring: a process that died now would leave twins."""
    plan, ledger = load_resolved(run.batch_folder(BATCH), "valid").plan, run.ledger
    for rows, frame, intend in (
        (plan.assignments, PLAN_ASSIGNMENTS, ledger.intend_assignments),
        (plan.scores, PLAN_SCORES, ledger.intend_scores),
    ):
        intend(bulk.records(rows[rows["action"] != "none"], frame.columns), run.run_id)

    def nothing(*_: Any) -> None:
        return None

    for name in ("intend_assignments", "intend_scores"):
        setattr(Ledger, name, nothing)
    for name in ("renew", "lost"):
        setattr(leases.Lease, name, nothing)
    yield


if __name__ == "__main__":
    sys.exit(main())
