"""A night whose run folder and artifacts lie in object storage, and the pages that read them there. The key stands in an Airflow connection alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec.config
import pytest
import yaml
from s3fs import S3FileSystem

from include.artifact_store import sign_in
from include.connection import Connection
from include.district import load_district
from include.environment import connection
from include.errors import ConfigError
from include.sandbox.generate import Size
from include.sync.housekeeping import tidy
from tests.scale.object_storage import BUCKET, Store, object_storage
from tests.town import Result, Town, town
from tests.web.conftest import _SETTINGS
from tests.web.pages import Place

TARGET = "genesis"
VARIABLE = "AIRFLOW_CONN_ARTIFACTS_DEFAULT"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with object_storage() as made:
        yield made


@pytest.fixture
def nobody_signed_in() -> Iterator[None]:
    """As in a process that has just begun: no key is known, no file system open."""
    fsspec.config.conf.pop("s3", None)
    S3FileSystem.clear_instance_cache()
    yield
    fsspec.config.conf.pop("s3", None)
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Airflow's database and log-in, for this test alone."""
    for name, value in {**_SETTINGS, "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(tmp_path / "passwords.json")}.items():
        monkeypatch.setenv(name, value)
    made = Place(tmp_path)
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(made.file))
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.utils.db import initdb

    initdb()
    init_auth_manager()
    return made


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Iterator[tuple[Town, Result]]:
    with town(tmp_path_factory.mktemp("object-storage"), Size(2, 1, 6, 4), (TARGET,)) as made:
        told = yaml.safe_load(made.file.read_text(encoding="utf-8"))
        told |= {"artifacts": f"s3://{BUCKET}/runs", "artifacts_connection": "artifacts_default"}
        made.file.write_text(yaml.safe_dump(told), encoding="utf-8")
        load_district(made.file).signed_in(lambda name: connection(name, {VARIABLE: store.connection()}))
        yield made, made.night(TARGET)


def test_e_the_whole_run_lies_in_the_bucket(night: tuple[Town, Result], store: Store) -> None:
    made, result = night
    assert result.summary["status"] != "Failed"
    assert result.summary["artifacts"] == f"s3://{BUCKET}/runs/{TARGET}/night-1"
    names = store.names()
    for name in ("filtered_canvas_data", "assignments_sync", "grades_log", "messages"):
        assert {f"runs/{TARGET}/night-1/{name}.{ending}" for ending in ("csv", "parquet")} <= set(names)
    assert any(name.endswith(".jsonl") for name in names)
    assert not [name for name in names if "/." in name]
    assert not (made.file.parent / "artifacts").exists()


def test_d8_the_pages_read_from_the_bucket(
    night: tuple[Town, Result], store: Store, pages: Place, nobody_signed_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, result = night
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(made.file))
    monkeypatch.setenv(VARIABLE, store.connection())
    visitor = pages.visitor("ada", "admin")
    page = visitor.get(f"/gradesync/runs/{TARGET}/night-1/grades")
    assert page.status_code == 200, page.text
    first = result.table("grades_log").iloc[0]
    assert str(first["assignment_name"]) in page.text
    csv = visitor.get(f"/gradesync/runs/{TARGET}/night-1/grades_log.csv")
    assert len(csv.text.splitlines()) == len(result.table("grades_log")) + 1


def test_f12_without_the_connections_key_nothing_opens(night: tuple[Town, Result], store: Store, nobody_signed_in: None) -> None:
    made, result = night
    load_district(made.file).signed_in(lambda name: connection(name, {VARIABLE: store.connection(password="wrong")}))
    with pytest.raises(PermissionError):
        result.table("grades_log")


def test_f5_a_key_that_is_missing_is_named(night: tuple[Town, Result], store: Store) -> None:
    made, _ = night
    with pytest.raises(ConfigError, match="connection artifacts_default: password is empty"):
        load_district(made.file).signed_in(lambda name: connection(name, {VARIABLE: store.connection(password="")}))


def test_f5_an_extra_that_is_not_known_is_named(nobody_signed_in: None) -> None:
    wrong = Connection("artifacts_default", "", "key", "secret", {"region": "us-east-1"})
    with pytest.raises(ConfigError, match=r"extra.region is not known. Use .*region_name"):
        sign_in("s3://grades/runs", wrong)


def test_f5_a_connection_for_a_folder_of_this_host_is_refused(tmp_path: Path) -> None:
    told = {"time_zone": "America/New_York", "canvas": {"connection": "c"}, "artifacts": "artifacts/", "artifacts_connection": "a"}
    path = tmp_path / "district.yaml"
    path.write_text(yaml.safe_dump({**told, "targets": {"one": {"sis": "genesis", "connection": "g", "canvas_account": "1"}}}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'artifacts_connection is not allowed with artifacts: "artifacts/". Use it with a URL such as s3://'):
        load_district(path)


def test_d2_housekeeping_removes_what_is_past_its_time_from_the_bucket(night: tuple[Town, Result], store: Store, nobody_signed_in: None) -> None:
    made, _ = night
    district = load_district(made.file).signed_in(lambda name: connection(name, {VARIABLE: store.connection()}))
    assert tidy(district, datetime.now(UTC) + timedelta(days=1))["folders"] == 0
    assert store.names()
    assert tidy(district, datetime.now(UTC) + timedelta(days=30)) == {"runs": 1, "folders": 1, "strays": 0, "kept-reads": 0}
    assert store.names() == []
