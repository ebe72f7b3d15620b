"""`airflow db migrate` brings our state database along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from include.errors import ConfigError
from include.sync import state
from include.sync.tables import METADATA

pytestmark = pytest.mark.airflow


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    file = tmp_path / "district.yaml"
    file.write_text(
        'time_zone: UTC\ncanvas: {connection: c}\ntargets: {east: {sis: genesis, connection: e, canvas_account: "1"}}\n', encoding="utf-8"
    )
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(file))
    place = f"sqlite:///{tmp_path}/state/gradesync.db"
    yield place
    state.engine(place).dispose()


def manager():
    from plugins.gradesync_airflow.db_manager import GradeSyncDBManager

    return GradeSyncDBManager(None)


def test_initdb_makes_every_table_in_our_own_database(url: str) -> None:
    ours = manager()
    assert not ours.check_migration()
    ours.initdb()
    assert ours.check_migration()
    assert set(METADATA.tables) <= set(inspect(create_engine(url)).get_table_names())


def test_upgrading_twice_changes_nothing(url: str) -> None:
    manager().upgradedb()
    manager().upgradedb()
    assert manager().check_migration()


def test_downgrade_takes_the_tables_away(url: str) -> None:
    ours = manager()
    ours.initdb()
    ours.downgrade("base")
    assert not set(METADATA.tables) & set(inspect(create_engine(url)).get_table_names())


def test_airflow_db_reset_leaves_the_ledger_alone(url: str) -> None:
    ours = manager()
    ours.initdb()
    with create_engine(url).connect() as connection:
        ours.drop_tables(connection)
    assert ours.check_migration()


def test_airflow_accepts_the_migrations_for_its_own(url: str) -> None:
    from airflow.utils.db_manager import RunDBManager

    RunDBManager._validate(type(manager()))


def test_a_state_connection_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.exceptions import AirflowNotFoundException

    file = tmp_path / "district.yaml"
    file.write_text(
        "time_zone: UTC\ncanvas: {connection: c}\nstate: {connection: gradesync_state}\n"
        'targets: {east: {sis: genesis, connection: e, canvas_account: "1"}}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(file))
    with pytest.raises((ConfigError, AirflowNotFoundException), match="gradesync_state"):
        manager()
