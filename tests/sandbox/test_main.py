"""The sandbox's command: six servers in one process, kept state, a day for all of them, and clear words for wrong options."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox.__main__ import main
from include.sandbox.systems import SYSTEMS

ROOT = Path(__file__).parents[2]
OPTIONS = ("--size", "small", "--today", "2026-11-13")


@contextmanager
def sandbox(*options: str, end: signal.Signals = signal.SIGTERM) -> Iterator[dict[str, str]]:
    """A running sandbox's addresses by system; it is stopped by a signal at the end, and must then answer 0."""
    command = [sys.executable, "-m", "include.sandbox", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        addresses: dict[str, str] = {}
        for line in process.stdout:
            if line.startswith("ready"):
                break
            name, address = line.split()
            addresses[name] = address
        yield addresses
    finally:
        process.send_signal(end)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def state(address: str) -> Any:
    return requests.get(f"{address}/_sandbox/state", timeout=10).json()


def students(address: str) -> Any:
    """The roster of every section, whichever SIS it is."""
    told = state(address)
    return {one: section["students"] for one, section in told.get("sections", told).items()}


def test_all_six_answer_and_a_day_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with sandbox(*OPTIONS, "--state", str(folder)) as there:
        assert tuple(there) == SYSTEMS
        for name, address in there.items():
            assert requests.get(f"{address}/_sandbox/health", timeout=10).json()["system"] == name
        rosters = {name: students(there[name]) for name in SYSTEMS[1:]}
        day = requests.post(f"{there['canvas']}/_sandbox/day", timeout=20).json()
        assert day["day"] == 1
        assert day["changes"] > 100
        for name in SYSTEMS[1:]:  # the registrar moved one student in every SIS
            moved = {one: now for one, now in students(there[name]).items() if now != rosters[name][one]}
            assert sorted(len(now) - len(rosters[name][one]) for one, now in moved.items()) == [-1, 1]
        before = {name: state(address) for name, address in there.items()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    with sandbox("--state", str(folder), end=signal.SIGINT) as there:
        assert {name: state(address) for name, address in there.items()} == before


def test_lenient_oneroster_servers_need_no_vendor_key_and_no_category(tmp_path: Path) -> None:
    with sandbox(*OPTIONS, "--lenient") as there:
        root = there["infinite_campus"]
        login = ("infinite_campus-client", "infinite_campus-secret")
        token = requests.post(f"{root}/token", data={"grant_type": "client_credentials"}, auth=login, timeout=10).json()["access_token"]
        below, headers = f"{root}/ims/oneroster/gradebook/v1p2", {"Authorization": f"Bearer {token}"}
        item = {"sourcedId": "x", "title": "x" * 99, "class": {"sourcedId": next(iter(state(root)))}}
        assert requests.put(f"{below}/lineItems/x", json={"lineItem": item}, headers=headers, timeout=10).status_code == 201


def test_a_state_folder_keeps_to_its_beginning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.json").write_text('{"seed": 7, "size": "small", "courses": 0, "students": 0, "today": "2026-11-13"}')
    assert main(["--port", "0", "--state", str(tmp_path), "--seed", "8"]) == 2
    assert "--seed 8" in (told := capsys.readouterr().err)
    assert "began with 7" in told


def test_a_broken_state_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.json").write_text("{")
    assert main(["--port", "0", "--state", str(tmp_path)]) == 2
    assert "world.json cannot be read" in capsys.readouterr().err


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), *OPTIONS]) == 2
    assert f"port {port} for canvas cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--port", "80"), "'80' is no port; allowed: 1024 to 65530, or 0"),
        (("--size", "tiny"), "invalid choice: 'tiny'"),
        (("--courses", "0"), "'0' is no count"),
        (("--today", "13.11.2026"), "'13.11.2026' is no date; allowed: YYYY-MM-DD"),
    ],
)
def test_wrong_options_say_what_is_allowed(options: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert told in capsys.readouterr().err
