"""Connections out of the environment, as Airflow reads them: JSON and URI, and what is wrong with one, without showing it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.environment import connection, database_url, project_values
from include.errors import ConfigError

URI = "oneroster://the-client:a%2Fb%40c@sis.example.org:8443/https?version=1.2&token_url=https%3A%2F%2Fsis.example.org%2Ftoken"


def test_the_two_forms_make_the_same_connection() -> None:
    extra = {"version": "1.2", "token_url": "https://sis.example.org/token"}
    fields = {"host": "sis.example.org", "port": 8443, "schema": "https", "login": "the-client", "password": "a/b@c"}
    for text in (URI, json.dumps({**fields, "extra": extra}), json.dumps({**fields, "extra": json.dumps(extra)})):
        found = connection("sis", {"AIRFLOW_CONN_SIS": text})
        assert (found.id, found.host, found.login, found.password) == ("sis", "https://sis.example.org:8443", "the-client", "a/b@c")
        assert dict(found.extra) == extra


def test_a_uri_may_hold_its_extra_as_json() -> None:
    found = connection("sis", {"AIRFLOW_CONN_SIS": "oneroster://u:p@sis.example.org?__extra__=%7B%22batch%22%3A+true%7D"})
    assert dict(found.extra) == {"batch": True}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "AIRFLOW_CONN_SIS is not in the environment"),
        ("secret", "is not JSON"),
        ('["secret"]', "must be a JSON object"),
        ('{"extra": "secret"}', "and so must its extra"),
        ("oneroster://u:secret@host:port", "is not a connection URI"),
        ("oneroster://u:secret@host?__extra__=secret", "is not a connection URI"),
    ],
)
def test_f12_what_is_wrong_is_told_without_the_value(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        connection("sis", {"AIRFLOW_CONN_SIS": text})
    assert "secret" not in str(error.value)


def test_a_state_database_out_of_a_connection() -> None:
    made = {"AIRFLOW_CONN_STATE": "postgres://keeper:s%40crt@db.example.org:5432/gradesync"}
    assert database_url("state", made) == "postgresql+psycopg://keeper:s%40crt@db.example.org:5432/gradesync"
    told = '{"conn_type": "postgres", "host": "db", "login": "keeper", "password": "s", "schema": "gradesync"}'
    assert database_url("state", {"AIRFLOW_CONN_STATE": told}) == "postgresql+psycopg://keeper:s@db/gradesync"
    with pytest.raises(ConfigError, match='"mysql" is not a database'):
        database_url("state", {"AIRFLOW_CONN_STATE": "mysql://u:p@h/db"})


def test_the_environment_wins_over_the_file_and_the_example_stands_in_for_neither(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("AIRFLOW_CONN_A='example'\nGRADESYNC_DISTRICT=example.yaml\n", encoding="utf-8")
    assert project_values(tmp_path, {})["AIRFLOW_CONN_A"] == "example"
    assert project_values(tmp_path, {"AIRFLOW_CONN_B": "real"}) == {"AIRFLOW_CONN_B": "real"}
    (tmp_path / ".env").write_text("AIRFLOW_CONN_A='mine'\nAIRFLOW_CONN_B='mine'\n", encoding="utf-8")
    assert project_values(tmp_path, {"AIRFLOW_CONN_B": "real"}) == {"AIRFLOW_CONN_A": "mine", "AIRFLOW_CONN_B": "real"}
