"""Retention: what is past its time goes, with its folder; everything else stays (D-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import insert, update

from include.canvas.kept import Lists
from include.canvas.shelf import Shelf
from include.district import District, load_district
from include.district_file import Extract
from include.errors import UnavailableError
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from include.sync import history, kept_reads, state
from include.sync.housekeeping import tidy
from include.sync.run import Run
from include.sync.run_key import RunKey
from include.sync.tables import RUNS

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
_TARGET = {"sis": "genesis", "connection": "g", "canvas_account": "11"}


@pytest.fixture(params=["folder", "memory"])
def district(request: pytest.FixtureRequest, tmp_path: Path) -> District:
    """A district with an empty state database, its artifacts in a folder or in another store."""
    root = str(tmp_path / "artifacts") if request.param == "folder" else f"memory://{tmp_path.name}/artifacts"
    told = {"time_zone": "America/New_York", "canvas": {"connection": "c"}, "artifacts": root, "targets": {"genesis": _TARGET}}
    path = tmp_path / "district.yaml"
    path.write_text(yaml.safe_dump(told | {"retention": {"completed_days": 3, "failed_days": 5}}), encoding="utf-8")
    found = load_district(path)
    state.upgrade(found.state)
    return found


def ended(district: District, run_id: str, status: str, days: float) -> RunFolder:
    """A run that ended so long ago, and its folder."""
    run = Run(district, "genesis", run_id, "nightly", "test", NOW - timedelta(days=days))
    history.start(state.engine(district.state), run, COURSES.empty())
    with state.writing(state.engine(district.state)) as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(status=status, updated_at=NOW - timedelta(days=days)))
    run.folder.write_json("summary", {})
    run.folder.child("work").write_json("batches", {})
    return run.folder


def names(district: District) -> list[str]:
    return RunFolder(district.artifacts_root()).child("genesis").names()


def test_d2_runs_past_their_time_go_with_their_folders(district: District) -> None:
    for number, (status, days) in enumerate([("Completed", 2), ("Completed", 4), ("Failed", 4), ("Failed", 6), ("Running", 6)]):
        ended(district, RunKey("grade_sync_genesis", "nightly", f"manual__2026-11-0{number}T01:00:00+00:00").name, status, days)
    assert tidy(district, NOW) == {"runs": 3, "folders": 3, "strays": 0, "kept-reads": 0}
    assert [name.rpartition("-")[0] for name in names(district)] == [f"nightly-manual-2026-11-0{number}t01-00-00-00-00" for number in (0, 2)]
    assert {row["status"] for row in history.recent(state.engine(district.state)).rows} == {"Completed", "Failed"}
    assert tidy(district, NOW) == {"runs": 0, "folders": 0, "strays": 0, "kept-reads": 0}


def old_run(district: District, run_id: str, days: float) -> None:
    """A run as it was listed before runs had names: under Airflow's own ID, its folder without what a path cannot hold."""
    at = NOW - timedelta(days=days)
    row = {"target": "genesis", "run_id": run_id, "mode": "nightly", "posted_by": "schedule", "started_at": at, "updated_at": at}
    with state.writing(state.engine(district.state)) as connection:
        connection.execute(insert(RUNS), row | {"stage": "close", "status": "Completed", "preview": False})
    RunFolder(district.artifacts_root()).child("genesis").child(run_id.replace(":", "-").replace("+", "-")).write_json("summary", {})


def test_i1_a_run_from_before_names_goes_with_its_folder_unless_a_listed_run_shares_it(district: District) -> None:
    for run_id, days in (("manual__01:00", 9), ("scheduled__02:00", 9), ("scheduled__02+00", 1), ("scheduled__03:00", 1)):
        old_run(district, run_id, days)
    assert tidy(district, NOW) == {"runs": 2, "folders": 1, "strays": 0, "kept-reads": 0}
    assert names(district) == ["scheduled__02-00", "scheduled__03-00"]


def test_d2_a_folder_without_a_run_goes_once_it_is_old(district: District) -> None:
    ended(district, "night-1", "Completed", 1)
    history.forget(state.engine(district.state), NOW, timedelta(0), timedelta(0))
    assert tidy(district, datetime.now(UTC) + timedelta(days=4))["strays"] == 0
    assert tidy(district, datetime.now(UTC) + timedelta(days=6))["strays"] == 1
    assert names(district) == []


def test_what_is_no_runs_folder_stays(district: District) -> None:
    other = RunFolder(district.artifacts_root())
    for place in (other.child("genesis").child("notes"), other.child("elsewhere").child("night-1").child("work")):
        place.write_json("kept", {})
    assert tidy(district, datetime.now(UTC) + timedelta(days=600))["strays"] == 0
    assert other.names() == ["elsewhere", "genesis"]
    assert names(district) == ["notes"]


def test_f5_a_folder_that_cannot_be_removed_is_told_and_its_run_stays_listed(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ended(district, "night-1", "Completed", 9)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(type(folder.root.fs), "rm", refused)
    with pytest.raises(UnavailableError, match=r"could not be removed \(PermissionError\); allow this service to delete"):
        tidy(district, NOW)
    assert history.recent(state.engine(district.state)).total == 1


def kept_files(district: District, target: str) -> Shelf:
    """The files of two courses."""
    shelf = kept_reads.shelf(district, target)
    for course in ("501", "502"):
        shelf.save_lists(course, Lists(made_with="", listing="", given="", day=0, sections=[], groups=[], assignments=[]))
    return shelf


def keeping(district: District, full_every: int = 2) -> District:
    """The same district, whose target reads in the listed mode."""
    entry = replace(district.target("genesis"), extract=Extract(mode="listed", full_every=full_every))
    return replace(district, targets={"genesis": entry})


def test_d2_what_was_kept_goes_once_no_night_reads_the_course(district: District) -> None:
    shelf = kept_files(district := keeping(district), "genesis")
    assert tidy(district, datetime.now(UTC) + timedelta(days=2))["kept-reads"] == 0
    assert shelf.courses() == ["501", "502"]
    assert tidy(district, datetime.now(UTC) + timedelta(days=4))["kept-reads"] == 2
    assert shelf.courses() == []


def test_d2_lists_are_kept_for_as_long_as_a_course_may_go_without_being_read_fully(district: District) -> None:
    shelf = kept_files(district := keeping(district, 31), "genesis")
    assert tidy(district, datetime.now(UTC) + timedelta(days=31))["kept-reads"] == 0
    assert tidy(district, datetime.now(UTC) + timedelta(days=33))["kept-reads"] == 2
    assert shelf.courses() == []


def test_d2_scores_that_the_removed_mode_kept_go_at_once(district: District) -> None:
    shelf = kept_files(district := keeping(district), "genesis")
    with shelf.folder.create("503.parquet") as file:
        file.write(b"scores")
    assert tidy(district, datetime.now(UTC))["kept-reads"] == 1
    assert shelf.courses() == ["501", "502"]


@pytest.mark.parametrize("target", ["genesis", "gone"])
def test_d2_nothing_is_kept_for_a_target_that_reads_fully_or_is_gone(district: District, target: str) -> None:
    shelf = kept_files(district, target)
    assert tidy(district, datetime.now(UTC))["kept-reads"] == 2
    assert shelf.courses() == []
