"""deploy/helm-values.yaml says the same as docker-compose.yaml: image, settings, secrets, connections, pools."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from include.district import ROOT
from tests.scale.compose import dockerfile_entrypoint, dockerfile_environment, filled_in

VALUES = yaml.safe_load((ROOT / "deploy" / "helm-values.yaml").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))
CONTROL = COMPOSE["services"]["scheduler"]["environment"]
# What is of Celery alone, what the chart sets by itself, and what names a place.
ELSEWHERE = re.compile(
    r"AIRFLOW__(CELERY|CORE__(EXECUTOR|EXECUTION_API|PARALLELISM)|METRICS__STATSD_(HOST|PORT|ON)|API__BASE_URL|(WORKERS__)?SECRETS_)"
)
SECRETS = {
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": VALUES["data"]["metadataSecretName"],
    "AIRFLOW__CORE__FERNET_KEY": VALUES["fernetKeySecretName"],
    "AIRFLOW__API__SECRET_KEY": VALUES["apiSecretKeySecretName"],
    "AIRFLOW__API_AUTH__JWT_SECRET": VALUES["jwtSecretName"],
}


@pytest.mark.parametrize("name", [name for name in CONTROL if name.startswith("AIRFLOW__") and not ELSEWHERE.match(name) and name not in SECRETS])
def test_every_setting_of_the_composed_installation_is_set(name: str) -> None:
    section, _, key = name.removeprefix("AIRFLOW__").lower().partition("__")
    assert str(VALUES["config"][section][key]).lower() == filled_in(CONTROL[name], {}).lower()


def test_every_connection_of_the_composed_installation_is_passed_on_from_a_secret() -> None:
    passed = {row["envName"] for row in VALUES["secret"] if row["secretName"] == "gradesync-connections" and row["secretKey"] == row["envName"]}
    assert passed == {name for name in CONTROL if name.startswith("AIRFLOW_CONN_")}


@pytest.mark.parametrize("name", SECRETS)
def test_f12_every_key_comes_from_a_secret_made_beforehand(name: str) -> None:
    assert SECRETS[name] == "gradesync-keys"


def test_f12_no_secret_stands_in_the_file() -> None:
    text = (ROOT / "deploy" / "helm-values.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|token|secretKey|fernetKey|jwtSecret|apiSecretKey):\s*[^\s{A]", text)
    assert VALUES["createUserJob"]["defaultUser"] == {"enabled": False}


def test_the_image_is_the_one_of_the_dockerfile() -> None:
    image = dockerfile_environment()
    env = {row["name"]: row["value"] for row in VALUES["env"]}
    assert VALUES["airflowHome"] == image["AIRFLOW_HOME"]
    assert {name: env[name] for name in ("PYTHONPATH", "AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER")} == {
        name: image[name] for name in ("PYTHONPATH", "AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER")
    }
    assert f"--uid {VALUES['uid']} " in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert VALUES["airflowVersion"] == version("apache-airflow")


def test_the_image_for_kubernetes_brings_the_executor() -> None:
    assert VALUES["executor"] == "KubernetesExecutor"
    assert "-r requirements-kubernetes.txt" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    locked, base = ((ROOT / name).read_text(encoding="utf-8") for name in ("requirements-kubernetes.txt", "requirements.txt"))
    pins = set(re.findall(r"^\S+==\S+", locked, re.MULTILINE))
    assert any(pin.startswith("apache-airflow-providers-cncf-kubernetes==") for pin in pins)
    assert set(re.findall(r"^\S+==\S+", base, re.MULTILINE)) <= pins


def test_databases_are_migrated_and_pools_made_as_in_the_composed_installation() -> None:
    script = VALUES["migrateDatabaseJob"]["args"][-1].split("\n")
    [composed] = COMPOSE["services"]["init"]["command"]
    assert [line for line in script if line] == [line for line in composed.split("\n") if line][:3]


def test_the_district_file_is_where_the_processes_look_for_it() -> None:
    env = {row["name"]: row["value"] for row in VALUES["env"]}
    [mount] = VALUES["volumeMounts"]
    assert f"/opt/gradesync/{env['GRADESYNC_DISTRICT']}".startswith(mount["mountPath"] + "/")
    assert mount["name"] in [volume["name"] for volume in VALUES["volumes"]]


@pytest.mark.parametrize(
    ("words", "run"),
    [
        (["bash", "-c", "echo from $0"], "from bash"),
        (["sh", "-c", "echo from a shell"], "from a shell"),
        (["airflow", "scheduler"], "airflow scheduler"),
        (["celery", "worker"], "airflow celery worker"),
        (["scheduler"], "airflow scheduler"),
    ],
)
def test_the_image_takes_the_words_of_the_chart_and_of_compose(tmp_path: Path, words: list[str], run: str) -> None:
    program = tmp_path / "airflow"
    program.write_text('#!/bin/sh\necho airflow "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    entry = [word.replace("/opt/gradesync", str(ROOT)) for word in dockerfile_entrypoint()]
    told = subprocess.run([*entry, *words], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == run
