"""What was started is stopped, whatever happens; what fails says why."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from embedded.processes import Processes, free_port
from include.errors import ConfigError, UnavailableError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def test_leaving_stops_everything_and_its_children(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        started = processes.start("parent", [sys.executable, "-c", PARENT], os.environ)
        processes.wait_until("the child", lambda: processes.log("parent").read_text(encoding="utf-8").strip().isdigit(), 10)
        child = int(processes.log("parent").read_text(encoding="utf-8"))
    assert started.returncode is not None
    assert not psutil.pid_exists(child)


def test_what_does_not_listen_to_a_polite_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.processes._POLITE_SECONDS", 0.5)
    with Processes(tmp_path) as processes:
        started = processes.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
        processes.wait_until("it", lambda: processes.last_words("stubborn") == "up", 10)
    assert not psutil.pid_exists(started.pid)


def test_an_error_inside_stops_everything_too(tmp_path: Path) -> None:
    started = []

    def interrupted() -> None:
        with Processes(tmp_path) as processes:
            started.append(processes.start("sleep", SLEEP, os.environ))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not psutil.pid_exists(started[0].pid)


def test_f5_a_process_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("server", [sys.executable, "-c", "print('no such database'); raise SystemExit(3)"], os.environ)
        with pytest.raises(UnavailableError, match=r"server ended with status 3: no such database \(full log: .*server\.log\)"):
            processes.wait_until("the server", lambda: False, 10)


def test_what_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("sleep", SLEEP, os.environ)
        begun = time.monotonic()
        with pytest.raises(UnavailableError, match="Airflow was not ready after 0 s"):
            processes.wait_until("Airflow", lambda: False, 0.3)
        assert time.monotonic() - begun < 5


def test_a_command_that_fails(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes, pytest.raises(UnavailableError, match="migrate failed: it wrote no log"):
        processes.finish("migrate", processes.start("migrate", [sys.executable, "-c", "raise SystemExit(1)"], os.environ))


def test_f5_a_taken_port_is_told_with_the_setting_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1, needed for Airflow's pages, is in use. .* set GRADESYNC_UI_PORT"):
            free_port(port, "Airflow's pages", "GRADESYNC_UI_PORT")
    free_port(port, "Airflow's pages", "GRADESYNC_UI_PORT")


def test_f12_logs_are_their_owners_alone(tmp_path: Path) -> None:
    with Processes(tmp_path / "logs") as processes:
        processes.finish("true", processes.start("true", [sys.executable, "-c", ""], os.environ))
        assert processes.log("true").stat().st_mode & 0o077 == 0
