"""Whole nights through a real Airflow: API server, scheduler, DAG processor, LocalExecutor, against the sandbox over real HTTP."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path

import pytest

from embedded.processes import free_port
from tests.embedded.installation import Place, place

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
TARGETS = ("synergy", "powerschool")


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, list[tuple[int, str]]]:
    """Two nights, one after the other."""
    installed = place(tmp_path_factory.mktemp("nights"), TARGETS)
    return installed, [installed.run("sync") for _ in range(2)]


def sent(said: str) -> list[int]:
    """Per target and kind: how many items went out, from the closing table."""
    rows = [row.split() for row in said.splitlines() if row.strip().startswith(("assignments ", "grades ")) and row.split()[1].isdigit()]
    return [int(row[3]) for row in rows]


def test_f3_r16_the_second_night_sends_nothing(nights) -> None:
    _, [(first_status, first), (second_status, second)] = nights
    assert (first_status, second_status) == (0, 0), first + second
    assert len(sent(first)) == 2 * len(TARGETS)
    assert all(sent(first))
    assert sent(second) == [0] * 2 * len(TARGETS)
    assert second.splitlines()[-2] == "Nothing to send: the SIS has already accepted everything."


def test_e_each_night_leaves_one_set_of_artifacts_that_only_its_owner_reads(nights) -> None:
    installed, _ = nights
    for target in TARGETS:
        runs = sorted((installed.home / "artifacts" / target).iterdir())
        assert len(runs) == 2
        for run in runs:
            for name in ("filtered_canvas_data", "assignments_sync", "grades_log", "messages"):
                assert (run / f"{name}.csv").stat().st_mode & 0o077 == 0
                assert (run / f"{name}.parquet").stat().st_size > 0
            assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["target"] == target
    assert (installed.home / "artifacts").stat().st_mode & 0o077 == 0


def test_f12_no_name_score_or_token_in_any_log(nights) -> None:
    installed, _ = nights
    run = next((installed.home / "artifacts" / "synergy").iterdir())
    names = {line.split('"')[1] for line in (run / "grades_log.csv").read_text(encoding="utf-8-sig").splitlines()[1:] if '"' in line}
    assert names
    for log in (installed.home / ".airflow" / "logs").rglob("*.log"):
        text = log.read_text(encoding="utf-8", errors="replace")
        assert "canvas-full-token" not in text, log
        assert "synergy-secret" not in text, log
        assert not [name for name in names if name in text], log


def test_nothing_is_left_running(nights) -> None:
    installed, _ = nights
    for number in range(7):
        free_port(installed.sandbox + number, "nothing", "nothing")


def test_up_shows_the_pages_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    installed = place(tmp_path, ("genesis",))
    process = installed.command("up")
    assert process.stdout is not None
    said = ""
    while "password:" not in said and process.poll() is None:
        said += process.stdout.readline()
    assert process.poll() is None, said + process.stdout.read()
    with urllib.request.urlopen(f"http://127.0.0.1:{installed.sandbox + 6}/", timeout=10) as answer:
        assert answer.status == 200
    status, refused = installed.run("sync")
    assert (status, "make up" in refused, "is running in" in refused) == (2, True, True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    free_port(installed.sandbox + 6, "nothing", "nothing")
