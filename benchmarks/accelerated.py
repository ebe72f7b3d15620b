"""Extract in the accelerated mode against full readings, of the same courses in the same state: an unchanged night, and one after a school day."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.extracts import AT_ONCE
from benchmarks.made import Made, latency, town
from benchmarks.watch import watched
from include.canvas.accelerated import Accelerated
from include.canvas.client import CanvasClient
from include.canvas.courses import list_courses
from include.canvas.extract import extract
from include.canvas.shelf import Shelf
from include.run_folder import RunFolder
from include.sandbox.generate import ACCOUNTS
from tests.town import Town


def measured(made: Made, delays: Sequence[float], repeats: int) -> list[dict[str, Any]]:
    """For each latency, without outlines and with them: both ways on an unchanged night and after a day; the best of some repeats."""
    rows = []
    for delay, outlines in product(delays, (False, True)):
        with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(made, Path(folder)) as place:
            latency(place, delay)
            shelf = Shelf(RunFolder.at(Path(folder) / "kept"))
            read = partial(_read, place, made, outlines)
            read(_how(shelf))
            told = {"latency_ms": round(delay * 1000), "way": "outlines" if outlines else "course by course"}
            rows.append({**told, "night": "unchanged", **_both(read, made, shelf, repeats)})
            place.admin("canvas", "day", "POST")
            rows.append({**told, "night": "after a day", **_both(read, made, shelf, 1)})
    return rows


def _how(shelf: Shelf) -> Accelerated:
    return Accelerated(shelf, "", 1_000_000, timedelta(minutes=30))


def _both(read: Callable[[Accelerated | None], tuple[dict[str, Any], pd.DataFrame]], made: Made, shelf: Shelf, repeats: int) -> dict[str, Any]:
    """Accelerated first, so that after a day it meets what changed; a second time it would not."""
    fast = [read(_how(shelf)) for _ in range(repeats)]
    full = [read(None) for _ in range(repeats)]
    differing = len(pd.concat([fast[0][1], full[0][1]]).drop_duplicates(keep=False)) // 2
    told = {
        name: min((cost for cost, _ in tries), key=lambda cost: float(cost["seconds"])) for name, tries in (("full", full), ("accelerated", fast))
    }
    return {"courses": made.courses, "submissions": made.scores, "rows_late": differing, **told}


def _read(place: Town, made: Made, outlines: bool, how: Accelerated | None) -> tuple[dict[str, Any], pd.DataFrame]:
    client = CanvasClient(replace(place.canvas().connection, extra={"graphql": outlines}), workers=AT_ONCE)
    listed = list_courses(client, ACCOUNTS[made.target])
    with tempfile.TemporaryDirectory() as raw:
        with watched() as cost:
            frames = extract(client, listed, RunFolder.at(Path(raw)), group_data=False, how=how)
        size = sum(file.stat().st_size for file in Path(raw).iterdir())
    client.close()
    return {**cost.told(), "mib": round(size / 2**20, 2)}, frames.submissions
