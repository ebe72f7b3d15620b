"""Extract alone: against a bare fetch of the same pages, against the script on canvasapi, and against `json.loads` with a DataFrame."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import bare, script
from benchmarks.made import Made, latency, town
from benchmarks.watch import Asked, Cost, watched
from include.canvas.client import CanvasClient
from include.canvas.courses import list_courses
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.canvas.listed import Listed
from include.canvas.shelf import Shelf
from include.canvas.sis_list import synced_below
from include.run_folder import RunFolder
from include.sandbox.generate import ACCOUNTS
from tests.town import Town

AT_ONCE = 10
LISTED = "listed"
WAYS = ("course by course", LISTED)


def measured(made: Made, delays: Sequence[float], repeats: int, script_courses: int) -> list[dict[str, Any]]:
    """For each latency and way of reading, the best of some repeats, ours and bare taken turn by turn."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(made, Path(folder)) as place:
        for delay in delays:
            latency(place, delay)
            by_script = _by_script(place, made, script_courses)
            for way in WAYS:
                row = _compared(place, made, way, repeats)
                row["times_faster_than_script"] = round(by_script * made.courses / row["seconds"], 1)
                rows.append({"latency_ms": round(delay * 1000), "script_seconds_per_course": round(by_script, 3), **row})
    return rows


def _by_script(place: Town, made: Made, sample: int) -> float:
    courses = list_courses(place.canvas(), ACCOUNTS[made.target])
    seconds, _ = script.read(place.urls["canvas"], "canvas-full-token", courses["canvas_course_id"].head(sample).tolist())
    return seconds / sample


def _compared(place: Town, made: Made, way: str, repeats: int) -> dict[str, Any]:
    tries: list[tuple[Cost, float, float]] = []
    rows = throttled = 0
    shelf = Shelf(RunFolder.at(Path(place.file.parent) / "kept"))
    if way == LISTED:
        with _client(place) as client, tempfile.TemporaryDirectory() as raw:
            _read(client, made, way, raw, shelf)
    for _ in range(repeats):
        with _client(place) as client, tempfile.TemporaryDirectory() as raw, watched() as cost:
            frames = _read(client, made, way, raw, shelf)
        rows, throttled = len(frames.submissions), throttled + sum(row.status in (403, 429) for row in cost.asked)
        seconds, bodies = bare.fetch(cost.asked, AT_ONCE)
        tries.append((cost, seconds, _plain_cpu(cost.asked, bodies)))
    cost = min((cost for cost, _, _ in tries), key=lambda cost: cost.seconds)
    fetched, plain = min(seconds for _, seconds, _ in tries), min(cpu for _, _, cpu in tries)
    cpu = min(cost.cpu for cost, _, _ in tries)
    return {
        "way": way,
        "courses": made.courses,
        "submissions": rows,
        "requests": len(cost.asked),
        "least_requests": least(made, way),
        "throttled": throttled,
        "seconds": round(cost.seconds, 3),
        "bare_seconds": round(fetched, 3),
        "times_bare": round(cost.seconds / fetched, 2),
        "cpu_per_100000": round(cpu / rows * 100_000, 3),
        "plain_cpu_per_100000": round(plain / rows * 100_000, 3),
        "times_plain_cpu": round(cpu / plain, 2),
    }


def _read(client: CanvasClient, made: Made, way: str, raw: str, shelf: Shelf) -> CanvasFrames:
    """As `choose` and `extract` read; on no course's day to be read fully."""
    account = ACCOUNTS[made.target]
    with ThreadPoolExecutor(1) as beside:
        synced = beside.submit(synced_below, client, account) if way == LISTED else None
        courses = list_courses(client, account)
        how = Listed(shelf, "", 1_000_000, 0, synced.result() or {}) if synced else None
    return extract(client, courses, RunFolder.at(Path(raw)), how=how)


@contextmanager
def _client(place: Town) -> Iterator[CanvasClient]:
    client = CanvasClient(replace(place.canvas().connection, extra={}), workers=AT_ONCE)
    try:
        yield client
    finally:
        client.close()


def least(made: Made, way: str) -> int:
    """The fewest requests that Canvas's pages of a hundred allow: the list, then per course its lists, and a page of grouped students. In the listed
    mode the SIS list stands for the courses' own."""
    pages = -(-(made.students + 1) // 100)
    listed = -(-made.courses // 100)
    if way == LISTED:
        return listed + -(-made.courses * made.assignments // 100) + made.courses * pages
    return listed + made.courses * (1 + 1 + pages + pages)


def _plain_cpu(asked: Sequence[Asked], bodies: Sequence[bytes]) -> float:
    """Processor seconds of reading the same bytes with `json.loads` and putting the rows of each kind of list into a DataFrame."""
    begun = time.process_time()
    rows: dict[str, list[Any]] = {}
    for row, body in zip(asked, bodies, strict=True):
        for kind, found in _lists(row.url.partition("?")[0].rpartition("/")[2], json.loads(body)):
            rows.setdefault(kind, []).extend(found)
    for found in rows.values():
        pd.DataFrame(found)
    return time.process_time() - begun


def _lists(kind: str, page: Any) -> Iterator[tuple[str, list[Any]]]:
    """The lists of rows in a page of this kind."""
    if kind == "submissions":
        yield from ((kind, student["submissions"]) for student in page)
    else:
        yield kind, page
        if kind == "assignment_groups":
            yield from (("assignments", group["assignments"]) for group in page)
