"""The most memory that each stage needs, every stage in a process of its own as in Airflow; machine load does not matter here.

    python -m benchmarks.memory --courses 95                       one batch of the default size: 57,000 scores
    python -m benchmarks.memory --courses 1166 --target powerschool      1/20 of a district of 100,000 students, 13 batches
    python -m benchmarks.memory --courses 95 --preview             the same without sending, in a minute

A stage is forked from a parent that has loaded the product, as tasks are from the scheduler, so what the parent holds counts in each of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.made import Made, town
from benchmarks.night import RESULTS, lines, machine
from include.sandbox.world import TARGETS
from include.sync import close, stages
from include.sync.run import Run
from tests.town import Town

Costs = dict[str, dict[str, float]]


def main() -> None:
    """Measure, print, and write down."""
    asked = _asked()
    made = Made(asked.target, asked.courses, asked.students, asked.assignments)
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(made, Path(folder)) as place:
        names = ("preview",) if asked.preview else ("first", "unchanged")
        nights = {name: night(place, place.run(made.target, preview=asked.preview)) for name in names}
    row = {"target": made.target, "courses": made.courses, "scores": made.scores, "nights": nights}
    told = {"part": "memory", "when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "rows": [row]}
    (RESULTS / "memory.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in lines(row)))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--target", choices=TARGETS, default="infinite_campus")
    parser.add_argument("--courses", type=int, default=95)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--preview", action="store_true", help="plan, and send nothing")
    return parser.parse_args()


def night(place: Town, run: Run) -> Costs:
    """By stage: the most memory of its processes in MiB, and the processor time of all of them."""
    costs: Costs = {}
    for batch in _forked(costs, "choose", lambda: stages.choose(run, place.canvas())):
        _forked(costs, "extract", lambda batch=batch: stages.extract(run, batch, place.canvas()))
        _forked(costs, "filter", lambda batch=batch: stages.filter_rows(run, batch))
        _forked(costs, "transform", lambda batch=batch: stages.transform(run, batch, place.client(run.target)))
        _forked(costs, "validate", lambda batch=batch: stages.validate(run, batch))
        _forked(costs, "load", lambda batch=batch: stages.load(run, batch, place.client(run.target)))
        _forked(costs, "publish", lambda batch=batch: stages.publish(run, batch))
    _forked(costs, "close", lambda: close.close(run))
    return costs


def _forked(costs: Costs, name: str, work: Callable[[], Any]) -> Any:
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_done, args=(work, theirs))
    child.start()
    theirs.close()
    answer, peak, cpu = ours.recv()
    child.join()
    earlier = costs.setdefault(name, {"peak_mib": 0.0, "cpu": 0.0})
    costs[name] = {"peak_mib": max(earlier["peak_mib"], round(peak)), "cpu": round(earlier["cpu"] + cpu, 1)}
    return answer


def _done(work: Callable[[], Any], told: Connection) -> None:
    begun = time.process_time()
    answer = work()
    told.send((answer, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time() - begun))


if __name__ == "__main__":
    main()
