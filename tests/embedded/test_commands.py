"""The commands behind make, as far as they need no Airflow."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

from include.district import ROOT
from tests.embedded.installation import place


def test_f5_what_is_missing_is_told_in_sentences_and_nothing_is_sent(tmp_path: Path) -> None:
    wrong = '{"conn_type": "canvas", "host": "http://127.0.0.1:9", "password": "x"}'
    installed = place(tmp_path, ("genesis",), AIRFLOW_CONN_CANVAS_DEFAULT=wrong, AIRFLOW_CONN_GENESIS_DEFAULT="", GRADESYNC_SANDBOX="0")
    status, said = installed.run("sync")
    assert status == 2
    assert "Nothing was sent. This is missing:" in said
    assert "connection genesis_default: AIRFLOW_CONN_GENESIS_DEFAULT is not in .env" in said
    assert "canvas_default" in said
    assert not (tmp_path / "artifacts" / "genesis").exists()


def test_f5_a_taken_port_is_told(tmp_path: Path) -> None:
    installed = place(tmp_path, ("genesis",))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installed.sandbox + 2))
        taken.listen()
        status, said = installed.run("sync")
    assert status == 2
    assert f"port {installed.sandbox + 2} on 127.0.0.1, needed for the sandbox's synergy, is in use" in said


def test_f5_a_broken_district_file_is_told(tmp_path: Path) -> None:
    installed = place(tmp_path, ("genesis",))
    (tmp_path / "config" / "district.yaml").write_text("time_zone: UTC\n", encoding="utf-8")
    status, said = installed.run("sync")
    assert status == 2
    assert "district.yaml: canvas: this key is missing" in said
    assert "Traceback" not in said


def test_a_day_passes_in_the_sandbox_and_reset_forgets_it(tmp_path: Path) -> None:
    installed = place(tmp_path, ("genesis",))
    status, said = installed.run("day")
    assert status == 0, said
    assert re.search(r"A school day has passed: \d+ ", said)
    assert any((tmp_path / ".sandbox").iterdir())
    status, said = installed.run("reset")
    assert status == 0, said
    assert not (tmp_path / ".sandbox").exists()
    assert not (tmp_path / ".airflow").exists()
    assert (tmp_path / "config" / "district.yaml").exists()


def test_f3_what_real_systems_have_accepted_is_not_forgotten_by_a_reset(tmp_path: Path) -> None:
    installed = place(tmp_path, ("genesis",), GRADESYNC_SANDBOX="0")
    (tmp_path / ".airflow").mkdir()
    status, said = installed.run("reset")
    assert status == 2
    assert said.startswith("GRADESYNC_SANDBOX is not 1: reset would delete the record of what real systems have accepted")
    assert (tmp_path / ".airflow").exists()


def test_down_where_nothing_runs(tmp_path: Path) -> None:
    assert place(tmp_path, ("genesis",)).run("down") == (0, "Nothing is running here.\n")


def test_the_runner_itself_needs_no_airflow() -> None:
    told = "import embedded.__main__, sys; print([name for name in sys.modules if name == 'airflow' or name.startswith('airflow.')])"
    assert subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
