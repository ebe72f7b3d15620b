"""Whole nights of one target, stage by stage: the first, one on which nothing changed, one after a school day; and the load against the bare loop."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks import bare
from benchmarks.made import EXTRAS, Made, latency, town
from benchmarks.watch import Asked, Cost, watched
from include.sync import stages
from include.sync.close import close
from tests.town import Town

AT_ONCE = {"synergy": 4, "infinite_campus": 1, "powerschool": 1}
"""Writes in flight, as the connections' defaults have it: the bare loop gets the same."""


@dataclass
class Night:
    """One night: what its stages cost, and what it did."""

    scores: int = 0
    failures: list[str] = field(default_factory=list)
    stages: dict[str, Cost] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """All stages together."""
        return sum(cost.seconds for cost in self.stages.values())

    def told(self, target: str) -> dict[str, Any]:
        """For the results' file."""
        asked = [row for cost in self.stages.values() for row in cost.asked]
        spent = sum(cost.cpu for cost in self.stages.values())
        return {
            "seconds": round(self.seconds, 2),
            "cpu": round(spent, 2),
            "requests": len(asked),
            "writes": sum(is_write(row) for row in asked),
            "scores_sent": self.scores,
            "scores_per_second": round(self.scores / self.seconds) if self.seconds else 0,
            "peak_mib": round(max(cost.peak for cost in self.stages.values())),
            "target": target,
            "failures": len(self.failures),
            "stages": {name: cost.told() for name, cost in self.stages.items()},
        }


def is_write(row: Asked) -> bool:
    """Whether a request was one that changes a SIS; asking for a token changes nothing."""
    return row.method != "GET" and "token" not in row.url


def night(place: Town, target: str) -> Night:
    """One night, batch after batch, each stage measured."""
    run, told = place.run(target), Night()
    for batch in _stage(told, "choose", stages.choose, run, place.canvas()):
        _stage(told, "extract", stages.extract, run, batch, place.canvas())
        _stage(told, "filter", stages.filter_rows, run, batch)
        _stage(told, "transform", stages.transform, run, batch, place.client(target))
        _stage(told, "validate", stages.validate, run, batch)
        _stage(told, "load", stages.load, run, batch, place.client(target))
        _stage(told, "publish", stages.publish, run, batch)
    summary = _stage(told, "close", close, run)
    told.failures = [str(one) for one in summary["failures"]]
    told.scores = int(summary["counts"].get("grades", {}).get("sent", 0))
    return told


def _stage(told: Night, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
    with watched() as cost:
        answer = work(*arguments)
    earlier = told.stages.setdefault(name, Cost())
    earlier.seconds, earlier.cpu, earlier.peak = earlier.seconds + cost.seconds, earlier.cpu + cost.cpu, max(earlier.peak, cost.peak)
    earlier.asked += cost.asked
    return answer


def three_nights(made: Made, delay: float) -> dict[str, Any]:
    """The first night, the next one, and one after a day of changes; then the first one's writes by the bare loop, into an emptied SIS."""
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as folder, town(made, Path(folder)) as place:
        latency(place, delay)
        found = {"first": night(place, made.target)}
        found["unchanged"] = night(place, made.target)
        place.admin("canvas", "day", "POST")
        found["day"] = night(place, made.target)
        load = found["first"].stages["load"]
        place.admin(made.target, "reset", "POST")
        token = new_token(place, made.target)
        latency(place, delay)
        seconds = bare_load([replace(row, headers={**row.headers, "Authorization": token}) for row in load.asked], AT_ONCE[made.target])
    told: dict[str, Any] = {name: one.told(made.target) for name, one in found.items()}
    told["load"] = {
        "seconds": round(load.seconds, 2),
        "bare_seconds": round(seconds, 2),
        "share_of_bare_rate": round(seconds / load.seconds, 3),
        "at_once": AT_ONCE[made.target],
        "scores_per_second": round(found["first"].scores / load.seconds),
    }
    return {"latency_ms": round(delay * 1000), "courses": made.courses, "scores": made.scores, **told}


def new_token(place: Town, target: str) -> str:
    """What a fresh client is let in with."""
    with watched() as cost:
        place.client(target).check()
    return next(row.headers["Authorization"] for row in reversed(cost.asked) if row.headers.get("Authorization", "").startswith("Bearer"))


def bare_load(asked: list[Asked], at_once: int) -> float:
    """Seconds that the same writes take. One at a time they go in their own order, so that a SIS which gives ids itself gives the same ones;
    several at a time assignments go first, for scores need them."""
    writes = [row for row in asked if is_write(row)]
    if at_once == 1:
        return bare.fetch(writes, 1)[0]
    parts = ([row for row in writes if ("/results" in row.url) == scores] for scores in (False, True))
    return sum(bare.fetch(part, at_once)[0] for part in parts)


def connection_extras(target: str) -> dict[str, Any]:
    """What differs from the defaults in the measured connections."""
    return EXTRAS.get(target, {})
