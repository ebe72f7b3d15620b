"""A fresh state database for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.sync import state
from tests.servers import postgres_server, postgres_url

__all__ = ["database", "empty_url", "postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/gradesync.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """A database with today's schema."""
    state.upgrade(empty_url)
    engine = state.engine(empty_url)
    yield engine
    engine.dispose()
