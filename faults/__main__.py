"""The fault bench from the command line: `python -m faults`, all of it, or a fixed sample of it.

It prints what was tried and survived by kind, and ends with 1 if anything fell.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from faults.shards import Outcome, in_shards
from faults.variants import VARIANTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gradesync-faults-", dir=asked.folder) as folder:
        outcome = in_shards(asked.jobs, [one for one in VARIANTS if asked.only in one.name], Path(folder), asked.sample, asked.case)
    _tell(outcome, time.monotonic() - started)
    return 1 if outcome.fallen or not outcome.tried else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="try only so many cases, the same ones every time")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="processes that share the cases")
    parser.add_argument("--only", default="", help="only the variants whose name holds this")
    parser.add_argument("--case", default="", help="only the cases whose name holds this")
    memory = Path("/dev/shm")  # noqa: S108  # a folder of the caller's own is made inside it
    parser.add_argument("--folder", type=Path, default=memory if memory.is_dir() else None, help="where the trials' files lie while they run")
    return parser


def _tell(outcome: Outcome, seconds: float) -> None:
    out = sys.stdout.write
    fallen = Counter(verdict.kind for verdict in outcome.fallen)
    out(f"\n{'tried':>6} {'survived':>9}  what was done\n")
    for kind, count in sorted(outcome.tried.items()):
        out(f"{count:>6} {count - fallen[kind]:>9}  {kind}\n")
    total, lost = sum(outcome.tried.values()), len(outcome.fallen)
    out(f"{total:>6} {total - lost:>9}  in all, over {len(outcome.variants)} ways of writing to five SIS; {seconds:.0f} s\n")
    out(f"rows written a second time by a case: {outcome.most} at most; allowed is one ledger transaction and what the fault itself repeats\n")
    for verdict in outcome.fallen:
        out(f"\nFELL  {verdict.case}\n" + "".join(f"      {wrong}\n" for wrong in verdict.wrong))
    for told in outcome.broken:
        out(f"\nBROKEN  {told}\n")


if __name__ == "__main__":
    sys.exit(main())
