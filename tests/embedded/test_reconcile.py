"""A reconcile and a repair through a real Airflow, started through its REST API as a client would (F-2)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from embedded.api import AirflowApi
from embedded.settings import Settings
from tests.embedded.installation import Running

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def genesis(running: Running) -> tuple[Running, AirflowApi]:
    """The running installation, and its API, signed in."""
    installed = running.place
    api = AirflowApi(Settings(installed.home, dict(installed.env)), running.password)
    api.sign_in()
    return running, api


def run(api: AirflowApi, dag: str, **conf: Any) -> dict[str, Any]:
    """One run to its end; the summary of its last task."""
    api.pause(dag, False)
    answer = api.session.post(f"{api.base}/api/v2/dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf}, timeout=60)
    assert answer.ok, answer.text
    run_id, deadline = answer.json()["dag_run_id"], time.monotonic() + 280
    while (state := api.state(dag, run_id)) not in ("success", "failed"):
        assert time.monotonic() < deadline, api.tasks(dag, run_id)
        time.sleep(1)
    assert state == "success", api.tasks(dag, run_id)
    return api.summary(dag, run_id)


def test_f2_a_reconcile_names_what_was_done_in_the_sis_and_a_repair_mends_it(genesis: tuple[Running, AirflowApi]) -> None:
    installed, api = genesis
    run(api, "grade_sync_genesis")
    fresh = run(api, "grade_reconcile", target="genesis")
    assert {verdict for row in fresh["verdicts"].values() for verdict in row} == {"same"}
    table = pd.read_parquet(Path(fresh["artifacts"]) / "reconciliation.parquet")
    grade = table[table["kind"] == "grade"].iloc[0]
    lost = table[(table["kind"] == "assignment") & (table["sis_assignment_id"] != grade["sis_assignment_id"])].iloc[0]
    for order in (
        {"do": "purge", "id": lost["sis_assignment_id"]},
        {"do": "edit_score", "id": grade["sis_assignment_id"], "student": grade["sis_user_id"], "score": 1.25},
    ):
        requests.post(installed.admin(1, "teacher"), json=order, timeout=30).raise_for_status()

    mended = run(api, "grade_reconcile", target="genesis", repair=True)
    assert mended["verdicts"]["assignment"]["missing"] == 1
    assert mended["verdicts"]["grade"]["edited"] == 1
    assert mended["counts"]["assignments"]["sent"] == 1
    again = run(api, "grade_reconcile", target="genesis", courses=[grade["canvas_course_id"], lost["canvas_course_id"]])
    assert {verdict for row in again["verdicts"].values() for verdict in row} == {"same"}


def test_a19_what_does_not_exist_is_refused_by_the_form(genesis: tuple[Running, AirflowApi]) -> None:
    _, api = genesis
    for conf in ({"target": "genesys"}, {"target": "genesis", "repair": "yes"}):
        answer = api.session.post(f"{api.base}/api/v2/dags/grade_reconcile/dagRuns", json={"logical_date": None, "conf": conf}, timeout=60)
        assert answer.status_code == 400, conf
