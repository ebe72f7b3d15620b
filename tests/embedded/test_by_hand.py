"""Runs by hand through a real Airflow, started and approved over its REST API (A-19 to A-22, F-1, D-9, D-10)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from tests.embedded.installation import Running
from tests.embedded.rest import Rest, log_of

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

ON_DEMAND, REMASTER, NIGHTLY = "grade_sync_on_demand", "grade_remaster", "grade_sync_powerschool"
POWERSCHOOL = 5
BIOLOGY = {"target": "genesis", "courses": ["CO-2001"], "assignments": ["800001", "800002"]}


@dataclass(frozen=True)
class Client:
    """A client of the running Airflow, and a look into the sandbox."""

    running: Running
    rest: Rest

    def log(self, number: int = 1, **query: str) -> list[dict[str, Any]]:
        """The request log of a system of the sandbox, Genesis's by default."""
        rows: list[dict[str, Any]] = requests.get(self.running.admin(number, "log"), params=query, timeout=30).json()
        return rows

    def writes(self, number: int = 1) -> int:
        """Requests that wrote since `forget`."""
        return len(self.log(number, writes="1"))

    def forget(self, number: int = 1) -> None:
        """Start the request log anew."""
        requests.delete(self.running.admin(number, "log"), timeout=30)

    def told(self, dag: str, run: str, task: str) -> str:
        """A task's log."""
        return log_of(self.running.place.home, dag, run, task)

    def table(self, dag: str, run: str, name: str) -> pd.DataFrame:
        """An artifact of a run."""
        return pd.read_parquet(Path(self.rest.summary(dag, run)["artifacts"]) / f"{name}.parquet")


@pytest.fixture(scope="module")
def client(running: Running) -> Client:
    made = Client(running, Rest(running.base, running.password))
    made.rest.unpause(ON_DEMAND, REMASTER, NIGHTLY)
    return made


@pytest.fixture(scope="module")
def once(client: Client) -> None:
    """Biology's chosen assignments stand in Genesis."""
    assert client.rest.ended(ON_DEMAND, client.rest.trigger(ON_DEMAND, **BIOLOGY)) == "success"


@pytest.fixture
def sent(client: Client, once: None) -> Client:
    """The same, and nothing was asked of Genesis since."""
    client.forget()
    return client


def test_a19_the_form_refuses_what_cannot_be_meant(client: Client) -> None:
    for conf, told in (
        ({}, "target"),
        ({"target": "moon", "courses": ["1"]}, "'moon' is not one of ['genesis', 'powerschool']"),
        ({"target": "genesis", "courses": []}, "courses"),
        ({**BIOLOGY, "preview": "yes"}, "'yes' is not of type 'boolean'"),
    ):
        answer = client.rest.call("POST", f"dags/{ON_DEMAND}/dagRuns", json={"logical_date": None, "conf": conf})
        assert (answer.status_code, told in answer.text) == (400, True), answer.text


@pytest.mark.parametrize(
    ("conf", "told"),
    [
        ({**BIOLOGY, "cours": ["x"]}, 'cours: unknown key (did you mean "courses"?)'),
        ({**BIOLOGY, "courses": ["nowhere"]}, 'courses: "nowhere" is not in Canvas account 11 (target genesis)'),
        ({**BIOLOGY, "sections": ["SE-9"]}, 'sections: "SE-9" is not in the selected courses. Use 90001 (SE-2001)'),
    ],
)
def test_a19_the_task_refuses_what_is_not_there_before_any_write(client: Client, conf: dict[str, Any], told: str) -> None:
    client.forget()
    run = client.rest.trigger(ON_DEMAND, **conf)
    assert client.rest.ended(ON_DEMAND, run) == "failed"
    assert told in client.told(ON_DEMAND, run, "choose")
    assert client.log() == []


def test_a19_on_demand_sends_what_was_chosen_and_a_second_time_nothing(sent: Client) -> None:
    run = sent.rest.trigger(ON_DEMAND, **BIOLOGY)
    assert sent.rest.ended(ON_DEMAND, run) == "success"
    tasks = sent.rest.tasks(ON_DEMAND, run)
    assert {state for task, state in tasks.items() if task.startswith("powerschool.")} == {"skipped"}
    assert {state for task, state in tasks.items() if not task.startswith("powerschool.")} == {"success"}
    assert sent.writes() == 0
    rows = sent.table(ON_DEMAND, run, "assignments_sync")
    assert set(rows.loc[rows["status"] == "unchanged", "canvas_assignment_id"]) == set(BIOLOGY["assignments"])


def test_f1_the_night_shown_and_not_sent(client: Client) -> None:
    client.forget(POWERSCHOOL)
    run = client.rest.trigger(NIGHTLY, preview=True)
    assert client.rest.ended(NIGHTLY, run) == "success"
    assert client.log(POWERSCHOOL)
    assert client.writes(POWERSCHOOL) == 0
    told = client.told(NIGHTLY, run, "close")
    assert f"plan of powerschool, run {NIGHTLY}/{run}: nothing has been sent" in told
    folder = Path(client.rest.summary(NIGHTLY, run)["artifacts"])
    for name in ("preview.html", "preview.md"):
        assert (folder / name).stat().st_mode & 0o077 == 0
        assert "Nothing has been sent" in (folder / name).read_text(encoding="utf-8")
    assert "planned" in set(client.table(NIGHTLY, run, "grades_log")["status"])


def test_a20_a22_a_remaster_asks_holds_its_course_and_sends_nothing_when_rejected(sent: Client) -> None:
    run = sent.rest.trigger(REMASTER, **BIOLOGY)
    asked = sent.rest.question(REMASTER, run, "genesis.approve")
    assert asked["subject"] == "Remaster to genesis: send 4 assignments and 27 scores again?"
    assert "| assignments | 0 | 4 | 0 |" in asked["body"]
    other = sent.rest.trigger(ON_DEMAND, **BIOLOGY)
    assert sent.rest.ended(ON_DEMAND, other) == "failed"
    told = sent.told(ON_DEMAND, other, "genesis.transform")
    assert f"course 50001 of genesis is in use by remaster by admin, {REMASTER}/{run} in Airflow, run " in told
    assert sent.rest.answer(REMASTER, run, "genesis.approve", "Reject") == "success"
    assert sent.writes() == 0
    assert sent.rest.tasks(REMASTER, run)["genesis.send.load"] == "skipped"
    summary = sent.rest.summary(REMASTER, run)
    assert (summary["status"], summary["approval"], summary["preview"]) == ("Completed", "rejected by admin", True)


def test_a20_an_approved_remaster_sends_everything_again(sent: Client) -> None:
    run = sent.rest.trigger(REMASTER, **BIOLOGY)
    sent.rest.question(REMASTER, run, "genesis.approve")
    assert sent.rest.answer(REMASTER, run, "genesis.approve", "Approve") == "success"
    assert sent.rest.summary(REMASTER, run)["approval"] == "approved by admin"
    assert sent.writes() == 4 + 27


def test_a20_without_asking_it_sends_at_once_and_a_preview_never(sent: Client) -> None:
    shown = sent.rest.trigger(REMASTER, **BIOLOGY, preview=True)
    assert sent.rest.ended(REMASTER, shown) == "success"
    assert (sent.rest.summary(REMASTER, shown)["preview"], sent.writes()) == (True, 0)
    run = sent.rest.trigger(REMASTER, **BIOLOGY, approve=False)
    assert sent.rest.ended(REMASTER, run) == "success"
    assert sent.rest.tasks(REMASTER, run)["genesis.approve"] == "skipped"
    assert (sent.rest.summary(REMASTER, run)["approval"], sent.writes()) == ("", 4 + 27)
