"""Airflow connection → client, and the Test button's sentence."""

from __future__ import annotations

import json

import pytest

from include.connection import Connection

pytestmark = pytest.mark.airflow


def connection(monkeypatch: pytest.MonkeyPatch, name: str, **fields: object) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))


def test_a_connection_is_taken_over_field_by_field(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.hooks import PowerSchoolHook

    connection(monkeypatch, "ps", conn_type="powerschool", host="https://ps.example.org", login="id", password="secret", extra={"pace_ms": 5})
    found = PowerSchoolHook("ps").connection()
    assert (found.id, found.host, found.login, found.password, dict(found.extra)) == (
        "ps",
        "https://ps.example.org",
        "id",
        "secret",
        {"pace_ms": 5},
    )
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ({"host": "https://a.example.org/"}, "https://a.example.org"),
        ({"host": "a.example.org"}, "https://a.example.org"),
        ({"host": "127.0.0.1", "port": 8700, "schema": "http"}, "http://127.0.0.1:8700"),
        ({"host": None}, ""),
    ],
)
def test_a_host_without_a_scheme_gets_one(fields: dict, host: str) -> None:
    assert Connection.of("c", fields).host == host


def test_the_form_says_which_sis_the_test_button_means(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.hooks import OneRosterHook

    connection(monkeypatch, "one", conn_type="oneroster", login="a", password="b", extra={"sis": "gensis"})
    works, told = OneRosterHook("one").test_connection()
    assert not works
    assert 'sis: "gensis" is not known (did you mean "genesis"?)' in told


def test_f5_the_test_button_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.hooks import CanvasHook

    connection(monkeypatch, "canvas_default", conn_type="canvas", host="http://127.0.0.1:9", password="")
    works, told = CanvasHook().test_connection()
    assert not works
    assert "canvas_default" in told


def test_a_database_connection_is_opened_with_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.hooks import database_url

    connection(monkeypatch, "state", conn_type="postgres", host="db", port=5432, login="grade", password="p@ss", schema="gradesync")
    assert database_url("state") == "postgresql+psycopg://grade:p%40ss@db:5432/gradesync"
