"""Airflow's REST API, as far as one sync needs it: sign in, see the DAGs, start runs, look how they are doing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from embedded.settings import Settings
from include.errors import UnavailableError

_TIMEOUT = 30
_TRIES, _PAUSE = 5, 2.0  # a small machine under load answers late, or not at once
_THERE_ALREADY = 409
_BUILD_SECONDS = 180
_PAGE = 100


class AirflowApi:
    """Signed in as the installation's admin."""

    def __init__(self, settings: Settings, password: str) -> None:
        self.base = f"http://127.0.0.1:{settings.ui_port}"
        self.password = password
        self.session = requests.Session()
        self.session.trust_env = False

    def healthy(self) -> bool:
        """Whether database and scheduler say that they are well."""
        try:
            told = self.session.get(f"{self.base}/api/v2/monitor/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return all((told.get(part) or {}).get("status") == "healthy" for part in ("metadatabase", "scheduler"))

    def warm_up(self) -> None:
        """Have the server build the API with which tasks talk, which it does at its first request, answering nobody meanwhile. Tasks have no
        such patience: on a busy machine the first of them would fail."""
        try:
            self.session.get(f"{self.base}/execution/health", timeout=_BUILD_SECONDS)
        except requests.RequestException as error:
            raise UnavailableError(f"Airflow's API for tasks did not respond ({type(error).__name__})") from error

    def sign_in(self) -> None:
        """Take a token for the calls that follow."""
        answer = self.session.post(f"{self.base}/auth/token", json={"username": "admin", "password": self.password}, timeout=_TIMEOUT)
        if not answer.ok:
            raise UnavailableError(f"Airflow rejected the generated admin login (HTTP {answer.status_code}). Delete .airflow to create a new one")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def dags(self) -> set[str]:
        """The DAGs that Airflow has read."""
        return {dag["dag_id"] for dag in self._call("GET", "dags", params={"limit": 200})["dags"]}

    def import_errors(self) -> dict[str, str]:
        """The last line of every DAG file error, by file."""
        found = self._call("GET", "importErrors", params={"limit": 20})["import_errors"]
        return {str(error["filename"]): str(error["stack_trace"]).strip().splitlines()[-1] for error in found}

    def set_pools(self, pools: Mapping[str, int]) -> None:
        """Make the pools, or bring their slots up to date."""
        entities = [{"name": name, "slots": slots, "description": "Keeps the pace of one system."} for name, slots in pools.items()]
        action = {"action": "create", "action_on_existence": "overwrite", "entities": entities}
        told = self._call("PATCH", "pools", json={"actions": [action]})
        errors = (told.get("create") or {}).get("errors") or []
        if errors:
            raise UnavailableError(f"Airflow did not accept the pools: {errors[0]}")

    def pause(self, dag_id: str, paused: bool) -> None:
        """Hold a DAG's schedule and runs, or let them go."""
        self._call("PATCH", f"dags/{dag_id}", json={"is_paused": paused})

    def end_unfinished(self, dag_id: str) -> int:
        """Mark runs that an earlier, interrupted command left behind as failed: nothing works on them any more. How many there were."""
        found = self._call("GET", f"dags/{dag_id}/dagRuns", params={"state": ["queued", "running"], "limit": 100})["dag_runs"]
        for run in found:
            self._call("PATCH", f"dags/{dag_id}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})
        return len(found)

    def trigger(self, dag_id: str) -> str:
        """Start a run; answers its id. The id is chosen here, so that asking twice starts no second one."""
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        try:
            self._call("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "logical_date": None})
        except UnavailableError as error:
            if error.status != _THERE_ALREADY:
                raise
        return run_id

    def state(self, dag_id: str, run_id: str) -> str:
        """How a run stands: queued, running, success, failed."""
        return str(self.run(dag_id, run_id)["state"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, Counter[str]]:
        """Per task name: how many of its instances are in which state."""
        found: dict[str, Counter[str]] = {}
        for task in self.instances(dag_id, run_id):
            found.setdefault(task["task_id"].rpartition(".")[2], Counter())[task["state"] or "waiting"] += 1
        return found

    def instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """All task instances of a run. Airflow gives them a hundred at a time, whatever is asked for."""
        path, found = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", list[dict[str, Any]]()
        while part := self._call("GET", path, params={"limit": _PAGE, "offset": len(found), "order_by": "id"})["task_instances"]:
            found += part
            if len(part) < _PAGE:
                break
        return found

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """A run as Airflow tells it: state, start_date, end_date and more."""
        return self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}")

    def summary(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """What the run's last task said; empty when it never got so far."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/close/xcomEntries/summary"
        answer = self.session.get(f"{self.base}/api/v2/{path}", params={"deserialize": "true"}, timeout=_TIMEOUT)
        value = answer.json().get("value") if answer.ok else None
        return value if isinstance(value, dict) else {}

    def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """The answer; asked again while Airflow is too busy for one. Everything asked here may be asked twice."""
        for number in range(1, _TRIES):
            try:
                return self._ask(method, path, **kwargs)
            except UnavailableError as error:
                if error.status is not None and error.status < 500:
                    raise
                time.sleep(_PAUSE * number)
        return self._ask(method, path, **kwargs)

    def _ask(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        try:
            answer = self.session.request(method, f"{self.base}/api/v2/{path}", timeout=_TIMEOUT, **kwargs)
        except requests.RequestException as error:
            raise UnavailableError(f"Airflow's API did not respond {method} {path} ({type(error).__name__})") from error
        if not answer.ok:
            raise UnavailableError(
                f"Airflow's API responded with HTTP {answer.status_code} to {method} {path}: {answer.text[:300]}", answer.status_code
            )
        told: dict[str, Any] = answer.json()
        return told
