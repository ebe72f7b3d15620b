"""`make bench`: what a district's night costs, measured against a bare loop of the same requests and against a script on canvasapi.

    python -m benchmarks.night                              all of it, small: ten minutes
    python -m benchmarks.night --only extract --courses 500
    python -m benchmarks.night --only nights --targets powerschool --courses 50

Everything runs against the sandbox on this machine, whose servers have a process of their own. The results go to benchmarks/results/: a JSON file
per part, and a chart of cost against scores.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import chart, estimate, extracts, nights, troubles
from benchmarks.made import Made

RESULTS = Path(__file__).parent / "results"
PARTS = ("extract", "rules", "nights", "growth", "faults", "estimate")
SINGLE = "synergy"  # each score is a request of its own: fewer courses give as many requests


def main() -> None:
    """Measure, print, and write down."""
    asked = _asked()
    warnings.filterwarnings("ignore", module="canvasapi")
    logging.getLogger("include").setLevel(logging.ERROR)
    RESULTS.mkdir(exist_ok=True)
    for part in asked.only or PARTS:
        begun = time.perf_counter()
        rows = _MEASURES[part](asked)
        told = {"part": part, "when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "rows": rows}
        (RESULTS / f"{part}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"\n== {part} ({time.perf_counter() - begun:.0f} s)\n" + "".join(f"{line}\n" for row in rows for line in lines(row)))
        sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.night")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="parts to measure; all without")
    parser.add_argument("--targets", nargs="*", choices=tuple(nights.AT_ONCE), default=list(nights.AT_ONCE))
    parser.add_argument("--courses", type=int, default=0, help="courses; each part has its own number without")
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.05], help="seconds before each answer")
    parser.add_argument("--repeats", type=int, default=9, help="extracts; the best counts")
    parser.add_argument("--script-courses", type=int, default=2, help="courses that the script on canvasapi reads; its time is scaled from them")
    return parser.parse_args()


def _made(asked: argparse.Namespace, target: str, courses: int) -> Made:
    return Made(target, asked.courses or courses, asked.students, asked.assignments)


def extract(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Reading Canvas alone."""
    return extracts.measured(_made(asked, SINGLE, 50), asked.latency, asked.repeats, asked.script_courses)


def rules(_: argparse.Namespace) -> list[dict[str, Any]]:
    """From frames to a valid plan, a million scores; in a process of its own, for its memory is measured."""
    ended = subprocess.run([sys.executable, "-m", "benchmarks.rules"], check=True, capture_output=True, text=True)  # our own command
    return [dict(row) for row in json.loads(ended.stdout)]


def all_nights(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Three nights of each target, at each latency."""
    size = {SINGLE: 2}
    return [nights.three_nights(_made(asked, target, size.get(target, 10)), delay) for target in asked.targets for delay in asked.latency]


def growth(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """First nights of districts of several sizes, without latency: cost against scores."""
    rows = []
    for courses in (5, 10, 20, 40):
        told = nights.three_nights(_made(asked, "infinite_campus", courses), 0.0) if not asked.courses else {}
        if told:
            rows.append({"scores": told["scores"], **{name: {key: told[name][key] for key in _GROWS} for name in ("first", "unchanged")}})
    if rows:
        points = {f"{name} night": [(float(row["scores"]), float(row[name]["cpu"])) for row in rows] for name in ("first", "unchanged")}
        chart.draw(RESULTS / "growth.svg", "Processor seconds of a night against its scores", points)
    return rows


def faults(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """First nights in which one request in twenty fails."""
    return [troubles.troubled(_made(asked, target, {SINGLE: 1}.get(target, 4)), 0.05) for target in asked.targets]


def large(_: argparse.Namespace) -> list[dict[str, Any]]:
    """A district of a hundred thousand students, from what was measured before."""
    return [estimate.large(RESULTS)]


_GROWS = ("seconds", "cpu", "requests", "peak_mib")
_MEASURES = {
    "extract": extract,
    "rules": rules,
    "nights": all_nights,
    "growth": growth,
    "faults": faults,
    "estimate": large,
}


def machine() -> dict[str, Any]:
    """Where this was measured, and how busy it was."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(terse=True), "load": os.getloadavg()[0]}


def lines(row: dict[str, Any], indent: str = "") -> list[str]:
    """A row for people: plain values on one line, tables below it."""
    plain = ", ".join(f"{key} {value}" for key, value in row.items() if not isinstance(value, dict))
    told = [f"{indent}{plain}"] if plain else []
    for key, value in row.items():
        if isinstance(value, dict) and key != "stages":
            told += [f"{indent}  {key}: {line.strip()}" for line in lines(value)]
        elif isinstance(value, dict):
            told += [f"{indent}    " + ", ".join(f"{name} {cost['seconds']} s" for name, cost in value.items())]
    return told


if __name__ == "__main__":
    main()
