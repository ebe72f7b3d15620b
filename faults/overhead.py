"""What safety costs on an undisturbed night: `python -m faults.overhead` (the numbers stand in benchmarks/README.md).

Two loads of one plan are timed in turn: one as it is, and one with the safety taken out: nothing is written ahead (the rows that the settling
needs were put there before), nobody renews a lease or looks whether it is still there. The rest of the night is the same for both.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from faults import servers
from faults.forks import Child, freeze
from faults.scene import TONIGHT
from faults.small_town import BATCH, SmallTown, canvas, small_town
from faults.variants import VARIANTS, Variant
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES
from include.sandbox.generate import Size
from include.sync import bulk, leases, stages
from include.sync.close import close
from include.sync.handover import load_resolved
from include.sync.ledger import Ledger
from include.sync.run import Run
from tests.town import Town

SIZE = Size(courses=2, sections=2, students=40, assignments=30)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m faults.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.05], help="seconds that each answer of the SIS takes at least")
    parser.add_argument("--only", nargs="*", default=["synergy", "powerschool"], help="names of variants")
    asked = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    sys.stdout.write("variant, latency: rows | night, safe | night without | more | requests, of them reads\n")
    for variant in (one for one in VARIANTS if one.name in asked.only):
        with tempfile.TemporaryDirectory(prefix="gradesync-overhead-") as name:
            folder = Path(name)
            with small_town(variant, folder / "prepared", folder / "night", SIZE) as place:
                freeze()
                for latency in asked.latency:
                    sys.stdout.write(_line(place, variant, latency, asked.rounds, folder) + "\n")
    return 0


def _line(place: SmallTown, variant: Variant, latency: float, rounds: int, folder: Path) -> str:
    """The best of so many rounds of each; they take turns, so that both meet the same machine. Only the load differs."""
    nights: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for _ in range(rounds):
        for safe in (True, False):
            nights[safe].append(_timed(place, folder / "night", safe, latency))
    rest = min(told["rest"] for told in (*nights[True], *nights[False]))
    with_, without = (rest + min(told["load"] for told in nights[safe]) for safe in (True, False))
    one = nights[True][0]
    more = 100 * (with_ - without) / without
    counted = f"{one['requests']}, {one['reads']} (without: {nights[False][0]['reads']})"
    return f"{variant.name}, {1000 * latency:g} ms: {one['rows']} | {with_:.2f} s | {without:.2f} s | {more:+.1f} % | {counted}"


def _timed(place: SmallTown, folder: Path, safe: bool, latency: float) -> dict[str, Any]:
    try:
        with servers.serving(place.apps, {}) as urls:
            town = place.town(folder, urls)
            town.admin(place.target, "latency", "PUT", json={"seconds": latency})
            ended = Child.run(lambda: _night(place, town, safe)).wait(600)
    finally:
        shutil.rmtree(folder)
    if ended.error:
        raise RuntimeError(ended.error)
    told: dict[str, Any] = ended.told
    return told


def _night(place: SmallTown, town: Town, safe: bool) -> dict[str, Any]:
    """A whole night from Canvas to its report; its seconds, those of the load apart."""
    started = time.perf_counter()
    run, sis, school = place.run(town, TONIGHT), town.client(place.target), canvas(town)
    for batch in stages.choose(run, school):
        stages.extract(run, batch, school)
        stages.filter_rows(run, batch)
    stages.transform(run, BATCH, sis)
    stages.validate(run, BATCH)
    prepared = time.perf_counter()
    with nullcontext() if safe else _without_safety(run):
        begun = time.perf_counter()
        stages.load(run, BATCH, sis)
        loaded = time.perf_counter()
    stages.publish(run, BATCH)
    close(run)
    rest = time.perf_counter() - loaded + prepared - started
    log = [row for row in town.admin(place.target, "log") if "token" not in row["path"]]
    rows = sum(row["rows"] for row in log)
    return {"rest": rest, "load": loaded - begun, "rows": rows, "requests": len(log), "reads": sum(row["rows"] == 0 for row in log)}


@contextmanager
def _without_safety(run: Run) -> Iterator[None]:
    """Nothing is written ahead and nobody holds a lease. Only for measuring: a process that died now would leave twins."""
    plan, ledger = load_resolved(run.batch_folder(BATCH), "valid").plan, run.ledger
    for rows, frame, intend in (
        (plan.assignments, PLAN_ASSIGNMENTS, ledger.intend_assignments),
        (plan.scores, PLAN_SCORES, ledger.intend_scores),
    ):
        intend(bulk.records(rows[rows["action"] != "none"], frame.columns), run.run_id)

    for owner, names, answer in (
        (Ledger, ("intend_assignments", "intend_scores"), lambda *_: None),
        (leases.Lease, ("renew", "taken_over"), lambda lease, *_: lease),
        (leases.Lease, ("lost", "guard"), lambda *_: None),
    ):
        for name in names:
            setattr(owner, name, answer)
    yield


if __name__ == "__main__":
    sys.exit(main())
