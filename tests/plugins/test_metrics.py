"""What goes to the monitoring, name by name; that it arrives over UDP is shown by tests/scale."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.observability import stats

from include.district import ROOT
from plugins.gradesync_airflow.metrics import measured, tell

SUMMARY = {
    "target": "genesis",
    "status": "Completed with errors",
    "preview": False,
    "seconds": 12.5,
    "counts": {
        "assignments": {"sent": 3, "refused": 1, "unknown": 0, "unchanged": 7},
        "grades": {"sent": 90, "refused": 2, "unknown": 1, "unchanged": 400},
    },
    "codes": {"error": {"SIS-REFUSED": 3, "GP-NO-DUE-DATE": 2}, "warning": {}},
}


class Kept:
    """A back-end that keeps what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[float, dict[str, str]]] = {}

    def incr(self, stat: str, count: int = 1, rate: float = 1, *, tags: dict[str, str] | None = None) -> None:
        self.told[stat] = (count, tags or {})

    def gauge(self, stat: str, value: float, rate: float = 1, delta: bool = False, *, tags: dict[str, str] | None = None) -> None:
        self.told[stat] = (value, tags or {})

    def timing(self, stat: str, dt: timedelta, *, tags: dict[str, str] | None = None) -> None:
        self.told[stat] = (dt.total_seconds(), tags or {})


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    stats.initialize(factory=lambda: made, export_legacy_names=True)
    yield made
    stats.initialize(factory=stats_off, export_legacy_names=True)


def stats_off() -> Any:
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger

    return NoStatsLogger()


@pytest.mark.parametrize(
    ("what", "value"),
    [("scores.sent", 90), ("scores.refused", 2), ("scores.unknown", 1), ("assignments.sent", 3), ("assignments.unchanged", 7), ("messages.error", 5),
     ("messages.warning", 0), ("runs.completed_with_errors", 1), ("run.seconds", 12.5)],
)  # fmt: skip
def test_each_number_goes_out_with_tags_and_by_target(kept: Kept, what: str, value: float) -> None:
    tell(SUMMARY, "nightly")
    assert kept.told[f"gradesync.{what}"] == (value, {"target": "genesis", "mode": "nightly"})
    assert kept.told[f"gradesync.genesis.{what}"] == (value, {})


def test_only_a_run_that_is_not_red_says_when_it_was_through(kept: Kept) -> None:
    tell({**SUMMARY, "status": "Failed"}, "nightly")
    assert kept.told["gradesync.genesis.runs.failed"] == (1, {})
    assert "gradesync.genesis.run.completed_at" not in kept.told
    tell(SUMMARY, "nightly")
    assert kept.told["gradesync.genesis.run.completed_at"][0] > 1_700_000_000


def test_f1_a_preview_counts_for_nothing(kept: Kept) -> None:
    tell({**SUMMARY, "preview": True}, "nightly")
    assert kept.told == {}


def test_a_stage_that_fails_is_timed_as_well(kept: Kept) -> None:
    with pytest.raises(OSError, match="away"), measured("genesis", "nightly", "load"):
        raise OSError("away")
    assert kept.told["gradesync.genesis.stage.load"][0] >= 0
    assert kept.told["gradesync.stage"][1] == {"target": "genesis", "mode": "nightly", "stage": "load"}


def test_a_stage_tells_its_processor_time_and_its_memory(kept: Kept) -> None:
    with measured("genesis", "nightly", "load"):
        held = bytearray(64 << 20)
        begun = time.process_time()
        while time.process_time() - begun < 0.05:
            held[0] = 1
        time.sleep(0.1)
    told = {name: value for name, (value, _) in kept.told.items()}
    assert 0.05 <= told["gradesync.genesis.cpu.load"] <= told["gradesync.genesis.stage.load"]
    assert 100 < told["gradesync.genesis.memory.load"] < 8_000  # MiB: pandas and Airflow are loaded here


def test_the_list_in_the_documentation_is_complete(kept: Kept) -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = text[text.index("| `<what>` | kind | meaning |") :].split("\n\n", 1)[0]
    told: set[str] = set()
    for row in table.splitlines()[2:]:
        first = ""
        for name in re.findall(r"`([a-z_.<>]+)`", row.split("|")[1]):
            first = first if name.startswith(".") else name
            told.add(first.rpartition(".")[0] + name if name.startswith(".") else name)
    tell(SUMMARY, "nightly")
    tell({**SUMMARY, "status": "Failed"}, "nightly")
    tell({**SUMMARY, "status": "Completed"}, "nightly")
    with measured("genesis", "nightly", "<name>"):
        pass
    ours = {name.removeprefix("gradesync.") for name in kept.told}
    assert told == {name.removeprefix("genesis.") for name in ours}
