"""Where a process can die: around each request, each transaction of the state database, each file of the run folder.

The traps are laid in the bench's child process alone, around the libraries' and the product's own calls; nothing in `include/` knows of them.
"""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, BinaryIO

import requests
from sqlalchemy import Connection, Engine
from urllib3.connection import HTTPConnection

from include.run_folder import RunFolder
from include.sync import state
from include.sync.ledger import Ledger

# Each place, and what has happened when it is reached.
PLACES = {
    "before": "a request is ready, no byte of it has left",
    "leaving": "nothing is asked any more, and its first byte is about to leave",
    "in flight": "its bytes have left; nobody knows whether they arrive",
    "unread": "the server has carried it out, and its answer lies unread in the socket",
    "read": "the answer is read, nothing of it is in the ledger",
    "begin": "a transaction of the state database is about to begin",
    "commit": "its statements have run, it is not committed",
    "committed": "it is committed",
    "draft": "a file of the run folder is written under a name that nobody reads",
    "filed": "it stands under its own name",
}


def die() -> None:
    """As `kill -9` does it: no handler, no clean-up, no last commit."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Trap:
    """Counts the boundaries that a run reaches, and does its deed at the `number`-th one of a `place`; without a place it only counts."""

    place: str = ""
    number: int = 0
    deed: Callable[[], None] = die
    reached: Counter[str] = field(default_factory=Counter)
    units: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, place: str, wait: Callable[[], object] = lambda: None) -> None:
        """A boundary is reached. `wait` is called before the deed, and only then."""
        with self._lock:
            self.reached[place] += 1
            sprung = place == self.place and self.reached[place] == self.number
        if sprung:
            wait()
            self.deed()

    def lay(self) -> None:
        """Put the trap around everything that this process calls from now on."""
        self._around_requests()
        self._around_transactions()
        self._around_files()
        for name in ("intend_assignments", "intend_scores"):
            setattr(Ledger, name, self._measured(getattr(Ledger, name)))

    def _around_requests(self) -> None:
        send, leave, receive = requests.Session.send, HTTPConnection.request, HTTPConnection.getresponse

        def sending(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            self.at("before")
            answer = send(session, request, **options)
            self.at("read")
            return answer

        def leaving(connection: HTTPConnection, *args: Any, **options: Any) -> None:
            self.at("leaving")
            leave(connection, *args, **options)

        def receiving(connection: HTTPConnection, *args: Any, **options: Any) -> Any:
            self.at("in flight")
            self.at("unread", lambda: select.select([connection.sock], [], [], 30))
            return receive(connection, *args, **options)

        requests.Session.send = sending  # type: ignore[assignment]  # the trap
        HTTPConnection.request = leaving  # type: ignore[assignment]  # the trap
        HTTPConnection.getresponse = receiving  # type: ignore[assignment]  # the trap

    def _around_transactions(self) -> None:
        writing = state.writing

        @contextmanager
        def watched(database: Engine) -> Iterator[Connection]:
            self.at("begin")
            with writing(database) as connection:
                yield connection
                self.at("commit")
            self.at("committed")

        state.writing = watched

    def _around_files(self) -> None:
        create = RunFolder.create

        @contextmanager
        def watched(folder: RunFolder, name: str) -> Iterator[BinaryIO]:
            with create(folder, name) as file:
                yield file
                self.at("draft")
            self.at("filed")

        RunFolder.create = watched  # type: ignore[assignment]  # the trap

    def _measured(self, intend: Callable[..., None]) -> Callable[..., None]:
        """Note how many rows each intent holds: no fault may make more of them be sent twice."""

        @wraps(intend)
        def measured(ledger: Ledger, rows: Sequence[Any], run_id: str) -> None:
            self.units.append(len(rows))
            intend(ledger, rows, run_id)

        return measured


def lock_database(path: str) -> Callable[[], None]:
    """A deed: somebody else begins to write to the database, and does not end."""

    def locked() -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        _held.append(other)

    return locked


_held: list[sqlite3.Connection] = []


def disk_full() -> None:
    """A deed: there is no space for one more byte."""
    raise OSError(28, "No space left on device")
