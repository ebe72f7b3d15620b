"""Numbers for an operator's monitoring, sent through whatever Airflow's own metrics go to: StatsD, DogStatsD or OpenTelemetry.

Each number goes out twice, as Airflow's own do: `gradesync.<what>` with tags for back-ends that have them, and `gradesync.<target>.<what>` for plain
StatsD. Counts and seconds only; no name, no id of a person, no score (F-12). docs/operating.md lists them with the bounds worth an alert.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.observability import stats

_COUNTED = ("sent", "refused", "unknown", "unchanged")
_UNITS_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024
_KINDS = {"assignments": "assignments", "grades": "scores"}


@contextmanager
def measured(target: str, mode: str, stage: str) -> Iterator[None]:
    """What one task of a stage took, however it ended: its seconds, those of them on a processor, and the most memory of its process (MiB)."""
    begun, cpu = time.monotonic(), time.process_time()
    try:
        yield
    finally:
        tags = {"target": target, "mode": mode, "stage": stage}
        for name, seconds in (("stage", time.monotonic() - begun), ("cpu", time.process_time() - cpu)):
            stats.timing(f"gradesync.{name}", timedelta(seconds=seconds), tags=tags)
            stats.timing(f"gradesync.{target}.{name}.{stage}", timedelta(seconds=seconds))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNITS_PER_MIB
        stats.gauge("gradesync.memory", peak, tags=tags)
        stats.gauge(f"gradesync.{target}.memory.{stage}", peak)


def tell(summary: Mapping[str, Any], mode: str) -> None:
    """What a run did. A preview sends nothing, so it counts for nothing."""
    if summary["preview"]:
        return
    target = str(summary["target"])
    tags = {"target": target, "mode": mode}
    for kind, name in _KINDS.items():
        counts = summary["counts"].get(kind, {})
        for word in _COUNTED:
            _count(f"{name}.{word}", int(counts.get(word, 0)), tags)
    for severity in ("error", "warning"):
        _count(f"messages.{severity}", sum(summary["codes"].get(severity, {}).values()), tags)
    word = str(summary["status"]).lower().replace(" ", "_")
    _count(f"runs.{word}", 1, tags)
    _gauge("run.seconds", float(summary["seconds"]), tags)
    if word != "failed":
        _gauge("run.completed_at", datetime.now(UTC).timestamp(), tags)


def _count(what: str, count: int, tags: dict[str, str]) -> None:
    stats.incr(f"gradesync.{what}", count, tags=tags)
    stats.incr(f"gradesync.{tags['target']}.{what}", count)


def _gauge(what: str, value: float, tags: dict[str, str]) -> None:
    stats.gauge(f"gradesync.{what}", value, tags=tags)
    stats.gauge(f"gradesync.{tags['target']}.{what}", value)
