"""State databases for the tests: on SQLite and on PostgreSQL, without any table or with today's schema."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from include.sync import state
from include.sync.tables import METADATA
from tests.servers import fresh_database, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state/gradesync.db"
    else:
        with fresh_database(request.getfixturevalue("postgres_server")) as url:
            yield url
            state.engine(url).dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with today's schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "state.db"
    state.upgrade(f"sqlite:///{path}")
    state.engine(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database with today's schema."""
    shutil.copy(sqlite_template, tmp_path / "state.db")
    engine = state.engine(f"sqlite:///{tmp_path}/state.db")
    # No test cuts the power, so nothing need wait for the disk.
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[Engine]:
    """One PostgreSQL database with today's schema."""
    with fresh_database(postgres_server) as url:
        state.upgrade(url)
        yield state.engine(url)
        state.engine(url).dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Engine:
    """An empty database with today's schema."""
    engine: Engine = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_database")
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {', '.join(METADATA.tables)}"))
    return engine
