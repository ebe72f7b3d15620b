"""The district that is measured: courses of one target, every assignment scored for every student, served with its SIS from a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import yaml

from include.district import load_district
from include.sandbox.canvas import canvas_app
from include.sandbox.canvas import state as canvas_state
from include.sandbox.generate import ACCOUNTS, Size, generate
from include.sandbox.journal import Journal
from include.sandbox.oneroster import TRAITS, oneroster_app
from include.sandbox.powerschool import powerschool_app
from include.sandbox.running import Running
from include.sandbox.world import Course, District
from include.sync import state
from tests.town import Town

EXTRAS: dict[str, dict[str, Any]] = {"infinite_campus": {"batch": True}}
"""How the connections differ from their defaults: Infinite Campus stands for OneRoster's batch POSTs."""


@dataclass(frozen=True)
class Made:
    """What to make: a target, and how many courses of how many students and assignments."""

    target: str
    courses: int
    students: int = 30
    assignments: int = 20

    @property
    def scores(self) -> int:
        """Scores that a first night sends."""
        return self.courses * self.students * self.assignments


def district_of(made: Made) -> District:
    """Ordinary courses alone, all of whose work is scored."""
    size = Size(made.courses + 1, 1, made.students, made.assignments)
    whole = generate(size=size, targets=(made.target,))
    ordinary = [course for course in whole.courses if course.workflow_state == "available" and len(course.assignments) >= made.assignments]
    return replace(whole, courses=tuple(scored_course(course, made.assignments) for course in ordinary[: made.courses]), foreign={}, awkward={})


def scored_course(course: Course, assignments: int) -> Course:
    """The same course with so many assignments, each on its day of autumn, scored for every student."""
    group = course.groups[0]["id"]
    plain = {"assignment_group_id": group, "published": True, "post_to_sis": True, "omit_from_final_grade": False, "points_possible": 100.0}
    same = {"grading_type": "points", "only_visible_to_overrides": False, "has_overrides": False, "moderated_grading": False}
    work = tuple(
        {**row, **plain, **same, "name": f"Unit {number + 1}", "due_at": f"2026-{9 + number // 28:02d}-{number % 28 + 2:02d}T03:59:59Z"}
        for number, row in enumerate(course.assignments[:assignments])
    )
    pattern = {"workflow_state": "graded", "excused": False, "grader_id": 1, "late_policy_status": None, "submission_type": "on_paper", "attempt": 1}
    marks = {}
    students = [int(str(row["user_id"])) for row in course.enrollments if row["type"] == "StudentEnrollment"]
    for number, (row, student) in enumerate((row, student) for row in work for student in students):
        key = (int(str(row["id"])), student)
        mark, due = float(40 + number % 60), str(row["due_at"])
        told = {"score": mark, "entered_score": mark, "grade": f"{mark:g}", "entered_grade": f"{mark:g}"}
        stamps = {"submitted_at": due.replace("03:59:59", "03:00:00"), "graded_at": due, "posted_at": due}
        ids = {"id": 9_000_000_000 + key[0] % 1_000_000 * 1000 + number, "assignment_id": key[0], "user_id": student}
        marks[key] = {**pattern, **told, **stamps, **ids}
    return replace(course, assignments=work, overrides=(), submissions=marks)


def serve(made: Made, urls: Connection) -> None:
    """Canvas and the SIS, until the other side closes the pipe. All texts stay written out, so that the server's own work is small."""
    canvas_state._MOST_RECENT = made.courses + 1
    district, target = district_of(made), made.target
    sis = powerschool_app(district, Journal(None)) if target == "powerschool" else oneroster_app(district, TRAITS[target], Journal(None))
    with Running(canvas_app(district, Journal(None))) as canvas, Running(sis) as system:
        urls.send({"canvas": canvas.url, target: system.url})
        urls.poll(None)


@contextmanager
def town(made: Made, folder: Path) -> Iterator[Town]:
    """Both servers in a process of their own, with a district file that schedules nothing: only the nights that are asked for run."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(made, theirs), daemon=True)
    child.start()
    entry = {"sis": made.target, "connection": f"{made.target}_default", "canvas_account": ACCOUNTS[made.target]}
    told = {"time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": str(folder / "artifacts")}
    generous = {"change_percent": 100.0, "clear_percent": 100.0, "run_change_percent": 100.0, "run_clear_percent": 100.0}
    file = folder / "district.yaml"
    everything = {**told, "state": f"sqlite:///{folder}/state.db", "safety": generous, "targets": {made.target: entry}}
    file.write_text(yaml.safe_dump(everything), encoding="utf-8")
    state.upgrade(load_district(file).state)
    try:
        yield Town(ours.recv(), file, extras=EXTRAS)
    finally:
        child.terminate()
        child.join()


def latency(place: Town, seconds: float) -> None:
    """How long every answer of every server is held back."""
    for system in place.urls:
        place.admin(system, "latency", "PUT", json={"seconds": seconds})
