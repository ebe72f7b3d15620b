"""A StatsD server of the tests' own: it keeps every line that it is sent."""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from types import TracebackType
from typing import Self


class Statsd:
    """Listens on loopback while the block runs. Lines are `name:value|kind`."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self._told: list[tuple[float, str]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()

    def counted(self, beginning: str) -> dict[str, float]:
        """Sum of the values of every name that begins so, without that beginning."""
        found: dict[str, float] = defaultdict(float)
        for line in self.lines:
            name, _, value = line.partition(":")
            if name.startswith(beginning):
                found[name.removeprefix(beginning)] += float(value.partition("|")[0])
        return dict(found)

    @property
    def lines(self) -> list[str]:
        """All that came."""
        return [line for _, line in self.told]

    @property
    def told(self) -> list[tuple[float, str]]:
        """The same with the moments at which they came, in seconds since 1970."""
        return list(self._told)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                lines = self._socket.recv(65_535).decode().splitlines()
                self._told += [(time.time(), line) for line in lines]
            except TimeoutError:
                continue
