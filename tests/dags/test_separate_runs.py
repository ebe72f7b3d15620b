"""What a task makes of the run that Airflow hands it: one name per DAG, kind, and complete ID, whatever a caller typed (I-1)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.district import ROOT, load_district
from include.sync.run import Run

pytestmark = pytest.mark.airflow

SAME = "scheduled__2026-11-30T01:00:00+00:00"
ODD = [
    "",
    "..",
    "../../etc",
    "a/b",
    "%2F",
    "a%2Fb",
    "x" * 250,
    "X" * 250,
    "ä",
    "Ä",
    "run.",
    "run ",
    "run",
    "\u202e",
    "nul",
    "a:b",
    "a+b",
    "a\0b",
    "\n",
]


@pytest.fixture
def run_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The run that a task of this DAG sees."""
    from plugins.gradesync_airflow import hooks, tasks

    monkeypatch.setattr(hooks, "located_district", lambda: load_district(ROOT / "config" / "district.yaml"))

    def made(dag_id: str, mode: str, run_id: str) -> Run:
        moment = datetime(2026, 11, 30, 1, tzinfo=UTC)
        dag_run = SimpleNamespace(dag_id=dag_id, run_id=run_id, triggering_user_name=None, start_date=moment, run_after=moment)
        params = {"target": "genesis", "courses": ["7"]} if mode != "nightly" else {}
        monkeypatch.setattr(tasks, "get_current_context", lambda: {"dag_run": dag_run, "params": params})
        return tasks.current_run(mode, "genesis" if mode == "nightly" else None)

    return made


def test_i1_schedules_of_the_same_moment_start_runs_that_share_nothing(run_of: Any) -> None:
    night = run_of("grade_sync_genesis", "nightly", SAME)
    compare = run_of("grade_reconcile_genesis", "reconcile", SAME)
    by_hand = run_of("grade_reconcile", "reconcile", SAME)
    assert len({run.run_id for run in (night, compare, by_hand)}) == len({str(run.folder.root) for run in (night, compare, by_hand)}) == 3
    assert (night.shown_id, compare.shown_id) == (f"grade_sync_genesis/{SAME}", f"grade_reconcile_genesis/{SAME}")
    assert compare.preview


def test_i1_any_text_as_an_id_is_a_folder_of_its_own_below_the_target(run_of: Any) -> None:
    runs = [run_of("grade_sync_on_demand", "on_demand", run_id) for run_id in ODD]
    places = [Path(run.folder.root.path) for run in runs]
    assert {place.parent for place in places} == {Path(runs[0].district.artifacts_root().path) / "genesis"}
    assert len({place.name.lower().rstrip(". ") for place in places}) == len(ODD)
    assert max(len(place.name) for place in places) < 120


def test_i1_a_cleared_task_sees_the_same_run(run_of: Any) -> None:
    assert run_of("grade_remaster", "remaster", SAME).folder == run_of("grade_remaster", "remaster", SAME).folder
