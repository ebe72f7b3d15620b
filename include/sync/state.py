"""The state database: opening it, bringing it up to date, and writing to it (design: State).

SQLite serves one host, PostgreSQL a district. It is ours, not Airflow's. Schema changes come with `airflow db migrate`, which calls `upgrade`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from include.errors import ConfigError, UnavailableError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "gradesync_version"
_ALLOWED = "Use sqlite:///path/to/file.db or postgresql+psycopg://user:password@host/database"
_BUSY_SECONDS = 60
_CONNECT_SECONDS = 15


def engine(url: str) -> Engine:
    """The engine of this URL, made once per process. ConfigError says what is wrong with the URL, never showing its password."""
    return _engine(_parsed(url), os.getpid())


@contextmanager
def writing(database: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end. On SQLite it takes the writer's place at once: a reader that turns writer later is refused."""
    with database.execution_options(gradesync_writes=True).begin() as connection:
        yield connection


def now(connection: Connection) -> datetime:
    """The database's clock, so that hosts whose clocks differ agree on when a lease ends. SQLite has one host, so that host's clock."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def alembic_config(url: str) -> Config:
    """Alembic's configuration for this database; its `script_location` is this package's `migrations/`."""
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", _parsed(url).render_as_string(hide_password=False).replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "heads") -> None:
    """Bring the schema to this revision; nothing happens where it stands there already. Two at once wait for each other."""
    with _reaching(url):
        alembic.command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to an older revision (`base`: away with all of it)."""
    with _reaching(url):
        alembic.command.downgrade(alembic_config(url), revision)


def check(url: str) -> None:
    """UnavailableError when the database cannot be reached, ConfigError when its schema is not this version's."""
    with _reaching(url), engine(url).connect() as connection:
        stands = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if stands != wanted:
        raise ConfigError(
            f"state database {_shown(_parsed(url))}: schema is {stands or 'not created yet'}; this version needs {wanted}. Run: airflow db migrate"
        )


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise UnavailableError(f"state database {_shown(_parsed(url))} cannot be used: {_first_line(error.orig)}") from error


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"state: this is not a database URL ({len(url)} characters, not shown as it may hold a password). {_ALLOWED}") from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise ConfigError(f"state: {parsed.drivername} is not a database that this product can use. {_ALLOWED}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigError(f"state: {_shown(parsed)} names no file, so every process would see a state of its own. {_ALLOWED}")
    if parsed.get_backend_name() == "postgresql" and not parsed.database:
        raise ConfigError(f"state: {_shown(parsed)} names no database. {_ALLOWED}")
    return parsed


@cache
def _engine(url: URL, process: int) -> Engine:  # noqa: ARG001  # the process is part of the cache's key: connections must not be shared over a fork
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=4,
            hide_parameters=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "gradesync"},
        )
    _own_file(Path(str(url.database)))
    made = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def _own_file(path: Path) -> None:
    """An empty file that only its owner may read (F-12), in a folder likewise; SQLite gives its companion files the same rights."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(f"state: {path} cannot be opened for writing: {error.strerror}") from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver must not begin transactions on its own: `_begin` does, schema changes included.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", f"busy_timeout={_BUSY_SECONDS * 1000}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("gradesync_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
