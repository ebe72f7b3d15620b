"""One command at a time per installation. The lock goes with its process, so a killed one leaves nothing to clear away."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from embedded.settings import Settings, own_folder
from include.errors import ConfigError

_STOP_SECONDS = 60.0


@contextmanager
def only_one(settings: Settings, command: str) -> Iterator[None]:
    """Hold the installation; ConfigError names who holds it already."""
    with _opened(settings) as file:
        if not _locked(file):
            raise ConfigError(f"{_holder(file)} is running in {settings.home}. Wait until it ends, or stop it with make down")
        file.truncate()
        file.write(f"make {command} (process {os.getpid()})")
        file.flush()
        yield


def stop_other(settings: Settings) -> str | None:
    """Ask whoever holds the installation to stop, and wait until it has; its name, or None when nobody does."""
    with _opened(settings) as file:
        if _locked(file):
            return None
        holder = _holder(file)
        found = re.search(r"process (\d+)", holder)
        if found is None:
            raise ConfigError(f"{settings.airflow_home / 'running'} does not name the process that holds it. End it manually")
        os.kill(int(found[1]), signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while not _locked(file):
            if time.monotonic() > deadline:
                raise ConfigError(f"{holder} did not stop within {_STOP_SECONDS:.0f} s. End it manually")
            time.sleep(0.2)
        return holder


def _opened(settings: Settings) -> TextIO:
    path: Path = own_folder(settings.airflow_home) / "running"
    return os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+", encoding="utf-8")


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "another command"
