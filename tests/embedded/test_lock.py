"""One command at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embedded.lock import only_one, stop_other
from embedded.settings import Settings
from include.errors import ConfigError

HOLD = """
import signal, sys, time
from pathlib import Path
from embedded.lock import only_one
from embedded.settings import Settings
def stop(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, stop)
try:
    with only_one(Settings(Path(sys.argv[1]), {}), "up"):
        print("held", flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    pass
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, {})


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_command_is_told_who_works_there(settings: Settings, holder: subprocess.Popen) -> None:
    with (
        pytest.raises(ConfigError, match=rf"make up \(process {holder.pid}\) is running in .*. Wait until it ends, or stop it with make down"),
        only_one(settings, "sync"),
    ):
        pass


def test_a_killed_command_leaves_nothing_to_clear_away(settings: Settings, holder: subprocess.Popen) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_one(settings, "sync"):
        assert (settings.airflow_home / "running").read_text(encoding="utf-8") == f"make sync (process {os.getpid()})"


def test_down_stops_it_and_waits(settings: Settings, holder: subprocess.Popen) -> None:
    begun = time.monotonic()
    assert stop_other(settings) == f"make up (process {holder.pid})"
    assert holder.wait(timeout=5) == 0
    assert time.monotonic() - begun < 10
    assert stop_other(settings) is None
