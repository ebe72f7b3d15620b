"""F-3: whole nights of a target that reads in the accelerated mode end in the SIS as full ones do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from include.sandbox.generate import Size
from include.sync import stages
from include.sync.kept_reads import shelf
from tests.town import Town, town

TARGET = "infinite_campus"
EVERY = 2


def told(place: Town, **extract: Any) -> None:
    """Write into the district file how the target is read."""
    file = yaml.safe_load(place.file.read_text(encoding="utf-8"))
    file["targets"][TARGET]["extract"] = extract
    place.file.write_text(yaml.safe_dump(file), encoding="utf-8")


def asked_since(place: Town) -> int:
    """Requests for what was graded since; the log begins anew."""
    asked = sum("graded_since" in row["query"] for row in place.admin("canvas", "log"))
    place.forget_log("canvas")
    return asked


@pytest.mark.slow
def test_f3_after_days_of_school_a_full_reading_finds_nothing_left_to_send(tmp_path: Path) -> None:
    with town(tmp_path, Size(1, 1, 5, 4), (TARGET,)) as place:
        told(place, mode="accelerated", full_every=EVERY)
        place.night(TARGET)
        sent, asked = 0, asked_since(place)
        for _ in range(2):
            place.admin("canvas", "day", "POST")
            sent += place.night(TARGET).sent
            asked += asked_since(place)
        place.night(TARGET)
        told(place, mode="full")
        assert place.night(TARGET).sent == 0
        assert sent > 0
        assert asked > 0


def extracted(place: Town, mode: str = "nightly", **asked: Any) -> None:
    run = place.run(TARGET, mode, **asked)
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())


@pytest.mark.parametrize("mode", ["preview", "remaster", "on_demand", "reconcile"])
def test_f3_what_people_start_reads_fully_and_the_night_builds_on_it(tmp_path: Path, mode: str) -> None:
    with town(tmp_path, Size(1, 1, 5, 4), (TARGET,)) as place:
        told(place, mode="accelerated", full_every=31)
        extracted(place)
        kept = shelf(place.run(TARGET).district, TARGET).courses()
        assert asked_since(place) == 0
        if mode == "preview":
            extracted(place, preview=True)
        else:
            extracted(place, mode, courses=tuple(kept))
        assert asked_since(place) == 0
        extracted(place)
        assert asked_since(place) > 0
