"""Airflow as a client sees it: over its REST API, with a token, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

_SECONDS = 240


class Rest:
    """Signed in as the installation's admin."""

    def __init__(self, base: str, password: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        token = self.session.post(f"{base}/auth/token", json={"username": "admin", "password": password}, timeout=30).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One call below /api/v2."""
        return self.session.request(method, f"{self.base}/api/v2/{path}", timeout=30, **kwargs)

    def unpause(self, *dags: str) -> None:
        """Let the DAGs run."""
        for dag in dags:
            assert self.call("PATCH", f"dags/{dag}", json={"is_paused": False}).ok

    def trigger(self, dag: str, **conf: Any) -> str:
        """Start a run; its id."""
        answer = self.call("POST", f"dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf})
        assert answer.ok, answer.text
        return str(answer.json()["dag_run_id"])

    def state(self, dag: str, run: str) -> str:
        """How the run stands."""
        return str(self.call("GET", f"dags/{dag}/dagRuns/{run}").json()["state"])

    def ended(self, dag: str, run: str) -> str:
        """The run's last state."""
        _until(lambda: self.state(dag, run) in ("success", "failed"), f"{dag} {run} to end")
        return self.state(dag, run)

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """State of every task, mapped ones by their first."""
        found = self.call("GET", f"dags/{dag}/dagRuns/{run}/taskInstances", params={"limit": 500}).json()["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def question(self, dag: str, run: str, task: str) -> dict[str, Any]:
        """What a person is asked, as soon as they are."""
        _until(lambda: self.tasks(dag, run).get(task) == "awaiting_input" or self.state(dag, run) in ("success", "failed"), f"{task} to ask")
        told: dict[str, Any] = self.call("GET", f"{self._task(dag, run, task)}/-1/hitlDetails").json()
        return told

    def answer(self, dag: str, run: str, task: str, option: str) -> str:
        """Answer as a person would, who takes a moment; asked again, answer again. The run's last state."""

        def answered() -> bool:
            if self.tasks(dag, run).get(task) == "awaiting_input":
                time.sleep(3)
                self.call("PATCH", f"{self._task(dag, run, task)}/-1/hitlDetails", json={"chosen_options": [option], "params_input": {}})
            return self.state(dag, run) in ("success", "failed")

        _until(answered, f"{dag} {run} to end")
        return self.state(dag, run)

    def summary(self, dag: str, run: str) -> dict[str, Any]:
        """What the run's last task told."""
        path = f"{self._task(dag, run, 'close')}/xcomEntries/summary"
        told: dict[str, Any] = self.call("GET", path, params={"deserialize": "true"}).json()["value"]
        return told

    def _task(self, dag: str, run: str, task: str) -> str:
        return f"dags/{dag}/dagRuns/{run}/taskInstances/{task}"


def log_of(home: Path, dag: str, run: str, task: str) -> str:
    """A task's log: its events, and the error that it ended with."""
    told = []
    for file in sorted((home / ".airflow" / "logs" / f"dag_id={dag}" / f"run_id={run}").glob(f"task_id={task}/**/*.log")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            told += [str(row.get("event")), *(str(error.get("exc_value")) for error in row.get("error_detail", []))]
    return "\n".join(told)


def _until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        assert time.monotonic() < deadline, f"waited {_SECONDS} s for {what}"
        time.sleep(1)
