"""The processes that one command starts: each in a group of its own with its own log, and all of them gone when the command ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from embedded.settings import own_folder
from include.errors import ConfigError, UnavailableError

_POLITE_SECONDS = 15.0


class Processes:
    """What was started, in order. A context manager: leaving it stops everything, whatever the reason."""

    def __init__(self, logs: Path) -> None:
        self.logs = own_folder(logs)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start one process, output into its log."""
        with os.fdopen(os.open(self.log(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as log:
            started = subprocess.Popen(  # noqa: S603  # our own commands, no shell
                command, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._running[name] = started
        return started

    def pid(self, name: str) -> int:
        """The process of this name that runs."""
        return self._running[name].pid

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start one process and wait for its end; UnavailableError with its last words when it fails."""
        self.finish(name, self.start(name, command, env))

    def finish(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a process that ends by itself."""
        process.wait()
        del self._running[name]
        if process.returncode:
            raise UnavailableError(f"{name} failed: {self.last_words(name)} (full log: {self.log(name)})")

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The last line that a process wrote."""
        lines = [line for line in self.log(name).read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it wrote no log"

    def check(self) -> None:
        """UnavailableError when one of them has died."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise UnavailableError(f"{name} ended with status {process.returncode}: {self.last_words(name)} (full log: {self.log(name)})")

    def wait_until(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait for something, as long as all processes live."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise UnavailableError(f"{what} was not ready after {seconds:.0f} s. See the logs in {self.logs}")
            time.sleep(0.25)

    def stop(self) -> None:
        """End all of them, politely first; children that outlive their parent are ended as well."""
        family = [member for process in self._running.values() for member in _family(process.pid)]
        for process in reversed(self._running.values()):
            _signal_group(process.pid, signal.SIGTERM)
        _, left = psutil.wait_procs(family, timeout=_POLITE_SECONDS)
        for member in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(left, timeout=5)
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
        self._running.clear()


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def free_port(port: int, what: str, setting: str) -> None:
    """ConfigError when something else listens on this port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"port {port} on 127.0.0.1, needed for {what}, is in use. Stop the program that uses it, or set {setting} to another port"
            ) from error
