"""`GRADESYNC_SANDBOX_PORT` moves servers and connections together: no run goes to whatever listens on 8700 (I-9)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from dotenv import dotenv_values

from embedded.example_connections import SYSTEMS, follow_sandbox, strays
from embedded.settings import read_settings
from include.district import ROOT
from include.environment import connection
from include.sandbox.systems import SYSTEMS as SERVED

EXAMPLE = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example", interpolate=False).items()}
NAMES = [f"{system}_default" for system in SYSTEMS]


def at(port: str, **more: str) -> dict[str, str]:
    return {**EXAMPLE, "GRADESYNC_SANDBOX_PORT": port, **more}


def addresses(values: dict[str, str], name: str) -> set[str]:
    found = connection(name, values)
    texts = [found.host, *(str(value) for key, value in found.extra.items() if key.endswith("_url"))]
    return {text.split("/")[2] for text in texts if text}


def test_i9_the_ports_are_those_of_the_served_systems() -> None:
    assert SYSTEMS == SERVED


@pytest.mark.parametrize("port", ["9000", "8702", "8699", "18700"])
def test_i9_every_connection_of_the_example_follows_the_port(tmp_path: Path, port: str) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8").replace("GRADESYNC_SANDBOX_PORT=8700", f"GRADESYNC_SANDBOX_PORT={port}")
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    settings = read_settings(tmp_path, {})
    for number, name in enumerate(NAMES):
        assert addresses(dict(settings.values), name) == {f"127.0.0.1:{int(port) + number}"}
        assert settings.address(SYSTEMS[number]) == f"http://127.0.0.1:{int(port) + number}"
    assert strays(settings.values, NAMES) == []


def test_i9_without_the_sandbox_and_at_its_usual_port_nothing_is_changed() -> None:
    real = at("9000", GRADESYNC_SANDBOX="0")
    assert follow_sandbox(real) == real
    assert follow_sandbox(EXAMPLE) == EXAMPLE
    assert strays(real, NAMES) == []


def test_i9_a_connection_that_somebody_edited_stays_as_it_is() -> None:
    edited = '{"conn_type": "powerschool", "host": "http://127.0.0.1:8707"}'
    assert follow_sandbox(at("8702", AIRFLOW_CONN_POWERSCHOOL_DEFAULT=edited))["AIRFLOW_CONN_POWERSCHOOL_DEFAULT"] == edited


@pytest.mark.parametrize(
    "text",
    [
        '{"conn_type": "powerschool", "host": "http://localhost:8705"}',
        '{"conn_type": "powerschool", "host": "127.0.0.1", "port": 8705}',
        f"powerschool://id:secret@{quote('http://127.0.0.1:8705', safe='')}",
        "powerschool://id:secret@127.0.0.1:8705/http",
    ],
)
def test_i9_a_connection_that_cannot_follow_is_rejected_without_its_value(text: str) -> None:
    values = follow_sandbox(at("9000", AIRFLOW_CONN_OTHER_PS=text))
    [told] = strays(values, [*NAMES, "other_ps"])
    assert told.startswith("connection other_ps: it goes to port 8705 of this machine, but GRADESYNC_SANDBOX_PORT is 9000. Use ")
    assert "secret" not in told
