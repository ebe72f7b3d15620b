"""Runs by hand through a real Airflow, started and approved over its REST API (A-19 to A-22, F-1, D-9, D-10)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from tests.embedded.installation import Place, place
from tests.embedded.rest import Rest, log_of

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

ON_DEMAND, REMASTER = "grade_sync_on_demand", "grade_remaster"
BIOLOGY = {"target": "genesis", "courses": ["CO-2001"], "assignments": ["800001", "800002"]}


@dataclass(frozen=True)
class Running:
    """A running installation, and a client of its Airflow."""

    place: Place
    rest: Rest

    def log(self, number: int = 1, **query: str) -> list[dict[str, Any]]:
        """The request log of a system of the sandbox: 0 is Canvas, 1 Genesis."""
        rows: list[dict[str, Any]] = requests.get(self._admin(number), params=query, timeout=30).json()
        return rows

    @property
    def writes(self) -> int:
        """Requests that wrote to Genesis since `forget`."""
        return len(self.log(writes="1"))

    def forget(self) -> None:
        """Start Genesis's request log anew."""
        requests.delete(self._admin(1), timeout=30)

    def table(self, dag: str, run: str, name: str) -> pd.DataFrame:
        """An artifact of a run."""
        return pd.read_parquet(Path(self.rest.summary(dag, run)["artifacts"]) / f"{name}.parquet")

    def _admin(self, number: int) -> str:
        return f"http://127.0.0.1:{self.place.sandbox + number}/_sandbox/log"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    installed = place(tmp_path_factory.mktemp("by-hand"), ("genesis", "powerschool"))
    process = installed.command("up")
    assert process.stdout is not None
    said = ""
    try:
        while "password:" not in said and process.poll() is None:
            said += process.stdout.readline()
        assert process.poll() is None, said + process.stdout.read()
        rest = Rest(f"http://127.0.0.1:{installed.sandbox + 6}", said.rpartition("password:")[2].split()[0])
        rest.unpause(ON_DEMAND, REMASTER, "grade_sync_genesis")
        yield Running(installed, rest)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture
def sent(running: Running) -> Running:
    """Biology's chosen assignments stand in Genesis."""
    run = running.rest.trigger(ON_DEMAND, **BIOLOGY)
    assert running.rest.ended(ON_DEMAND, run) == "success"
    running.forget()
    return running


def test_a19_the_form_refuses_what_cannot_be_meant(running: Running) -> None:
    for conf, told in (
        ({}, "target"),
        ({"target": "moon", "courses": ["1"]}, "'moon' is not one of ['genesis', 'powerschool']"),
        ({"target": "genesis", "courses": []}, "courses"),
        ({**BIOLOGY, "preview": "yes"}, "'yes' is not of type 'boolean'"),
    ):
        answer = running.rest.call("POST", f"dags/{ON_DEMAND}/dagRuns", json={"logical_date": None, "conf": conf})
        assert (answer.status_code, told in answer.text) == (400, True), answer.text


@pytest.mark.parametrize(
    ("conf", "told"),
    [
        ({**BIOLOGY, "cours": ["x"]}, 'cours: there is no such key (did you mean "courses"?)'),
        ({**BIOLOGY, "courses": ["nowhere"]}, 'courses: "nowhere" is not a course below Canvas account 11 of target genesis'),
        ({**BIOLOGY, "sections": ["SE-9"]}, 'sections: "SE-9" is not in the chosen courses; allowed: 90001 (SE-2001)'),
    ],
)
def test_a19_the_task_refuses_what_is_not_there_before_any_write(running: Running, conf: dict[str, Any], told: str) -> None:
    running.forget()
    run = running.rest.trigger(ON_DEMAND, **conf)
    assert running.rest.ended(ON_DEMAND, run) == "failed"
    assert told in log_of(running.place.home, ON_DEMAND, run, "choose")
    assert running.log() == []


def test_a19_on_demand_sends_what_was_chosen_and_a_second_time_nothing(sent: Running) -> None:
    run = sent.rest.trigger(ON_DEMAND, **BIOLOGY)
    assert sent.rest.ended(ON_DEMAND, run) == "success"
    tasks = sent.rest.tasks(ON_DEMAND, run)
    assert {state for task, state in tasks.items() if task.startswith("powerschool.")} == {"skipped"}
    assert {state for task, state in tasks.items() if not task.startswith("powerschool.")} == {"success"}
    assert sent.writes == 0
    rows = sent.table(ON_DEMAND, run, "assignments_sync")
    assert set(rows.loc[rows["status"] == "unchanged", "canvas_assignment_id"]) == set(BIOLOGY["assignments"])


def test_f1_the_night_shown_and_not_sent(sent: Running) -> None:
    run = sent.rest.trigger("grade_sync_genesis", preview=True)
    assert sent.rest.ended("grade_sync_genesis", run) == "success"
    assert sent.writes == 0
    told = log_of(sent.place.home, "grade_sync_genesis", run, "close")
    assert f"plan of genesis, run {run}: nothing has been sent" in told
    folder = Path(sent.rest.summary("grade_sync_genesis", run)["artifacts"])
    for name in ("preview.html", "preview.md"):
        assert (folder / name).stat().st_mode & 0o077 == 0
        assert "Nothing of this has been sent" in (folder / name).read_text(encoding="utf-8")
    assert "planned" in set(sent.table("grade_sync_genesis", run, "grades_log")["status"])


def test_a20_a22_a_remaster_asks_holds_its_course_and_sends_nothing_when_rejected(sent: Running) -> None:
    run = sent.rest.trigger(REMASTER, **BIOLOGY)
    asked = sent.rest.question(REMASTER, run, "genesis.approve")
    assert asked["subject"] == "Remaster to genesis: send 4 assignments and 27 scores again?"
    assert "| assignments | 0 | 4 | 0 |" in asked["body"]
    other = sent.rest.trigger(ON_DEMAND, **BIOLOGY)
    assert sent.rest.ended(ON_DEMAND, other) == "failed"
    assert f"course 50001 of genesis is being synced by run {run} (remaster by admin)" in log_of(
        sent.place.home, ON_DEMAND, other, "genesis.transform"
    )
    assert sent.rest.answer(REMASTER, run, "genesis.approve", "Reject") == "success"
    assert sent.writes == 0
    assert sent.rest.tasks(REMASTER, run)["genesis.send.load"] == "skipped"
    summary = sent.rest.summary(REMASTER, run)
    assert (summary["status"], summary["approval"], summary["preview"]) == ("Completed", "rejected by admin", True)
    assert sent.rest.ended(ON_DEMAND, sent.rest.trigger(ON_DEMAND, **BIOLOGY)) == "success"


def test_a20_an_approved_remaster_sends_everything_again(sent: Running) -> None:
    run = sent.rest.trigger(REMASTER, **BIOLOGY)
    sent.rest.question(REMASTER, run, "genesis.approve")
    assert sent.rest.answer(REMASTER, run, "genesis.approve", "Approve") == "success"
    assert sent.rest.summary(REMASTER, run)["approval"] == "approved by admin"
    assert sent.writes == 4 + 27


def test_a20_without_asking_it_sends_at_once_and_a_preview_never(sent: Running) -> None:
    shown = sent.rest.trigger(REMASTER, **BIOLOGY, preview=True)
    assert sent.rest.ended(REMASTER, shown) == "success"
    assert (sent.rest.summary(REMASTER, shown)["preview"], sent.writes) == (True, 0)
    run = sent.rest.trigger(REMASTER, **BIOLOGY, approve=False)
    assert sent.rest.ended(REMASTER, run) == "success"
    assert sent.rest.tasks(REMASTER, run)["genesis.approve"] == "skipped"
    assert (sent.rest.summary(REMASTER, run)["approval"], sent.writes) == ("", 4 + 27)
