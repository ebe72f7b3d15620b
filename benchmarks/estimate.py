"""A district of a hundred thousand students on paper, from the rates that were measured: what a night takes at Canvas's default throttle.

100,000 students in 7 courses each are 700,000 enrolments in 23,333 courses of 30; at 20 assignments that is 14 million submissions. A full night
reads all of them. Canvas's own time for a request is taken as a parameter, for the throttle counts it: 10 units come back a second, a unit is a
second of Canvas's work.
"""

from __future__ import annotations

import json
from math import ceil
from pathlib import Path
from typing import Any

from include.sync import batches

STUDENTS, COURSES_EACH, CLASS, ASSIGNMENTS = 100_000, 7, 30, 20
COURSES = STUDENTS * COURSES_EACH // CLASS
LEAK = 10.0  # units a second (canvas-api.md §1.3)
CHANGED = 0.02  # of all submissions, on an ordinary school day
BATCH_WORK = 100_000  # the district file's default
STAGES = 6  # tasks of a batch
FULL_EVERY = 7  # nights between two full readings of a course in the listed mode: the district file's default


def large(results: Path) -> dict[str, Any]:
    """Requests, and hours by what limits: the throttle, the connections, one core."""
    extract = _row(results / "extract.json")
    submissions = COURSES * CLASS * ASSIGNMENTS
    requests = ceil(COURSES / 100) + 4 * COURSES
    per_request = 0.05
    cpu = float(extract["cpu_per_100000"]) * submissions / 100_000
    return {
        "students": STUDENTS,
        "courses": COURSES,
        "submissions": submissions,
        "canvas_requests": requests,
        "minutes_at_10_connections_of_0.5_s": round(requests * 0.5 / 10 / 60, 1),
        "minutes_if_a_request_costs_Canvas_1_unit": round(requests * 1.0 / LEAK / 60, 1),
        "minutes_if_a_request_costs_Canvas_2_units": round(requests * 2.0 / LEAK / 60, 1),
        "minutes_measured_rate_50_ms": round(float(extract["seconds"]) / float(extract["requests"]) * requests / 60, 1),
        "minutes_of_one_core_for_extract": round(cpu / 60, 1),
        "least_latency_assumed": per_request,
        "scores_changed_a_day": round(submissions * CHANGED),
        "listed": _night(_listed()),
        **_in_airflow(results, submissions),
    }


def _listed() -> int:
    """Requests of a night in the listed mode: courses, the SIS list, each course's scores, and three lists more of the courses whose day it is."""
    return ceil(COURSES / 100) + ceil(COURSES * ASSIGNMENTS / 100) + COURSES + 3 * ceil(COURSES / FULL_EVERY)


def _night(requests: int) -> dict[str, Any]:
    return {
        "canvas_requests": requests,
        "minutes_at_10_connections_of_0.5_s": round(requests * 0.5 / 10 / 60, 1),
        "minutes_if_a_request_costs_Canvas_0.5_units": round(requests * 0.5 / LEAK / 60, 1),
        "minutes_if_a_request_costs_Canvas_1_unit": round(requests * 1.0 / LEAK / 60, 1),
        "units_a_request_may_cost_for_20_minutes": round(20 * 60 * LEAK / requests, 2),
    }


def _in_airflow(results: Path, submissions: int) -> dict[str, Any]:
    """Tasks of such a night, and what the largest night that `benchmarks.airflow` measured says of it: minutes of one core by stage (all batches one
    after the other, on an unchanged night) and of Airflow itself, and the most memory of one task."""
    tasks = ceil(COURSES * (CLASS + batches.OVERHEAD) * batches.ASSIGNMENTS / BATCH_WORK) * STAGES + 2
    rows = [json.loads(path.read_text(encoding="utf-8"))["rows"][0] for kind in ("airflow", "district") for path in results.glob(f"{kind}-*.json")]
    if not rows:
        return {"task_instances": tasks}
    row = max(rows, key=lambda row: int(row["scores"]))
    night, times = row["unchanged"], submissions / int(row["scores"])
    return {
        "task_instances": tasks,
        "minutes_of_one_core_by_stage": {stage: round(cost["cpu"] * times / 60, 1) for stage, cost in night["stages"].items()},
        "minutes_of_one_core_for_airflow": round(sum(night["airflow_cpu"].values()) / night["task_instances"] * tasks / 60, 1),
        "most_memory_of_a_task_mib": max(row[name]["peak_mib"] for name in ("first", "unchanged")),
    }


def _row(path: Path) -> dict[str, Any]:
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    found: dict[str, Any] = next(row for row in reversed(rows) if row["way"] == "course by course")
    return found
