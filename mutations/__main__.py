"""The mutation bench from the command line: `python -m mutations`, all of it, or a fixed sample of it.

It prints what was tried and passed by kind of response, and for each case that failed what was wrong and the command that tries it alone; `--json`
keeps the same for machines. It ends with 1 if a case failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shlex
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutations.judge import Verdict, cause
from mutations.pool import all_cases, start
from mutations.variants import VARIANTS, Variant


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gradesync-mutations-", dir=asked.folder) as folder:
        variants = _variants(asked)
        bench = start(variants, Path(folder), asked.jobs)
        everything = all_cases(bench.places(), variants, asked.everywhere or bool(asked.case))
        chosen = [case for case in everything if asked.case in case.name]
        chosen = _spread(chosen, asked.sample) if asked.sample else chosen
        if asked.list:
            sys.stdout.writelines(f"{case.name}\n" for case in chosen)
        verdicts = list(bench.run([] if asked.list else chosen))
    if asked.list:
        return 0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = _told(verdicts, time.monotonic() - started, used.ru_utime + used.ru_stime)
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1) + "\n")
    _tell(verdicts, told, asked.causes)
    return 1 if told["failed"] or not verdicts else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mutations", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="try only so many cases, the same ones every time")
    parser.add_argument("--everywhere", action="store_true", help="each key with each odd value on each SIS: more than ten thousand cases")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 1, help="processes that share the cases")
    parser.add_argument("--only", default="", help="only the variants whose name matches this pattern")
    parser.add_argument("--case", default="", help="only the cases whose name holds this; a whole name is that case alone")
    parser.add_argument("--list", action="store_true", help="name the cases, and try none")
    parser.add_argument("--causes", action="store_true", help="count failures by cause, with one case each, instead of each failure")
    parser.add_argument("--json", type=lambda text: Path(text).absolute(), help="a file for the results")
    memory = Path("/dev/shm")  # noqa: S108  # a folder of the caller's own is made inside it
    parser.add_argument("--folder", type=Path, default=memory if memory.is_dir() else None, help="where the trials' files lie while they run")
    return parser


def _variants(asked: argparse.Namespace) -> list[Variant]:
    chosen = [one for one in VARIANTS if re.search(asked.only, one.name)]
    named = [one for one in chosen if asked.case.startswith(f"{one.name}: ")]
    usual = [one for one in VARIANTS if named and named[0].is_extra and one.name == named[0].target]  # it says what is extra
    return [*usual, *named] or chosen


def _spread(cases: list[Any], wanted: int) -> list[Any]:
    """Return a part of the cases, spread evenly; the same one every time."""
    return [cases[number * len(cases) // wanted] for number in range(wanted)] if wanted < len(cases) else cases


def _again(verdict: Verdict) -> str:
    return f"python -m mutations --case {shlex.quote(verdict.case)}"


def _told(verdicts: Sequence[Verdict], seconds: float, processor: float) -> dict[str, Any]:
    tried, failed = Counter(one.kind for one in verdicts), Counter(one.kind for one in verdicts if one.wrong)
    costs: dict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        costs[one.kind][one.cost] += 1
    return {
        "tried": len(verdicts),
        "passed": len(verdicts) - sum(failed.values()),
        "failed": sum(failed.values()),
        "seconds": round(seconds),
        "processor_seconds": round(processor),
        "ended_early": sum(one.same for one in verdicts),
        "keys": len({one.key for one in verdicts}),
        "kinds": {kind: {"tried": count, "passed": count - failed[kind], "cost": dict(costs[kind])} for kind, count in sorted(tried.items())},
        "failures": [{"case": one.case, "wrong": list(one.wrong), "again": _again(one)} for one in verdicts if one.wrong],
    }


def _tell(verdicts: Sequence[Verdict], told: Mapping[str, Any], causes: bool) -> None:
    out = sys.stdout.write
    out(f"\n{'tried':>6} {'passed':>7}  kind of response (what its mutations cost)\n")
    for kind, row in told["kinds"].items():
        costs = ", ".join(f"{level} {count}" for level, count in sorted(row["cost"].items()))
        out(f"{row['tried']:>6} {row['passed']:>7}  {kind} ({costs})\n")
    out(f"{told['tried']:>6} {told['passed']:>7}  in all, of {told['keys']} keys; ")
    out(f"{told['seconds']} s, {told['processor_seconds']} s of processor time\n")
    out(f"runs that went on as one whose end was known, and were not made to their end again: {told['ended_early']}\n")
    if causes:
        _tell_causes(verdicts)
        return
    for one in verdicts:
        if one.wrong:
            more = f"; and {len(one.wrong) - 4} more" if len(one.wrong) > 4 else ""
            out(f"\nFAILED  {one.case}: {'; '.join(one.wrong[:4])}{more}\n        {_again(one)}\n")


def _tell_causes(verdicts: Sequence[Verdict]) -> None:
    by_cause: dict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        for reduced in dict.fromkeys(map(cause, one.wrong)):
            by_cause[reduced].append(one)
    for reduced, ones in sorted(by_cause.items(), key=lambda item: -len(item[1])):
        example = next(wrong for wrong in ones[0].wrong if cause(wrong) == reduced)
        sys.stdout.write(f"\n{len(ones):>5} cases: {reduced}\n      such as: {example}\n      {_again(ones[0])}\n")


if __name__ == "__main__":
    sys.exit(main())
