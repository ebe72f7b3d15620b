"""One Airflow database and one district for all tests of the pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.town import Town, town
from tests.web.acting import acted, acting, make_dags_known
from tests.web.lively import Lively, connections, schedule
from tests.web.pages import NOON, TARGETS, Place, Run

__all__ = ["acted", "acting"]

_SETTINGS = {
    "AIRFLOW__CORE__AUTH_MANAGER": "tests.web.pages.PerTarget",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",  # modules bring districts of their own, one soon after the other
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_FETCH_INTERVAL": "0",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "vic:viewer,uma:user,ada:admin",
    "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of the tests, long enough to sign with it, and of no use to anybody else",
}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Twelve runs of one target, two of another: one red, one still running."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_SETTINGS, "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json")}.items():
            patch.setitem(os.environ, name, value)
        made = Place(folder)
        patch.setitem(os.environ, "GRADESYNC_DISTRICT", str(made.file))
        from airflow.api_fastapi.app import init_auth_manager
        from airflow.utils.db import initdb

        initdb()
        init_auth_manager()
        for number in range(1, 13):
            made.finish(Run("synergy", f"night-{number}", now=NOON + timedelta(days=number)))
        made.finish(Run("powerschool", "by-hand", "remaster", "uma", NOON), "Failed")
        made.start(Run("powerschool", "now", "on_demand", "uma", NOON + timedelta(days=20)), "9")
        yield made


@pytest.fixture
def viewer(place: Place) -> TestClient:
    """Somebody who may only look."""
    return place.visitor()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Servers of the sandbox, and one night of two targets behind them."""
    with town(tmp_path_factory.mktemp("town"), "small", TARGETS) as running:
        schedule(running.file)
        for target in TARGETS:
            running.night(target)
        yield running


@pytest.fixture(scope="module")
def known_dags(place: Place, sandbox: Town) -> None:
    """Airflow knows the DAGs of the sandbox's district, whatever district the module before had."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GRADESYNC_DISTRICT", str(sandbox.file))
        make_dags_known()


@pytest.fixture
def lively(place: Place, sandbox: Town, monkeypatch: pytest.MonkeyPatch) -> Lively:
    """The pages over a district whose Canvas and SIS answer."""
    from plugins.gradesync_airflow.web import systems

    monkeypatch.setenv("GRADESYNC_DISTRICT", str(sandbox.file))
    for name, value in connections(sandbox).items():
        monkeypatch.setenv(name, value)
    systems._system.cache_clear()
    return Lively(place, sandbox)
