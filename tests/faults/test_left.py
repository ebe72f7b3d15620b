"""Two killed runs count as one only where nothing that lasts tells them apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from faults.left import left
from faults.scene import Scene


def digest(folder: Path, outcome: str = "unknown", at: str = "2026-09-20 01:15:00.5", rows: int = 3, scores: int = 2, file: str = "planned") -> str:
    """Of a scene with one ledger row, one file of the run folder and one request."""
    (folder / "artifacts").mkdir(parents=True)
    (folder / "artifacts" / "started.json").write_text(f"{file} {at}")
    (folder / "artifacts" / ".draft.0815").write_text(str(folder))
    with closing(sqlite3.connect(folder / "state.db")) as connection, connection:
        connection.execute("CREATE TABLE ledger (outcome TEXT, finished_at TEXT)")
        connection.execute("INSERT INTO ledger VALUES (?, ?)", (outcome, at))
    told: dict[str, Any] = {"log": [{"path": "/results", "rows": rows}, {"path": "/token", "rows": 0}], "state": {"scores": scores}}
    town = SimpleNamespace(admin=lambda _, what: told[what])
    scene = SimpleNamespace(place=SimpleNamespace(target="genesis"), town=town, database=str(folder / "state.db"), folder=folder)
    return left(cast("Scene", scene))


def test_moments_and_drafts_tell_nothing_apart(tmp_path: Path) -> None:
    assert digest(tmp_path / "one") == digest(tmp_path / "other", at="2026-09-20 07:59:03")


@pytest.mark.parametrize("differs", [{"outcome": "accepted"}, {"rows": 4}, {"scores": 1}, {"file": "valid"}], ids=["ledger", "log", "sis", "file"])
def test_what_lasts_does(tmp_path: Path, differs: dict[str, Any]) -> None:
    assert digest(tmp_path / "one") != digest(tmp_path / "other", **differs)
