"""Children forked from a warm parent: each costs milliseconds, not the seconds of its imports."""

from __future__ import annotations

import gc
import json
import logging
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LONGEST = 90.0
"""Seconds after which a child counts as hung."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: by which signal (0: none), what it told, the error that it raised ("" for none)."""

    signal: int
    told: Any
    error: str

    @property
    def killed(self) -> bool:
        """Whether it died by SIGKILL."""
        return self.signal == signal.SIGKILL


@dataclass
class Child:
    """A process that runs one task and tells its result as JSON."""

    pid: int
    pipe: int

    @classmethod
    def run(cls, task: Callable[[], Any]) -> Child:
        """Fork it."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            return cls(pid, reading)
        os.close(reading)
        _tell(writing, task)
        os._exit(0)

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def stands_still(self, longest: float = LONGEST) -> bool:
        """Whether it comes to a SIGSTOP; False when it ends before, or takes too long."""
        deadline = time.monotonic() + longest
        while time.monotonic() < deadline:
            seen = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if seen is not None:
                return seen.si_code == os.CLD_STOPPED
            time.sleep(0.005)
        return False

    def wait(self, longest: float = LONGEST) -> Ended:
        """How it ends; one that takes too long is killed, and its error says so."""
        deadline, parts = time.monotonic() + longest, []
        hung = False
        while True:
            ready, _, _ = select.select([self.pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready and not hung:
                hung, deadline = True, time.monotonic() + 10
                self.kill()
                continue
            part = os.read(self.pipe, 1 << 16) if ready else b""
            if not part:
                break
            parts.append(part)
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        told = json.loads(b"".join(parts)) if parts and not hung else {}
        error = f"hung for {longest:g} s" if hung else told.get("error", "")
        return Ended(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, told.get("result"), error)


def freeze() -> None:
    """Before forking many children: what stands now stays out of their garbage collection, so that its memory stays shared."""
    gc.collect()
    gc.freeze()


def _tell(pipe: int, task: Callable[[], Any]) -> None:
    logging.disable(logging.CRITICAL)
    gc.disable()  # it lives for less than a second
    try:
        told = {"result": task()}
    except BaseException as error:  # whatever it is, the parent judges it
        told = {"error": f"{type(error).__name__}: {error}"[:2000], "trace": traceback.format_exc()[-3000:]}
    data = json.dumps(told).encode()
    while data:
        data = data[os.write(pipe, data) :]
