"""The installation of docker-compose.yaml as processes of this machine: same commands, same environment, same order, two workers."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests
import yaml
from dotenv import dotenv_values

from embedded.processes import Processes
from include.district import ROOT
from tests.embedded.installation import free_ports
from tests.embedded.rest import Rest
from tests.scale.compose import Compose
from tests.scale.statsd import Statsd

TARGETS = ("genesis", "powerschool")
WORKERS = ("worker-1", "worker-2")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", *WORKERS)
PACE_MS = {"genesis": 30, "powerschool": 50}
SLOTS = {"genesis": 2, "powerschool": 1}
_SYSTEMS = ("canvas", "genesis", "synergy", "schooltool", "infinite_campus", "powerschool")
_HERE = ("redis", "api-server", "scheduler", "triggerer", *WORKERS)
_SECONDS = 240


@dataclass(frozen=True)
class Composed:
    """What runs."""

    compose: Compose
    processes: Processes
    env: dict[str, str]
    folder: Path
    ports: dict[str, int]
    statsd: Statsd

    def admin(self, system: str, path: str, method: str = "GET") -> Any:
        """An admin address of a system of the sandbox."""
        answer = requests.request(method, f"http://127.0.0.1:{self.ports[system]}/_sandbox/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    @cached_property
    def rest(self) -> Rest:
        """Airflow's REST API, signed in."""
        return Rest(f"http://127.0.0.1:{self.ports['api-server']}", self.compose.values["GRADESYNC_ADMIN_PASSWORD"])

    def environment(self, name: str) -> dict[str, str]:
        """What this process was started with."""
        return self.env | self.compose.environment(_service(name)) | _alone(name, self.ports)

    def healthy(self, name: str) -> subprocess.CompletedProcess[str]:
        """The service's own health check."""
        words = self.compose.health(_service(name))
        return subprocess.run(words, env=self.environment(name), capture_output=True, text=True, timeout=90, check=False)


def _service(name: str) -> str:
    return "worker" if name in WORKERS else name


def kill(processes: Processes, name: str) -> None:
    """The host of this process is gone: it and everything that it started, at once."""
    parent = psutil.Process(processes._running[name].pid)
    for one in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.kill()
    processes._running.pop(name).wait(10)


@contextmanager
def composed(folder: Path, server: str) -> Iterator[Composed]:
    """PostgreSQL (`server`), Redis, init, Airflow's services, two workers and the sandbox, until the block ends."""
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed: apt-get install redis-server")
    first = free_ports(len(_HERE) + len(_SYSTEMS))
    ports = {name: first + number for number, name in enumerate((*_HERE, *_SYSTEMS))} | {"postgres": int(server.rpartition(":")[2])}
    statsd = Statsd()
    values = _values(folder, ports | {"statsd": statsd.port})
    compose = Compose(values, _places(folder), _laid_out(ports))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRADESYNC_", "PYTHON"))}
    env |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}
    env |= {"AIRFLOW__CORE__HOSTNAME_CALLABLE": "tests.scale.hostname.hostname", "no_proxy": "127.0.0.1,localhost"}
    _databases(server, compose)
    with statsd, Processes(folder / "logs") as processes:
        redis = [*compose.command("redis")[:-1], f"{compose.command('redis')[-1]} --port {ports['redis']} --bind 127.0.0.1 --dir {folder}"]
        processes.start("redis", redis, env | compose.environment("redis"))
        processes.start("sandbox", _with_port(compose.command("sandbox"), ports["canvas"]), env | compose.environment("sandbox"))
        processes.run("init", compose.command("init"), env | compose.environment("init"))
        made = Composed(compose, processes, env, folder, ports, statsd)
        for name in AIRFLOW:
            more = ["--celery-hostname", f"celery@{name}"] if name in WORKERS else []
            processes.start(name, [*compose.command(_service(name)), *more], made.environment(name))
        base = f"http://127.0.0.1:{ports['api-server']}"
        processes.wait_until("Airflow", lambda: _healthy(base), _SECONDS)
        yield made
        for name in AIRFLOW:  # nothing of it is needed any more, and a polite end takes its time
            if name in processes._running:
                kill(processes, name)


def _healthy(base: str) -> bool:
    try:
        told = requests.get(f"{base}/api/v2/monitor/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    return all((told.get(part) or {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor", "triggerer"))


def _alone(name: str, ports: dict[str, int]) -> dict[str, str]:
    """What a container has to itself and a process here shares: its name, and the port on which it listens."""
    port = {
        "api-server": "AIRFLOW__API__PORT",
        "scheduler": "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT",
        "triggerer": "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT",
        **dict.fromkeys(WORKERS, "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"),
    }
    return {"HOSTNAME": name, "AIRFLOW__API__HOST": "127.0.0.1", **({port[name]: str(ports[name])} if name in port else {})}


def _laid_out(ports: dict[str, int]) -> dict[str, int]:
    """The addresses between containers, and those that health checks ask, with their ports here."""
    there = {"postgres:5432": "postgres", "redis:6379": "redis", "api-server:8080": "api-server", "localhost:8080": "api-server"}
    return {address: ports[name] for address, name in {**there, "localhost:8974": "scheduler"}.items()}


def _places(folder: Path) -> dict[str, Path]:
    return {
        **{f"/opt/gradesync/{name}": folder / name for name in ("airflow", "artifacts", "sandbox")},
        "/tmp/pools.json": folder / "pools.json",
    }


def _values(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    """The `.env` of this installation, as .env.example tells an admin to fill it in."""
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example", interpolate=False).items()}
    connections = {name: value for name, value in example.items() if name.startswith("AIRFLOW_CONN")}
    for number, system in enumerate(_SYSTEMS):
        connections = {name: value.replace(f":{8700 + number}", f":{ports[system]}") for name, value in connections.items()}
    for target, pace in PACE_MS.items():
        fields = json.loads(connections[f"AIRFLOW_CONN_{target.upper()}_DEFAULT"])
        connections[f"AIRFLOW_CONN_{target.upper()}_DEFAULT"] = json.dumps(fields | {"extra": fields.get("extra", {}) | {"pace_ms": pace}})
    backend = _backend(folder, {"genesis_default": json.loads(connections.pop("AIRFLOW_CONN_GENESIS_DEFAULT"))})
    made = {name: secrets.token_urlsafe(24) for name in example if name.endswith(("PASSWORD", "SECRET", "SECRET_KEY"))}
    state = {"conn_type": "postgres", "host": "127.0.0.1", "port": ports["postgres"], "login": "airflow", "password": made["POSTGRES_PASSWORD"]}
    return {
        **connections,
        **backend,
        **made,
        "GRADESYNC_FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_CONN_GRADESYNC_STATE": json.dumps(state | {"schema": "gradesync"}),
        "GRADESYNC_DISTRICT": str(_district(folder)),
        "GRADESYNC_SANDBOX_SIZE": "small",
        "GRADESYNC_HEARTBEAT_TIMEOUT": "20",
        "GRADESYNC_QUEUED_TIMEOUT": "30",
        "GRADESYNC_WORKER_CONCURRENCY": "3",
        "GRADESYNC_PARALLELISM": "6",
        "GRADESYNC_STATSD_ON": "True",
        "GRADESYNC_STATSD_HOST": "127.0.0.1",
        "GRADESYNC_STATSD_PORT": str(ports["statsd"]),
    }


def _backend(folder: Path, connections: dict[str, Any]) -> dict[str, str]:
    """A secrets back-end that holds these connections, for the services and for the workers."""
    file = folder / "connections.json"
    file.write_text(json.dumps(connections), encoding="utf-8")
    told = ("airflow.secrets.local_filesystem.LocalFilesystemBackend", json.dumps({"connections_file_path": str(file)}))
    names = ("AIRFLOW__SECRETS__BACKEND", "AIRFLOW__WORKERS__SECRETS_BACKEND")
    return {f"{name}{ending}": value for name in names for ending, value in zip(("", "_KWARGS"), told, strict=True)}


def _district(folder: Path) -> Path:
    """config/district.compose.yaml with few targets, and so little work in a batch that each has several."""
    told = yaml.safe_load((ROOT / "config" / "district.compose.yaml").read_text(encoding="utf-8"))
    told["targets"] = {name: told["targets"][name] | {"batches_at_once": SLOTS[name], "batch_work": 1500} for name in TARGETS}
    told["artifacts"] = told["artifacts"].replace("/opt/gradesync", str(folder))
    path = folder / "district.yaml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    return path


def _databases(server: str, compose: Compose) -> None:
    """What the postgres image does at its first start: the user, its database, and the scripts of docker-entrypoint-initdb.d."""
    told = compose.environment("postgres")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {told['POSTGRES_USER']} LOGIN SUPERUSER PASSWORD '{told['POSTGRES_PASSWORD']}'")
        connection.execute(f"CREATE DATABASE {told['POSTGRES_DB']} OWNER {told['POSTGRES_USER']}")
        connection.execute(compose.document["configs"]["state_database"]["content"])


def _with_port(words: list[str], port: int) -> list[str]:
    at = words.index("--port") + 1
    return [*words[:at], str(port), *words[at + 1 :]]
