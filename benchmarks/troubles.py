"""Nights under faults: one request in twenty of Canvas and of the SIS ends in 503, in 429, or without an answer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.made import Made, latency, town
from benchmarks.nights import Night, night
from tests.town import Town

EVERY = 20
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "503": {"kind": "error", "status": 503},
    "429": {"kind": "throttle", "status": 429},
    "cut": {"kind": "cut"},
}


def troubled(made: Made, delay: float) -> dict[str, Any]:
    """Seconds of a first night under each kind of fault, and whether the SIS ended as without any."""
    found: dict[str, Any] = {}
    quiet: Any = None
    for name, fault in FAULTS.items():
        with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(made, Path(folder)) as place:
            latency(place, delay)
            if fault:
                _order(place, made, fault)
            told = night(place, made.target)
            holds = place.holds(made.target)
        quiet = quiet or (told, holds)
        found[name] = _row(told, holds, quiet)
    return {"latency_ms": round(delay * 1000), "target": made.target, "scores": made.scores, "faults": found}


def _order(place: Town, made: Made, fault: dict[str, Any]) -> None:
    """Rules that fire once each, spread evenly over twice the requests that there will be."""
    there_will_be = {"canvas": 2 * made.courses + 20, made.target: made.courses * made.assignments * (made.students + 2)}
    for system, requests in there_will_be.items():
        for after in range(EVERY // 2, requests, EVERY):
            place.admin(system, "faults", "POST", json={"match": {"path": "^(?!.*token)"}, "times": 1, "after": after, **fault})


def _row(told: Night, holds: Any, quiet: tuple[Night, Any]) -> dict[str, Any]:
    failed = [row for cost in told.stages.values() for row in cost.asked if row.status in (0, 429, 503)]
    return {
        "seconds": round(told.seconds, 2),
        "times_undisturbed": round(told.seconds / quiet[0].seconds, 2),
        "faults_met": len(failed),
        "scores_sent": told.scores,
        "failures": "; ".join(told.failures),
        "sis_ends_the_same": holds == quiet[1],
    }
