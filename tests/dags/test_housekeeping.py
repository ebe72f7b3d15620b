"""The housekeeping DAG as Airflow sees it (D-2)."""

from __future__ import annotations

import pytest

from include.district import ROOT, load_district

pytestmark = pytest.mark.airflow


def test_d2_it_runs_every_morning_without_being_unpaused() -> None:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags" / "housekeeping.py"))
    assert bag.import_errors == {}
    dag = bag.dags["grade_housekeeping"]
    zone = load_district(ROOT / "config" / "district.yaml").time_zone
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == ("30 5 * * *", zone)
    assert (dag.is_paused_upon_creation, dag.catchup, dag.max_active_runs) == (False, False, 1)
    assert [(task.task_id, task.retries) for task in dag.tasks] == [("tidy", 2)]
    assert "(7 days, 14 for runs with errors or that did not complete)" in " ".join(dag.doc_md.split())
    assert "**Failed?**" in dag.doc_md
