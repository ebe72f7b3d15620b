"""How long a remaster of one course takes, and how many requests it makes, against the sandbox with a delay before every answer.

    python -m benchmarks.remaster --target synergy --latency 0.05

One course of 12 assignments × 3 sections × 90 students in each, every assignment scored for everyone: 36 SIS assignments and 3,240 scores. The
course is synced first; then everything is sent again. Canvas and the SIS run in a process of their own. `best` is the number of requests that the
APIs' batching allows at best: one per page of what must be read, one per row or batch of what must be written.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import yaml

from include.district import load_district
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import Size, generate
from include.sandbox.journal import Journal
from include.sandbox.oneroster import TRAITS, oneroster_app
from include.sandbox.powerschool import powerschool_app
from include.sandbox.running import Running
from include.sandbox.world import TARGETS, Course, District
from include.sync import stages, state
from include.sync.close import close
from tests.town import Town

ASSIGNMENTS, SECTIONS, STUDENTS = 12, 3, 90
_SCORES = ASSIGNMENTS * SECTIONS * STUDENTS


def scored_course(course: Course) -> Course:
    """The same course, with every assignment scored for every student."""
    group = course.groups[0]["id"]
    plain = {"assignment_group_id": group, "published": True, "post_to_sis": True, "omit_from_final_grade": False, "points_possible": 100.0}
    work = tuple(
        {**row, **plain, "name": f"Unit {number + 1}", "due_at": f"2026-10-{number + 1:02d}T03:59:59Z"}
        for number, row in enumerate(course.assignments)
    )
    graded = next(row for row in course.submissions.values() if row["workflow_state"] == "graded" and not (row["excused"] or row["late"]))
    marks = {}
    for number, (assignment, student) in enumerate(course.submissions):
        mark = float(40 + number % 60)
        ids = {"id": 9_000_000 + number, "assignment_id": assignment, "user_id": student}
        marks[assignment, student] = {**graded, **ids, "score": mark, "entered_score": mark, "grade": f"{mark:g}", "entered_grade": f"{mark:g}"}
    return replace(course, assignments=work, overrides=(), submissions=marks)


def district_of(target: str) -> tuple[District, Course]:
    """The sandbox's district with such a course, and the course."""
    made = generate(size=Size(2, SECTIONS, SECTIONS * STUDENTS, ASSIGNMENTS))
    course = scored_course(next(one for one in made.courses if one.target == target))
    return replace(made, courses=tuple(course if one.id == course.id else one for one in made.courses)), course


def serve(target: str, urls: Connection) -> None:
    """Canvas and the SIS, until the other side closes the pipe."""
    district, _ = district_of(target)
    sis = powerschool_app(district, Journal(None)) if target == "powerschool" else oneroster_app(district, TRAITS[target], Journal(None))
    with Running(canvas_app(district, Journal(None))) as canvas, Running(sis) as system:
        urls.send({"canvas": canvas.url, target: system.url})
        urls.poll(None)


@contextmanager
def town(target: str, folder: Path) -> Iterator[Town]:
    """Both servers in a process of their own, with a district file."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(target, theirs), daemon=True)
    child.start()
    entry = {"sis": target, "connection": f"{target}_default", "canvas_account": generate(size="small").accounts[target]}
    told = {"time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": str(folder / "artifacts")}
    file = folder / "district.yaml"
    file.write_text(yaml.safe_dump({**told, "state": f"sqlite:///{folder}/state.db", "targets": {target: entry}}), encoding="utf-8")
    state.upgrade(load_district(file).state)
    try:
        yield Town(ours.recv(), file)
    finally:
        child.terminate()
        child.join()


def best(target: str) -> dict[str, int]:
    """The fewest requests that the two APIs allow for this course."""
    pages = ceil(SECTIONS * STUDENTS / 100)
    canvas = 1 + 1 + 1 + pages + pages  # the course; groups with assignments; sections; students; their submissions
    copies = ASSIGNMENTS * SECTIONS
    if target == "powerschool":
        reads = 8 + SECTIONS  # token, metadata; sections, teachers, staff, rosters, students, categories at one page each; assignments of a section
        return {"canvas": canvas, "reads": reads, "writes": copies + copies}
    per_section = 3 if target != "infinite_campus" else 4  # class, students, line items; 1.2 lists categories per class
    shared = 1 + 1 + (target != "infinite_campus")  # token, term; 1.1 lists categories once
    return {"canvas": canvas, "reads": shared + SECTIONS * per_section, "writes": copies + _SCORES}


def remaster(place: Town, target: str, course: Course) -> tuple[float, dict[str, float]]:
    """Seconds of one remaster without its approval, and of each of its stages."""
    spent: dict[str, float] = {}
    run = place.run(target, "remaster", courses=(course.id,))
    begun = time.perf_counter()

    def timed(name: str, work: Any, *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - start

    for batch in timed("choose", stages.choose, run, place.canvas()):
        timed("extract", stages.extract, run, batch, place.canvas())
        timed("filter", stages.filter_rows, run, batch)
        timed("transform", stages.transform, run, batch, place.client(target))
        timed("validate", stages.validate, run, batch)
        timed("load", stages.load, run, batch, place.client(target))
        timed("publish", stages.publish, run, batch)
    summary: Any = timed("close", close, run)
    sent = {kind: row["sent"] for kind, row in summary["counts"].items() if "sent" in row}
    if sent != {"assignments": ASSIGNMENTS * SECTIONS, "grades": _SCORES}:
        raise SystemExit(f"{target}: the remaster sent {sent}, which is not the whole course: {summary['codes']}, {summary['failures']}")
    return time.perf_counter() - begun, spent


def main() -> None:
    """Measure, and print one block."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remaster")
    parser.add_argument("--target", choices=TARGETS, default="synergy")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer of Canvas and the SIS")
    options = parser.parse_args()
    target, (_, course) = options.target, district_of(options.target)
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(target, Path(folder)) as place:
        place.night(target, "on_demand", courses=(course.id,))
        for system in ("canvas", target):
            place.admin(system, "latency", "PUT", json={"seconds": options.latency})
        place.forget_log()
        seconds, spent = remaster(place, target, course)
        logs = {system: place.admin(system, "log") for system in ("canvas", target)}
    report(target, seconds, spent, logs)


def report(target: str, seconds: float, spent: dict[str, float], logs: dict[str, list[dict[str, Any]]]) -> None:
    """What was measured."""
    made = {"canvas": len(logs["canvas"]), "reads": 0, "writes": 0}
    for row in logs[target]:
        made["writes" if row["rows"] else "reads"] += 1
    wanted = best(target)
    share = sum(made.values()) / sum(wanted.values())
    told = ", ".join(f"{name} {made[name]} (best {wanted[name]})" for name in made)
    kinds = Counter(f"{row['method']} /{row['path'].strip('/').split('/')[-1] if row['method'] == 'GET' else '…'}" for row in logs[target])
    sys.stdout.write(f"{target}: {seconds:.1f} s; {sum(made.values())} requests, {share:.2f} × the best: {told}\n")
    sys.stdout.write("  " + ", ".join(f"{name} {value:.1f} s" for name, value in spent.items()) + "\n")
    sys.stdout.write("  " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(12)) + "\n")


if __name__ == "__main__":
    main()
