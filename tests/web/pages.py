"""Grade Sync's pages over a real Airflow database, its simple auth manager and its tokens; runs are written as a sync writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.district import load_district
from include.gradebook.schemas import ARTIFACTS, COURSES
from include.run_folder import RunFolder
from include.sync import history, state
from include.sync.run_key import RunKey
from include.sync.table_files import write_tables
from include.sync.tally import tally

NOON = datetime(2026, 11, 13, 17, tzinfo=UTC)
TARGETS = ("synergy", "powerschool")
NASTY = "<script>alert('x')</script> \"quoted\" \u202e\u05d0 =SUM(A1)" + "é" * 190
FORMULA = '=HYPERLINK("http://example.org","x")'


class PerTarget(SimpleAuthManager):
    """The simple auth manager with rights per DAG, which it has not by itself: `only_<target>` has none on any other target's DAG, but on all that
    people start by hand."""

    def is_authorized_dag(self, *, method: Any, user: Any, access_entity: Any = None, details: Any = None) -> bool:
        from plugins.gradesync_airflow.web.access import BY_HAND

        name = user.get_name()
        if name.startswith("only_") and details is not None and details.id not in {f"grade_sync_{name.removeprefix('only_')}", *BY_HAND}:
            return False
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)


@dataclass(frozen=True)
class Run:
    """What the list of runs wants to know of a run."""

    target: str
    run_id: str
    mode: str = "nightly"
    posted_by: str = "schedule"
    now: datetime = NOON
    preview: bool = False
    origin: RunKey | None = None


def grade(number: int, **changed: object) -> dict[str, object]:
    """A row of the grades log: student `number`, three assignments in turn, two sections."""
    assignment, section = number % 3, number % 2
    return {
        "canvas_course_id": "7",
        "canvas_assignment_id": f"A{assignment}",
        "assignment_name": f"Essay {assignment}",
        "canvas_section_id": f"S{section}",
        "section_name": f"Period {section}",
        "sis_section_id": f"SEC{section}",
        "sis_assignment_id": f"asg-{assignment}",
        "canvas_user_id": f"U{number:03d}",
        "sis_user_id": f"P{number:03d}",
        "student_name": f"Student {number:03d}",
        "submitted_score": float(number),
        "action": "create",
        "status": "updated",
        "finished_at": NOON + timedelta(seconds=number),
        **changed,
    }


def tables(run: Run, grades: int) -> dict[str, pd.DataFrame]:
    """The four tables of a run with so many grades, among them a refused one and names that teachers should not have typed."""
    refused = {"status": "failed", "reason_code": "SIS-REFUSED", "message": "The SIS rejected the value: closed.", "sis_error_code": "422"}
    rows = [grade(number) for number in range(grades)]
    rows[1] |= refused
    rows[2] |= {"assignment_name": NASTY, "student_name": FORMULA}
    message = {"severity": "error", "message": "The SIS rejected the value: closed.", "stage": "load", "who": "admin", "next": "Open the gradebook."}
    where = {"canvas_course_id": "7", "canvas_assignment_id": "A1", "assignment_name": "Essay 1", "sis_error_code": "422"}
    built = {
        "filtered_canvas_data": [
            {"canvas_course_id": "7", "kind": "section", "outcome": "kept", "count": 2},
            {"canvas_course_id": "7", "kind": "assignment", "outcome": "kept", "count": 3},
            {"canvas_course_id": "7", "kind": "assignment", "outcome": "withheld", "reason_code": "GP-NOT-GRADED", "count": 2},
            {"canvas_course_id": "7", "kind": "grade", "outcome": "kept", "count": grades},
            {"canvas_course_id": "7", "kind": "grade", "outcome": "withheld", "reason_code": "GP-BLANK", "count": 5},
        ],
        "assignments_sync": [
            {key: grade(number)[key] for key in ("canvas_course_id", "canvas_assignment_id", "assignment_name", "canvas_section_id", "section_name")}
            | {"action": "create", "due_date": "2026-09-18", "points_possible": 10.0, "scores_sent": number, "status": "updated"}
            for number in range(6)
        ],
        "grades_log": rows,
        "messages": [
            {**where, **message, "type": "SIS-REFUSED", "canvas_user_id": f"U{number:03d}", "student_name": f"Student {number:03d}"}
            for number in range(30)
        ]
        + [{**where, **message, "severity": "warning", "type": "GP-MERGED", "message": "Merged gradebooks.", "stage": "filter", "who": "teacher"}],
    }  # fmt: skip
    return {frame.name: frame.of(built[frame.name]).assign(run_id=run.run_id, target=run.target).pipe(frame.conform) for frame in ARTIFACTS}


class Place:
    """A district of two targets in a folder, and its pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "district.yaml"
        entries = {name: {"sis": name, "connection": f"{name}_default", "canvas_account": str(n)} for n, name in enumerate(TARGETS, 11)}
        text = {"time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": str(folder / "artifacts")}
        self.file.write_text(yaml.safe_dump({**text, "state": f"sqlite:///{folder}/state.db", "targets": entries}), encoding="utf-8")
        self.district = load_district(self.file)

    def start(self, run: Run, *courses: str) -> None:
        """A run begins."""
        rows = [{"canvas_course_id": course, "name": f"Course {course}", "workflow_state": "available"} for course in courses]
        history.start(state.engine(self.district.state), run, COURSES.of(rows))

    def finish(self, run: Run, status: str = "Completed", grades: int = 25) -> None:
        """A run ends, and leaves its tables."""
        self.start(run, "7", "8")
        folder = RunFolder.at(self.folder / "artifacts" / run.target / run.run_id)
        built = tables(run, grades)
        write_tables(folder, built)
        folder.write_json("summary", {"failures": ["1 × GP-SAFETY: look at it"] if status == "Failed" else []})
        told = {"status": status, "artifacts": str(folder.root), "through": ["7", "8"]}
        history.finish(state.engine(self.district.state), run, told, tally(built))

    def visitor(self, name: str = "vic", role: str | None = "viewer") -> TestClient:
        """A browser in which somebody is logged in; without a role, somebody whom Airflow knows and lets do nothing."""
        from airflow.api_fastapi.app import get_auth_manager

        return self.stranger(_token=get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role)))

    def stranger(self, **cookies: str) -> TestClient:
        """A browser in which nobody is logged in."""
        return TestClient(self.app, "http://airflow.test", cookies=cookies, follow_redirects=False)

    @cached_property
    def app(self) -> FastAPI:
        """The pages, made once for all tests."""
        return mounted()


def mounted() -> FastAPI:
    """The pages where Airflow mounts them."""
    from plugins.gradesync_airflow.web.app import create_app

    root = FastAPI()
    root.mount("/gradesync", create_app())
    return root
