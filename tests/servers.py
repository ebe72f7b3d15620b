"""Real servers that tests talk to: PostgreSQL in a folder of its own, on a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_WHERE = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server, without a database name. Skipped where none is installed."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with _running(programs) as url:
        yield url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database on this server, for as long as it is needed."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}".replace("postgresql://", "postgresql+psycopg://")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `postgres`; distributions keep them off the path, or link one of them alone."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted((folder for pattern in _WHERE for folder in Path("/").glob(pattern.lstrip("/"))), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _as_nobody() -> dict[str, int | list[int]]:
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def _running(programs: Path) -> Iterator[str]:
    who = _as_nobody()
    folder = Path(tempfile.mkdtemp(prefix="gradesync-pg-", dir="/tmp"))
    if who:
        os.chown(folder, int(str(who["user"])), int(str(who["group"])))
    password = secrets.token_hex(8)
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o644)
    try:
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "gradesync", "-A", "scram-sha-256", "--pwfile", folder / "password", "-N"],
            check=True, capture_output=True, cwd=folder, **who,
        )  # fmt: skip
        port = _free_port()
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off", "max_connections": 100}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([programs / "postgres", "-D", folder / "data", *settings], stdout=log, stderr=log, cwd=folder, **who)
        try:
            url = f"postgresql://gradesync:{password}@127.0.0.1:{port}"
            _wait(server, url, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
