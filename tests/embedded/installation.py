"""An embedded installation in a folder of its own, on free ports, with a district of few targets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from dotenv import dotenv_values

from include.district import ROOT

SIX = 6


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, below those that the system hands out by itself: tests beside this one take from there."""
    for first in range(20_000 + os.getpid() * 16 % 10_000, 32_000, count + 1):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


@dataclass(frozen=True)
class Place:
    """Where it lies, and its environment."""

    home: Path
    env: Mapping[str, str]

    @property
    def sandbox(self) -> int:
        """Port of the sandbox's Canvas."""
        return int(self.env["GRADESYNC_SANDBOX_PORT"])

    def command(self, *words: str) -> subprocess.Popen[str]:
        """One `python -m embedded` command, running."""
        return subprocess.Popen(
            [sys.executable, "-m", "embedded", *words], cwd=ROOT, env={**self.env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *words: str, timeout: float = 280) -> tuple[int, str]:
        """The same, waited for: exit status and everything that it said."""
        process = self.command(*words)
        try:
            said, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.terminate()
            said, _ = process.communicate(timeout=60)
        return process.returncode, said


@dataclass(frozen=True)
class Running:
    """One whose Airflow and sandbox run, and the admin's password."""

    place: Place
    password: str

    @property
    def base(self) -> str:
        """Airflow's address."""
        return f"http://127.0.0.1:{self.place.sandbox + SIX}"

    def admin(self, number: int, path: str) -> str:
        """An admin address of a system of the sandbox: 0 is Canvas, 1 Genesis, 5 PowerSchool."""
        return f"http://127.0.0.1:{self.place.sandbox + number}/_sandbox/{path}"


def place(folder: Path, targets: tuple[str, ...], **changed: str) -> Place:
    """A fresh installation that runs against its own small sandbox."""
    district = yaml.safe_load((ROOT / "config" / "district.yaml").read_text(encoding="utf-8"))
    district["targets"] = {name: district["targets"][name] for name in targets}
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "district.yaml").write_text(yaml.safe_dump(district), encoding="utf-8")
    first = free_ports(SIX + 1)
    connections = {
        name: value or "" for name, value in dotenv_values(ROOT / ".env.example", interpolate=False).items() if name.startswith("AIRFLOW_CONN")
    }
    for number in range(SIX):
        connections = {name: value.replace(f":{8700 + number}", f":{first + number}") for name, value in connections.items()}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRADESYNC_"))}
    return Place(
        folder,
        {
            **inherited,
            **connections,
            "PYTHONPATH": str(ROOT),
            "GRADESYNC_HOME": str(folder),
            "GRADESYNC_DISTRICT": str(folder / "config" / "district.yaml"),
            "GRADESYNC_SANDBOX": "1",
            "GRADESYNC_SANDBOX_SIZE": "small",
            "GRADESYNC_SANDBOX_PORT": str(first),
            "GRADESYNC_UI_PORT": str(first + SIX),
            **changed,
        },
    )
