"""The pages open although a target's entry or its connection is wrong, and name it (I-9)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from tests.web.pages import Place

PAGES = ("history", "sync", "remaster", "reconcile", "explain", "schedules", "courses", "categories", "rules", "connections")


@pytest.fixture
def broken(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A viewer of a district in which the entry of one target is wrong, and neither connection exists."""
    held = yaml.safe_load(place.file.read_text(encoding="utf-8"))
    held["targets"]["synergy"]["schedule"] = "0 1 31 2 *"
    file = tmp_path / "district.yaml"
    file.write_text(yaml.safe_dump(held), encoding="utf-8")
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(file))
    for name in ("CANVAS", "SYNERGY", "POWERSCHOOL"):
        monkeypatch.delenv(f"AIRFLOW_CONN_{name}_DEFAULT", raising=False)
    return place.visitor()


@pytest.mark.parametrize("page", PAGES)
def test_i9_every_page_opens_and_names_the_target_that_does_not_run(broken: TestClient, page: str) -> None:
    answer = broken.get(f"/gradesync/{page}")
    assert answer.status_code == 200, answer.text
    assert "Nothing is synced to synergy because its entry in the district file is not valid." in answer.text
    assert "is a day that never occurs" in answer.text


def test_i9_the_runs_of_a_target_with_a_wrong_entry_stay_visible(broken: TestClient) -> None:
    assert "night-12" in broken.get("/gradesync/history").text


def test_i9_a_good_district_file_has_no_such_note(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(place.file))
    assert "Nothing is synced to" not in place.visitor().get("/gradesync/history").text
