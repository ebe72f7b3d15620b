"""The state database opens, upgrades and downgrades on both dialects, and its errors show no password."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, select
from sqlalchemy.dialects import sqlite

from include.errors import ConfigError, UnavailableError
from include.sync import columns, state, tables


def tables_of(url: str) -> set[str]:
    return set(inspect(state.engine(url)).get_table_names())


def test_migrations_make_exactly_the_tables_of_the_metadata(empty_url: str) -> None:
    state.upgrade(empty_url)
    with state.engine(empty_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": state.VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
    assert tables_of(empty_url) == {*tables.METADATA.tables, state.VERSION_TABLE}


def test_constraints_of_the_migrations_are_those_of_the_metadata(empty_url: str, tmp_path: Path) -> None:
    state.upgrade(empty_url)
    found = inspect(state.engine(empty_url))
    for name, table in tables.METADATA.tables.items():
        assert found.get_pk_constraint(name)["constrained_columns"] == [column.name for column in table.primary_key]
        wanted = {str(check.name) for check in table.constraints if type(check).__name__ == "CheckConstraint"}
        assert {str(check["name"]) for check in found.get_check_constraints(name)} == wanted


def test_downgrade_to_base_takes_everything_away_and_upgrade_brings_it_back(empty_url: str) -> None:
    state.upgrade(empty_url)
    state.downgrade(empty_url, "base")
    assert tables_of(empty_url) == {state.VERSION_TABLE}
    state.upgrade(empty_url)
    state.check(empty_url)


def test_upgrade_twice_at_once_and_again_keeps_the_rows(empty_url: str) -> None:
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        list(pool.map(state.upgrade, [empty_url] * 2))
    engine = state.engine(empty_url)
    row = {"target": "genesis", "canvas_course_id": "7", "nightly": True, "changed_by": "ada"}
    with state.writing(engine) as connection:
        connection.execute(tables.COURSE_SETTINGS.insert(), {**row, "changed_at": state.now(connection)})
    state.upgrade(empty_url)
    with engine.connect() as connection:
        assert connection.execute(select(tables.COURSE_SETTINGS.c.canvas_course_id)).scalars().all() == ["7"]


def test_check_names_the_command_when_the_schema_is_not_there(empty_url: str) -> None:
    with pytest.raises(ConfigError, match=r"schema is not created yet.*airflow db migrate"):
        state.check(empty_url)
    state.upgrade(empty_url)
    state.check(empty_url)


def test_f12_sqlite_file_and_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/state.db"
    state.upgrade(url)
    with state.writing(state.engine(url)) as connection:
        connection.execute(tables.LEASES.delete())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert "state.db-wal" in modes


def test_sqlite_waits_for_another_writer_instead_of_failing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    state.upgrade(url)
    with state.engine(url).connect() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "busy_timeout", "foreign_keys")}
    assert told == {"journal_mode": "wal", "busy_timeout": 60_000, "foreign_keys": 1}


def test_engine_is_made_once_per_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    assert state.engine(url) is state.engine(url)


def test_times_come_back_in_utc(database: Engine) -> None:
    row = {"target": "genesis", "canvas_course_id": "7", "nightly": True, "changed_by": "ada"}
    new_york = datetime(2026, 9, 18, 23, 59, tzinfo=ZoneInfo("America/New_York"))
    with state.writing(database) as connection:
        connection.execute(tables.COURSE_SETTINGS.insert(), {**row, "changed_at": new_york})
    with database.connect() as connection:
        assert connection.execute(select(tables.COURSE_SETTINGS.c.changed_at)).scalar_one() == datetime(2026, 9, 19, 3, 59, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a time without a zone cannot be stored"):
        columns.UtcTime().process_bind_param(datetime(2026, 9, 18), sqlite.dialect())  # noqa: DTZ001  # what is tested


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("hunter2 is no url", "not a database URL", id="no-url"),
        pytest.param("mysql://ada:hunter2@db/state", "mysql is not a database", id="other-database"),
        pytest.param("sqlite://", "names no file", id="in-memory"),
        pytest.param("sqlite:///:memory:", "names no file", id="in-memory-by-name"),
        pytest.param("postgresql://ada:hunter2@db", "names no database", id="no-database"),
        pytest.param("sqlite:////proc/hunter/state.db", "cannot be opened for writing", id="no-such-place"),
    ],
)
def test_a_bad_url_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        state.engine(url)
    assert "hunter2" not in str(caught.value)


def test_an_unreachable_database_is_told_without_its_password() -> None:
    with pytest.raises(UnavailableError, match=r"ada:\*\*\*@127.0.0.1:9/state cannot be used") as caught:
        state.check("postgresql+psycopg://ada:hunter2@127.0.0.1:9/state")
    assert "hunter2" not in str(caught.value)
