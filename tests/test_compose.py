"""docker-compose.yaml as far as it can be proved without an engine: Compose takes it; health checks, no known secret, the names of .env.example."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from include.district import ROOT

TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
EXAMPLE = ROOT / ".env.example"
COMPOSE = Path(sys.executable).with_name("docker-compose")
SERVICES = yaml.safe_load(TEXT)["services"]
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|AUTH$|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND|_KEY$|CONN_GRADESYNC_STATE|CONN_CANVAS")
REQUIRED = sorted(set(re.findall(r"\$\{(\w+):\?", TEXT)))
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "init"])
def test_every_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", list(SERVICES))
def test_f12_no_secret_has_a_default(name: str) -> None:
    for variable, value in (SERVICES[name].get("environment") or {}).items():
        if SECRET.search(variable) and value not in (None, "true"):
            assert re.search(r"\$\{\w+:\?", str(value)), variable


def test_every_variable_is_explained_in_the_example() -> None:
    example = EXAMPLE.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT)) | {name for name, value in SERVICES["worker"]["environment"].items() if value is None}
    assert not [name for name in named if not re.search(rf"^(# )?{name}=", example, re.MULTILINE)]


def test_secrets_of_the_composed_installation_are_empty_in_the_example() -> None:
    example = dotenv_values(EXAMPLE, interpolate=False)
    required = set(REQUIRED) - {"AIRFLOW_CONN_CANVAS_DEFAULT"}
    assert {name: example[name] for name in required} == dict.fromkeys(required, "")


def test_f12_workers_hold_no_key_that_opens_airflow() -> None:
    assert not [name for name in SERVICES["worker"]["environment"] if re.search(r"JWT|FERNET|SECRET_KEY|SQL_ALCHEMY", name)]


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_waits_for_its_database(name: str) -> None:
    waits = SERVICES[name]["depends_on"]
    assert waits.get("init") == {"condition": "service_completed_successfully"} or waits["api-server"] == {"condition": "service_healthy"}


def test_both_databases_are_migrated_and_the_pools_made() -> None:
    [script] = SERVICES["init"]["command"]
    assert script.index("airflow db migrate") < script.index("airflow pools import") < script.index("airflow users create")


def test_a_password_of_the_first_admin_may_begin_with_a_dash() -> None:
    assert '--password="$$GRADESYNC_ADMIN_PASSWORD"' in SERVICES["init"]["command"][0]


def test_the_sandbox_runs_only_when_asked_for() -> None:
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]


def test_airflows_pages_are_not_open_to_the_network() -> None:
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == ["127.0.0.1:${GRADESYNC_UI_PORT:-8080}:8080"]


def test_the_image_runs_without_rights_from_the_locked_requirements() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER gradesync$", dockerfile, re.MULTILINE)
    assert "--require-hashes -r requirements.txt" in dockerfile


@pytest.fixture(scope="module")
def filled_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`.env` as it is after the first step of docs/operating.md: a copy of the example, with something in every empty value."""
    place = tmp_path_factory.mktemp("env") / ".env"
    place.write_text(re.sub(r"^(\w+)=$", r"\1=something", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    return place


def compose_config(env: Path) -> subprocess.CompletedProcess[str]:
    """What Docker Compose itself, which needs no engine for that, makes of the file and these values."""
    words = [COMPOSE, "--file", str(ROOT / "docker-compose.yaml"), "--env-file", str(env), "--profile", "sandbox", "config"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COMPOSE_", "GRADESYNC_"))}
    return subprocess.run(words, env=clean, capture_output=True, text=True, check=False)


def test_docker_compose_accepts_the_file(filled_in: Path) -> None:
    told = compose_config(filled_in)
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""  # no warning either
    assert set(yaml.safe_load(told.stdout)["services"]) == set(SERVICES)


def test_connections_reach_the_workers_as_they_stand_in_env(filled_in: Path) -> None:
    worker = yaml.safe_load(compose_config(filled_in).stdout)["services"]["worker"]["environment"]
    written = dotenv_values(filled_in, interpolate=False)
    connections = {name: value for name, value in worker.items() if name.startswith("AIRFLOW_CONN_") and value is not None}
    assert connections == {name: written[name] for name in connections}
    assert json.loads(connections["AIRFLOW_CONN_INFINITE_CAMPUS_DEFAULT"])["extra"]["batch"] is True


@pytest.mark.parametrize("name", REQUIRED)
def test_f12_docker_compose_starts_nothing_without_this_secret(name: str, filled_in: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(rf"^{name}=.*$", f"{name}=", filled_in.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    told = compose_config(tmp_path / ".env")
    assert told.returncode != 0
    assert f"required variable {name} is missing a value: set it in .env, see .env.example" in told.stderr


def test_a_task_that_a_dead_worker_held_is_found_long_before_its_message_comes_again() -> None:
    told = SERVICES["scheduler"]["environment"]
    seconds = {name: float(re.sub(r"\$\{\w+:-(\d+)\}", r"\1", told[name])) for name in told if re.search("TIMEOUT$|INTERVAL$", name)}
    heartbeat = seconds["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]
    assert heartbeat >= 10 * seconds["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"]
    assert heartbeat < seconds["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"] < 3600
    assert (
        seconds["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"] > timedelta(hours=6).total_seconds()
    )  # the longest that a task may run


def test_no_more_tasks_are_queued_than_one_worker_takes() -> None:
    told = SERVICES["scheduler"]["environment"]
    assert told["AIRFLOW__CORE__PARALLELISM"].endswith(":-8}")
    assert told["AIRFLOW__CELERY__WORKER_CONCURRENCY"].endswith(":-8}")
