"""Whole nights of one target in a real Airflow, started as `make sync` starts it: what Airflow costs, and what each task needs.

    python -m benchmarks.airflow --courses 500                           a first night, and one on which nothing changed
    python -m benchmarks.airflow --share 20 --latency 0.05 --day         1/20 of a district of 100,000 students, and a night after a school day
    python -m benchmarks.airflow --share 20 --latency 0.05 --day --mode listed    the same, read in the listed mode

Airflow (API server, scheduler with LocalExecutor, DAG processor) gets a temporary home of its own; Canvas and the SIS are a process of
their own. What the stages took comes from the metrics that they send (docs/operating.md), over StatsD. Airflow's overhead is the run's time
less the time that the same work takes with the same pools and as many tasks at once, when handing it out costs nothing (`work.least`).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks import estimate, work
from benchmarks.made import Made, latency, town
from benchmarks.night import RESULTS, lines, machine
from embedded import airflow
from embedded.progress import Screen
from embedded.settings import AT_ONCE, Settings
from embedded.sync import Started, installation
from include.sandbox.world import TARGETS
from tests.embedded.installation import free_ports
from tests.scale.statsd import Statsd
from tests.town import Town

_POLL_SECONDS = 1.0


def main() -> None:
    """Measure, print, and write down."""
    asked = _asked()
    logging.getLogger("include").setLevel(logging.ERROR)
    courses = estimate.COURSES // asked.share if asked.share else asked.courses
    made = Made(asked.target, courses, asked.students, asked.assignments)
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as name, Statsd() as statsd, town(made, Path(name)) as place:
        _read_as(place, made.target, asked.mode)
        home = settings(Path(name), place, made.target, statsd.port)
        with installation(home, "bench", Screen(), airflow.PARTS) as started:
            _write(asked, made, _nights(asked, started, place, statsd, made))


def _read_as(place: Town, target: str, mode: str) -> None:
    file = yaml.safe_load(place.file.read_text(encoding="utf-8"))
    file["targets"][target]["extract"] = {"mode": mode}
    place.file.write_text(yaml.safe_dump(file), encoding="utf-8")


def _write(asked: argparse.Namespace, made: Made, rows: dict[str, Any]) -> None:
    part = "district" if asked.share else "airflow"
    part = part if asked.mode == "full" else f"{asked.mode}-{part}"
    row = {
        "target": made.target,
        "mode": asked.mode,
        "courses": made.courses,
        "scores": made.scores,
        "latency_ms": round(asked.latency * 1000),
        **rows,
    }
    told = {"part": part, "when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "rows": [row]}
    (RESULTS / f"{part}-{made.target}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in lines(row)))
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.airflow")
    parser.add_argument("--target", choices=TARGETS, default="infinite_campus")
    parser.add_argument("--courses", type=int, default=500)
    parser.add_argument("--share", type=int, default=0, help="one part of so many of a district of 100,000 students, in place of --courses")
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer, from the second night on")
    parser.add_argument("--cost", type=float, default=0.0, help="units of Canvas's throttle that each request costs besides its seconds")
    parser.add_argument("--mode", choices=("full", "listed"), default="full", help="how Canvas is read by night")
    parser.add_argument("--day", action="store_true", help="a third night, after a school day")
    return parser.parse_args()


def settings(folder: Path, place: Town, target: str, statsd: int) -> Settings:
    """An installation of its own for this district: connections, ports, and metrics to our StatsD."""
    sis = place.connection(target)
    kind = "powerschool" if target == "powerschool" else "oneroster"
    canvas = {"conn_type": "canvas", "host": place.urls["canvas"], "password": "canvas-full-token"}
    theirs = {"conn_type": kind, "host": sis.host, "login": sis.login, "password": sis.password, "extra": dict(sis.extra)}
    told = {"GRADESYNC_SANDBOX": "0", "GRADESYNC_DISTRICT": str(place.file), "GRADESYNC_UI_PORT": str(free_ports(1))}
    connections = {"AIRFLOW_CONN_CANVAS_DEFAULT": json.dumps(canvas), f"AIRFLOW_CONN_{target.upper()}_DEFAULT": json.dumps(theirs)}
    metrics = {"AIRFLOW__METRICS__STATSD_ON": "True", "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1", "AIRFLOW__METRICS__STATSD_PORT": str(statsd)}
    return Settings(folder / "home", {**told, **connections, **metrics})


def _nights(asked: argparse.Namespace, started: Started, place: Town, statsd: Statsd, made: Made) -> dict[str, Any]:
    place.admin("canvas", "throttle", "PUT", json={"cost": asked.cost})
    found = {"first": night(started, place, statsd, made.target)}
    latency(place, asked.latency)
    found["unchanged"] = night(started, place, statsd, made.target)
    if asked.day:
        place.admin("canvas", "day", "POST")
        found["day"] = night(started, place, statsd, made.target)
    return found


def night(started: Started, place: Town, statsd: Statsd, target: str) -> dict[str, Any]:
    """One run of the target's DAG, and what it cost."""
    place.forget_log()
    api, dag, before, spent = started.api, airflow.dag_id(target), len(statsd.told), _spent(started)
    api.pause(dag, False)
    run = api.trigger(dag)
    while api.state(dag, run) not in ("success", "failed"):
        started.processes.check()
        time.sleep(_POLL_SECONDS)
    api.pause(dag, True)
    told, instances = api.run(dag, run), api.instances(dag, run)
    cpu = {part: round(now - spent[part], 1) for part, now in _spent(started).items()}
    done = work.pieces(statsd.told[before:], target)
    return {
        **_summary(api.summary(dag, run), told),
        **_airflow(started, target, told, instances, done),
        "airflow_cpu": cpu,
        **_asked_of(place, target),
    }


def _spent(started: Started) -> dict[str, float]:
    return {part: work.spent(started.processes.pid(part), with_children=part != "scheduler") for part in airflow.PARTS}


def _airflow(started: Started, target: str, told: dict[str, Any], instances: list[dict[str, Any]], done: list[work.Piece]) -> dict[str, Any]:
    begun, ended = (datetime.fromisoformat(told[name]).timestamp() for name in ("start_date", "end_date"))
    slots = started.district.pools()
    pools = {"canvas": slots["canvas"], "sis": slots[started.district.target(target).pool]}
    least = work.least(done, work.chains(done, instances), AT_ONCE, pools)
    return {
        "wall_seconds": round(ended - begun, 1),
        "work_seconds": round(sum(piece.seconds for piece in done), 1),
        "least_seconds": round(least, 1),
        "airflow_overhead_seconds": round(ended - begun - least, 1),
        "nothing_at_work_seconds": round(work.nothing_at_work(done, begun, ended), 1),
        "task_instances": len(instances),
        "peak_mib": round(max(piece.peak for piece in done)),
        "stages": work.per_stage(done),
    }


def _summary(summary: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    grades = summary["counts"]["grades"]
    return {"state": told["state"], "status": summary["status"], "scores_sent": grades["sent"], "scores_unchanged": grades["unchanged"]}


def _asked_of(place: Town, target: str) -> dict[str, int]:
    logs = {system: place.admin(system, "log") for system in ("canvas", target)}
    throttled = sum(row["status"] in (403, 429) for row in logs["canvas"])
    return {"canvas_requests": len(logs["canvas"]), "throttled": throttled, "sis_requests": len(logs[target])}


if __name__ == "__main__":
    main()
