"""A run's numbers, added up part by part, are those of its tables as a whole."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from include.gradebook.schemas import ARTIFACTS
from include.run_folder import RunFolder
from include.sync.tally import joined, tally
from include.sync.totals import Totals

RUN = {"run_id": "r", "target": "genesis"}


def part(folder: Path, name: str, course: str, *statuses: str, code: str = "GP-SAFETY", severity: str = "error", words: str = "look") -> RunFolder:
    place = RunFolder.at(folder / name)
    row = {**RUN, "canvas_course_id": course}
    rows = {
        "filtered_canvas_data": [
            {**row, "kind": kind, "outcome": outcome, "count": 2} for kind in ("section", "grade") for outcome in ("kept", "withheld")
        ],
        "assignments_sync": [{**row, "status": "updated"}],
        "grades_log": [{**row, "status": status} for status in statuses],
        "messages": [{**row, "severity": severity, "type": code, "message": words}],
    }  # fmt: skip
    for frame in ARTIFACTS:
        place.write_frame(frame.name, frame.of(rows[frame.name]))
    return place


def test_numbers_of_parts_are_added_up(tmp_path: Path) -> None:
    totals = Totals("GP-SAFETY")
    places = [
        part(tmp_path, "a", "7", "updated", "failed"),
        part(tmp_path, "b", "8", "updated", words="look there"),
        part(tmp_path, "c", "7", "unknown"),
    ]
    for place in places:
        totals.add(place)
    assert totals.counts() == {
        "sections": {"extracted": 12, "kept": 6},
        "assignments": {"extracted": 0, "kept": 0, "sent": 3, "unchanged": 0, "refused": 0, "unknown": 0, "planned": 0},
        "grades": {"extracted": 12, "kept": 6, "sent": 2, "unchanged": 0, "refused": 1, "unknown": 1, "planned": 0},
    }
    assert totals.codes() == {"error": {"GP-SAFETY": 3}, "warning": {}}
    assert totals.sentences == {"GP-SAFETY": {("7", "look"): 2, ("8", "look there"): 1}}
    assert (totals.errors, totals.items("updated"), totals.items("failed")) == (True, 5, 1)
    whole = {frame.name: pd.concat([place.read_frame(frame.name) for place in places]) for frame in ARTIFACTS}
    pd.testing.assert_frame_equal(totals.courses, tally(whole))


def test_warnings_alone_are_no_errors_and_other_words_are_not_kept(tmp_path: Path) -> None:
    totals = Totals()
    totals.add(part(tmp_path, "a", "7", severity="warning", code="GP-MERGED"))
    assert (totals.errors, totals.codes(), totals.sentences) == (False, {"error": {}, "warning": {"GP-MERGED": 1}}, {})


def test_tallies_of_nothing_are_an_empty_tally() -> None:
    assert joined([]).empty
    assert list(joined([]).columns) == list(tally({frame.name: frame.empty() for frame in ARTIFACTS}).columns)
