"""docker-compose.yaml as far as it can be proved without an engine: health checks, no known secret, the same names as .env.example."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from include.district import ROOT

TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|AUTH$|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND|_KEY$|CONN_GRADESYNC_STATE|CONN_CANVAS")
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
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT)) | {name for name, value in SERVICES["worker"]["environment"].items() if value is None}
    assert not [name for name in named if not re.search(rf"^(# )?{name}=", example, re.MULTILINE)]


def test_secrets_of_the_composed_installation_are_empty_in_the_example() -> None:
    example = dotenv_values(ROOT / ".env.example", interpolate=False)
    required = set(re.findall(r"\$\{(\w+):\?", TEXT)) - {"AIRFLOW_CONN_CANVAS_DEFAULT"}
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


def test_the_sandbox_runs_only_when_asked_for() -> None:
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]


def test_airflows_pages_are_not_open_to_the_network() -> None:
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == ["127.0.0.1:${GRADESYNC_UI_PORT:-8080}:8080"]


def test_the_image_runs_without_rights_from_the_locked_requirements() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER gradesync$", dockerfile, re.MULTILINE)
    assert "--require-hashes -r requirements.txt" in dockerfile


def test_docker_itself_accepts_the_file(tmp_path: Path) -> None:
    """Where docker compose is installed; elsewhere tests/scale starts the file's own processes."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    values = dict.fromkeys(re.findall(r"\$\{(\w+):\?", TEXT), "something")
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    words = [docker, "compose", "--file", str(ROOT / "docker-compose.yaml"), "--env-file", str(tmp_path / ".env"), "--profile", "sandbox", "config"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert set(yaml.safe_load(told.stdout)["services"]) == set(SERVICES)


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
