"""Airflow's own processes: the database, the API server with its pages, the scheduler and the DAG processor."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from embedded.api import AirflowApi
from embedded.processes import Processes, free_port
from embedded.settings import PROJECT, Settings, own_file
from include.district import District
from include.errors import ConfigError

_START_SECONDS = 180
_ABOUT_TARGETS = "district_check.py"
"""The file whose import error names targets with a wrong entry; the others run all the same (I-9)."""
PARTS = ("api-server", "scheduler", "dag-processor")


def migrate(settings: Settings, processes: Processes, env: dict[str, str], state: str) -> subprocess.Popen[bytes] | None:
    """Begin to bring both databases up to date; None when these versions did so already for these databases."""
    stamp = settings.airflow_home / "migrated"
    there = all(file.exists() for file in (stamp, settings.airflow_home / "airflow.db", *_sqlite(state)))
    if there and stamp.read_text(encoding="utf-8") == _wanted(state):
        return None
    return processes.start("db-migrate", [sys.executable, "-m", "airflow", "db", "migrate"], env)


def migrated(settings: Settings, processes: Processes, process: subprocess.Popen[bytes] | None, state: str) -> None:
    """Wait for `migrate`, and remember that it is done."""
    if process is not None:
        processes.finish("db-migrate", process)
        own_file(settings.airflow_home / "migrated", _wanted(state))


def _sqlite(state: str) -> list[Path]:
    return [Path(state.removeprefix("sqlite:///"))] if state.startswith("sqlite:///") else []


def _wanted(state: str) -> str:
    revisions = sorted(file.stem for file in (PROJECT / "include" / "sync" / "migrations" / "versions").glob("*.py"))
    place = hashlib.sha256(state.encode()).hexdigest()
    return " ".join([version("apache-airflow-core"), version("apache-airflow-providers-fab"), *revisions, place])


def start(settings: Settings, processes: Processes, env: dict[str, str], parts: tuple[str, ...] = PARTS) -> None:
    """Start Airflow's processes, all at once."""
    free_port(settings.ui_port, "Airflow's pages", "GRADESYNC_UI_PORT")
    for part in parts:
        processes.start(part, [sys.executable, "-m", "airflow", part], env)


def wait(processes: Processes, api: AirflowApi, district: District) -> None:
    """Until Airflow is well and has read every target's DAG."""
    processes.wait_until("Airflow", api.healthy, _START_SECONDS)
    api.warm_up()  # while the DAG files are read
    api.sign_in()
    wanted = {dag_id(target) for target in district.targets}
    processes.wait_until("the DAGs", lambda: wanted <= api.dags() or bool(_broken(api)), _START_SECONDS)
    api.set_pools(district.pools())


def _broken(api: AirflowApi) -> bool:
    errors = [told for file, told in api.import_errors().items() if not file.endswith(_ABOUT_TARGETS)]
    if errors:
        raise ConfigError(f"Airflow cannot read the DAG files: {errors[0]}")
    return False


def dag_id(target: str) -> str:
    """The nightly DAG of a target."""
    return f"grade_sync_{target}"
