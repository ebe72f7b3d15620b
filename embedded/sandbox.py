"""The sandbox beside Airflow: a small Canvas and five small SIS."""

from __future__ import annotations

import os
import sys

import requests

from embedded.example_connections import SYSTEMS
from embedded.processes import Processes, free_port
from embedded.settings import PROJECT, Settings, own_folder
from include.errors import UnavailableError

_START_SECONDS = 120


def start_sandbox(settings: Settings, processes: Processes) -> None:
    """Start all six servers; `wait_for_sandbox` says when they are ready."""
    for number, system in enumerate(SYSTEMS):
        free_port(settings.sandbox_port + number, f"the sandbox's {system}", "GRADESYNC_SANDBOX_PORT")
    where = ("--port", str(settings.sandbox_port), "--state", str(own_folder(settings.sandbox_state)))
    which = ("--seed", str(settings.sandbox_seed), "--size", settings.sandbox_size)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    processes.start("sandbox", [sys.executable, "-m", "include.sandbox", *where, *which], environment)


def wait_for_sandbox(settings: Settings, processes: Processes) -> None:
    """Until every server answers."""
    processes.wait_until("the sandbox", lambda: all(healthy(settings, system) for system in SYSTEMS), _START_SECONDS)


def healthy(settings: Settings, system: str) -> bool:
    """Whether this server answers."""
    try:
        return requests.get(f"{settings.address(system)}/_sandbox/health", timeout=2).ok
    except requests.RequestException:
        return False


def next_day(settings: Settings) -> str:
    """Let a day of school pass in the sandbox: new and changed scores, moved dates; answers what happened in one line."""
    try:
        answer = requests.post(f"{settings.address('canvas')}/_sandbox/day", timeout=120)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise UnavailableError(f"the sandbox did not accept the next day ({type(error).__name__})") from error
    told = answer.json()
    counts = told.get("counts", told) if isinstance(told, dict) else {"changes": len(told)}
    return ", ".join(f"{value} {name}" for name, value in counts.items() if isinstance(value, int)) or "done"
