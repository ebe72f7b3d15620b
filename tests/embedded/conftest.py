"""One running Airflow with its sandbox for all tests that need one: starting it takes longest."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.embedded.installation import Running, place
from tests.lasting import in_folder


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Running:
    """Genesis and PowerSchool; nothing is sent yet, every DAG is paused, and nobody waits long for a course that another run holds."""
    return in_folder(__file__).enter_context(_started(tmp_path_factory.mktemp("running")))


@contextmanager
def _started(folder: Path) -> Iterator[Running]:
    installed = place(folder, ("genesis", "powerschool"))
    file = installed.home / "config" / "district.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text(encoding="utf-8")), "lease_wait": 1}), encoding="utf-8")
    process = installed.command("up")
    assert process.stdout is not None
    said = ""
    try:
        while "password:" not in said and process.poll() is None:
            said += process.stdout.readline()
        assert process.poll() is None, said + process.stdout.read()
        yield Running(installed, said.rpartition("password:")[2].split()[0])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
