"""A night on PostgreSQL, Redis and two Celery workers, one of which is killed while it sends: what docker-compose.yaml runs, without containers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.scale.installation import AIRFLOW, PACE_MS, SLOTS, TARGETS, Composed, composed, kill
from tests.scale.undisturbed import undisturbed

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("scale")]
SENT_BEFORE = 80  # rows that genesis has taken when the worker dies: in the middle of about a thousand
WORKERS_PER_CLIENT = 4


@dataclass(frozen=True)
class Night:
    """What was seen of it."""

    running: Composed
    health: dict[str, CompletedProcess[str]]
    killed: str
    killed_at: datetime
    states: dict[str, str]
    runs: dict[str, str]
    logs: dict[str, list[dict[str, Any]]]
    holds: dict[str, Any]
    undisturbed: dict[str, Any]

    def tries(self, target: str) -> list[dict[str, Any]]:
        """All tries of all loads of this target."""
        place = f"dags/grade_sync_{target}/dagRuns/{self.runs[target]}/taskInstances"
        loads = [
            one for one in self.running.rest.call("GET", place, params={"limit": 200}).json()["task_instances"] if one["task_id"] == "batch.load"
        ]
        asked = [f"{place}/batch.load/{one['map_index']}/tries" for one in loads]
        return [one for path in asked for one in self.running.rest.call("GET", path).json()["task_instances"]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Night]:
    """The whole of it, once."""
    with composed(tmp_path_factory.mktemp("composed"), postgres_server) as running:
        rest = running.rest
        rest.unpause(*(f"grade_sync_{target}" for target in TARGETS))
        with ThreadPoolExecutor(2) as pool:  # before anything runs: on a busy machine the load could end while they are at work
            checks = dict(zip(AIRFLOW, pool.map(running.healthy, AIRFLOW), strict=True))
        runs = {target: rest.trigger(f"grade_sync_{target}") for target in TARGETS}
        killed = _kill_the_sender(running, runs["genesis"])
        at = datetime.now(UTC)
        wanted = undisturbed(tmp_path_factory.mktemp("undisturbed"), TARGETS)
        states = {target: rest.ended(f"grade_sync_{target}", run) for target, run in runs.items()}
        logs = {target: [row for row in running.admin(target, "log") if "token" not in row["path"]] for target in TARGETS}
        holds = {target: running.admin(target, "state") for target in TARGETS}
        yield Night(running, checks, killed, at, states, runs, logs, holds, wanted)


def _kill_the_sender(running: Composed, run: str) -> str:
    """Wait until Genesis has taken some rows, then kill the worker that sends them."""
    path = f"dags/grade_sync_genesis/dagRuns/{run}/taskInstances"
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        if sum(row["rows"] for row in running.admin("genesis", "log?writes=1")) >= SENT_BEFORE:
            found = running.rest.call("GET", path, params={"state": "running", "limit": 50}).json()["task_instances"]
            sender = next(one["hostname"] for one in found if one["task_id"] == "batch.load")
            kill(running.processes, sender)
            return str(sender)
        time.sleep(0.2)
    pytest.fail("Genesis was sent nothing")


def test_every_service_is_healthy_by_its_own_check(night: Night) -> None:
    assert {name: check.returncode for name, check in night.health.items()} == dict.fromkeys(AIRFLOW, 0), night.health


def test_f4_a_worker_that_dies_while_it_sends_leaves_no_twin_and_no_loss(night: Night) -> None:
    assert night.states == dict.fromkeys(TARGETS, "success")
    for target in TARGETS:
        assert night.holds[target] == night.undisturbed[target], target


def test_f4_what_the_dead_worker_sent_is_taken_up_by_the_other(night: Night) -> None:
    tries = sorted((one["map_index"], one["try_number"], one["state"], one["hostname"]) for one in night.tries("genesis"))
    died = [one for one in tries if one[2] != "success"]
    assert died
    assert {hostname for *_, hostname in died} == {night.killed}
    assert all((batch, number + 1, "success", other) in tries for batch, number, *_ in died for other in {"worker-1", "worker-2"} - {night.killed})


def test_f3_what_was_accepted_before_is_not_sent_again(night: Night) -> None:
    """At most the section that each load was at when it died: its rows were on their way, and are looked up or sent once more."""
    ours = [[item for item in sheet["assignments"] if item["made_by"] == "sync"] for sheet in night.holds["genesis"].values()]
    section = max(sum(1 + len(item["scores"]) for item in items) for items in ours)
    died = sum(one["state"] != "success" for one in night.tries("genesis"))
    paths = [row["path"] for row in night.logs["genesis"] if row["rows"] and 200 <= row["status"] < 300]
    assert len(paths) - len(set(paths)) <= section * died < len(set(paths))


@pytest.mark.parametrize("target", TARGETS)
def test_the_pool_keeps_the_pace_of_a_sis_with_two_workers(night: Night, target: str) -> None:
    spans = [(at := datetime.fromisoformat(row["at"]).timestamp(), at + row["ms"] / 1000) for row in night.logs[target]]
    assert len(spans) > 50
    assert max(sum(begun <= moment < ended for begun, ended in spans) for moment, _ in spans) <= SLOTS[target] * _at_once(target)
    second = [sum(moment <= begun < moment + 1 for begun, _ in spans) for moment, _ in spans]
    assert max(second) <= SLOTS[target] * (1000 / PACE_MS[target] + _at_once(target) + 1)


@pytest.mark.parametrize("target", TARGETS)
def test_metrics_tell_what_the_run_did(night: Night, target: str) -> None:
    told = night.running.rest.summary(f"grade_sync_{target}", night.runs[target])
    sums = night.running.statsd.counted(f"airflow.gradesync.{target}.")
    for kind, name in (("assignments", "assignments"), ("grades", "scores")):
        for word in ("sent", "refused", "unknown", "unchanged"):
            assert sums[f"{name}.{word}"] == told["counts"][kind][word], (name, word)
    assert sums["messages.error"] == sum(told["codes"]["error"].values())
    assert sums[f"runs.{told['status'].lower().replace(' ', '_')}"] == 1
    assert sums["run.seconds"] == told["seconds"]
    for stage in ("choose", "extract", "filter", "transform", "validate", "load", "publish"):
        assert sums[f"stage.{stage}"] > 0, stage


def test_f12_metrics_hold_numbers_alone(night: Night) -> None:
    ours = [line for line in night.running.statsd.lines if line.startswith("airflow.gradesync.")]
    assert len(ours) > 50
    assert not [line for line in ours if not re.fullmatch(r"airflow\.gradesync(\.[a-z_]+)+:[0-9.]+\|(c|g|ms)", line)]


def _at_once(target: str) -> int:
    return 1 if target == "powerschool" else WORKERS_PER_CLIENT
