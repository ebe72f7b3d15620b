"""The run folder: frames and facts as they were written, at once or not at all, and for the owner alone."""

import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from upath import UPath

from include.errors import ConfigError, DataError
from include.gradebook.schemas import ASSIGNMENTS, CANVAS_FRAMES, Frame
from include.run_folder import RunFolder


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    place = str(tmp_path / "runs") if request.param == "local" else f"memory://{tmp_path}/runs"
    return RunFolder.at(place).child("genesis").child("manual__2026-10-01T00:00:00+00:00")


def sentinels(frame: Frame) -> pd.DataFrame:
    """Two rows: one with a value of its own in each column, one with nothing where that is allowed."""
    of = {
        "text": "text-{}",
        "date": "2026-09-{:02d}",
        "time": "2026-09-18T03:59:{:02d}.000001Z",
        "number": 0.1,
        "count": 9007199254740993,
        "flag": True,
    }
    full = {
        name: of[col.kind].format(at + 1) if isinstance(of[col.kind], str) else of[col.kind] for at, (name, col) in enumerate(frame.columns.items())
    }
    bare = {name: None if col.empty else full[name] for name, col in frame.columns.items()}
    return frame.of([full, bare])


@pytest.mark.parametrize("frame", CANVAS_FRAMES, ids=lambda frame: frame.name)
def test_a_frame_comes_back_equal_with_its_types(folder: RunFolder, frame: Frame) -> None:
    written = sentinels(frame)
    folder.write_frame("one", written)
    folder.write_frame("none", frame.empty())
    pd.testing.assert_frame_equal(folder.read_frame("one"), written, check_exact=True)
    pd.testing.assert_frame_equal(frame.check(folder.read_frame("none")), frame.empty())


def test_some_columns_can_be_read_alone(folder: RunFolder) -> None:
    folder.write_frame("assignments", sentinels(ASSIGNMENTS))
    assert list(folder.read_frame("assignments", ["name"]).columns) == ["name"]


def test_json_names_and_existence(folder: RunFolder) -> None:
    assert folder.names() == []
    folder.write_json("counts", {"rows": 3, "name": "Zoë"})
    folder.child("batch-000").write_json("counts", [1])
    assert folder.read_json("counts") == {"rows": 3, "name": "Zoë"}
    assert folder.names() == ["batch-000", "counts.json"]
    assert folder.exists("counts")
    assert folder.exists("batch-000")
    assert not folder.exists("other")


def test_what_fails_half_way_leaves_the_old_file_and_no_draft(folder: RunFolder) -> None:
    folder.write_json("counts", 1)

    def fail() -> None:
        with folder.create("counts.json") as file:
            file.write(b"[1,")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail()
    assert folder.read_json("counts") == 1
    assert [path.name for path in folder.root.iterdir()] == ["counts.json"]


def test_a_written_file_is_replaced(folder: RunFolder) -> None:
    folder.write_json("counts", 1)
    folder.write_json("counts", 2)
    assert folder.read_json("counts") == 2


def test_f12_local_files_belong_to_the_service_alone(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        folder = RunFolder(UPath(tmp_path / "artifacts" / "run"))
        folder.write_json("counts", 1)
        with folder.create("raw/answers.jsonl") as file:
            file.write(b"{}")
    finally:
        os.umask(before)
    made = [tmp_path / "artifacts", *(tmp_path / "artifacts").rglob("*")]
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in made}
    assert modes == {
        "artifacts": 0o700,
        "artifacts/run": 0o700,
        "artifacts/run/counts.json": 0o600,
        "artifacts/run/raw": 0o700,
        "artifacts/run/raw/answers.jsonl": 0o600,
    }


def test_a_file_url_is_local_too(tmp_path: Path) -> None:
    RunFolder.at(f"file://{tmp_path}/artifacts").write_json("counts", 1)
    assert stat.S_IMODE((tmp_path / "artifacts" / "counts.json").stat().st_mode) == 0o600


def test_what_is_not_there_is_named(folder: RunFolder) -> None:
    with pytest.raises(DataError, match=r"sections\.parquet does not exist"):
        folder.read_frame("sections")


@pytest.mark.parametrize("name", ["../other", "a/../../b", "/etc", "", "s3://bucket", "a\\b"])
def test_names_cannot_lead_out_of_the_folder(folder: RunFolder, name: str) -> None:
    with pytest.raises(ConfigError, match="is not a valid name inside a run folder"):
        folder.child(name)
