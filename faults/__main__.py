"""The fault bench from the command line: `python -m faults`, all of it, or a fixed sample of it.

It prints what was tried and survived by kind, and for each case that fell what was wrong and the command that tries it alone again; `--json` keeps
the same for machines. It ends with 1 if anything fell.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from faults.shards import Asked, Outcome, in_shards
from faults.trial import Verdict
from faults.variants import VARIANTS, Variant


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gradesync-faults-", dir=asked.folder) as folder:
        which = Asked(asked.sample, asked.case, asked.thorough)
        outcome = in_shards(asked.jobs, _chosen(asked.only, asked.case), Path(folder), which)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome.thorough = asked.thorough
    told = _told(outcome, time.monotonic() - started, used.ru_utime + used.ru_stime)
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1) + "\n")
    _tell(outcome, told)
    return 1 if outcome.fallen or not outcome.tried else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="try only so many cases, the same ones every time")
    parser.add_argument("--thorough", action="store_true", help="also the places between those that are usually tried; some 500 cases more")
    jobs = (os.cpu_count() or 1) + 2  # some cases wait
    parser.add_argument("--jobs", type=int, default=jobs, help="processes that share the cases")
    parser.add_argument("--only", default="", help="only the variants whose name holds this")
    parser.add_argument("--case", default="", help="only the cases whose name holds this; a whole name is that case alone")
    parser.add_argument("--json", type=Path, help="a file for the results")
    memory = Path("/dev/shm")  # noqa: S108  # a folder of the caller's own is made inside it
    parser.add_argument("--folder", type=Path, default=memory if memory.is_dir() else None, help="where the trials' files lie while they run")
    return parser


def _chosen(only: str, case: str) -> list[Variant]:
    """The variants that have to be set up: of a whole name its own alone."""
    chosen = [one for one in VARIANTS if only in one.name]
    return [one for one in chosen if case.startswith(f"{one.name}: ")] or chosen


def _told(outcome: Outcome, seconds: float, processor: float) -> dict[str, Any]:
    """The results as JSON holds them."""
    fallen = Counter(verdict.kind for verdict in outcome.fallen)
    kinds = {
        kind: {"tried": count, "survived": count - fallen[kind], "seconds_each": round(outcome.seconds[kind] / count, 2)}
        for kind, count in sorted(outcome.tried.items())
    }
    return {
        "tried": sum(outcome.tried.values()),
        "survived": sum(outcome.tried.values()) - len(outcome.fallen),
        "ways_of_writing": len(outcome.variants),
        "seconds": round(seconds),
        "processor_seconds": round(processor),
        "most_rows_written_again": outcome.most,
        "left_the_same": outcome.shared,
        "kinds": kinds,
        "fallen": [{"case": one.case, "wrong": list(one.wrong), "again": _again(one, outcome.thorough)} for one in outcome.fallen],
    }


def _again(verdict: Verdict, thorough: bool) -> str:
    """The command that tries this case alone. Which run follows a case depends on the set that it is in."""
    return f"python -m faults {'--thorough ' if thorough else ''}--case {shlex.quote(verdict.case)}"


def _tell(outcome: Outcome, told: Mapping[str, Any]) -> None:
    out = sys.stdout.write
    out(f"\n{'tried':>6} {'survived':>9} {'s each':>7}  what was done\n")
    for kind, row in told["kinds"].items():
        out(f"{row['tried']:>6} {row['survived']:>9} {row['seconds_each']:>7}  {kind}\n")
    out(f"{told['tried']:>6} {told['survived']:>9}  in all, over {told['ways_of_writing']} ways of writing to five SIS; ")
    out(f"{told['seconds']} s, {told['processor_seconds']} s of processor time\n")
    slowest = sorted(outcome.seconds, key=lambda kind: -outcome.seconds[kind])[:3]
    out("most time went into: " + "; ".join(f"{kind} ({outcome.seconds[kind]:.0f} s)" for kind in slowest) + "\n")
    out(f"rows written a second time by a case: {outcome.most} at most; allowed is one ledger transaction and what the fault itself repeats\n")
    out(f"kills that left the very same behind as another one, so that the run after it was not made again: {outcome.shared}\n")
    for verdict in outcome.fallen:
        out(f"\nFELL  {verdict.case}: {'; '.join(verdict.wrong)}\n      {_again(verdict, outcome.thorough)}\n")
    for broken in outcome.broken:
        out(f"\nBROKEN  {broken}\n")


if __name__ == "__main__":
    sys.exit(main())
