"""One command at a time per installation. The lock goes with its process, so a killed one leaves nothing to clear away."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from embedded.settings import Settings, own_folder
from include.errors import ConfigError


@contextmanager
def only_one(settings: Settings, command: str) -> Iterator[None]:
    """Hold the installation; ConfigError names who holds it already."""
    path = own_folder(settings.airflow_home) / "running"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"{file.read().strip() or 'another command'} is at work in {settings.home}; wait for its end, or stop it") from None
        file.truncate()
        file.write(f"make {command} (process {os.getpid()})")
        file.flush()
        yield
