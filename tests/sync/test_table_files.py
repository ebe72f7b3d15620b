"""Tables joined out of their parts are those that would have been written as a whole (E, D-7)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import DataError
from include.gradebook.schemas import GRADES_LOG
from include.run_folder import RunFolder
from include.sync.table_files import join_tables, write_tables

NAME = GRADES_LOG.name
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12) | st.sampled_from(["=1+1", 'a "b"\r\nc', "é\n", ","])
ROW = st.fixed_dictionaries({
    "run_id": st.just("r"), "target": st.just("genesis"), "canvas_course_id": TEXTS, "status": st.sampled_from(["updated", "failed"]),
    "student_name": st.none() | TEXTS, "submitted_score": st.none() | st.floats(0, 100), "finished_at": st.none() | st.just("2026-11-13T05:00:00Z"),
})  # fmt: skip


def folders(root: Path, parts: list[list[dict[str, object]]]) -> list[RunFolder]:
    places = [RunFolder.at(root / f"part-{number}") for number in range(len(parts))]
    for place, rows in zip(places, parts, strict=True):
        write_tables(place, {NAME: GRADES_LOG.of(rows)})
    return places


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(ROW, max_size=4), min_size=1, max_size=4))
def test_d7_parts_joined_are_byte_for_byte_the_whole(parts: list[list[dict[str, object]]]) -> None:
    with TemporaryDirectory() as name:
        joined, whole = RunFolder.at(Path(name) / "joined"), RunFolder.at(Path(name) / "whole")
        join_tables(joined, [NAME], folders(Path(name), parts))
        frame = GRADES_LOG.of([row for part in parts for row in part])
        write_tables(whole, {NAME: frame})
        assert joined.path(f"{NAME}.csv").read_bytes() == whole.path(f"{NAME}.csv").read_bytes()
        pd.testing.assert_frame_equal(joined.read_frame(NAME), frame)


def test_each_part_is_a_row_group_of_its_own_and_an_empty_one_is_none(tmp_path: Path) -> None:
    rows = [{"run_id": "r", "target": "genesis", "canvas_course_id": str(number), "status": "updated"} for number in range(5)]
    join_tables(RunFolder.at(tmp_path / "joined"), [NAME], folders(tmp_path, [[], rows[:2], [], rows[2:]]))
    told = pq.ParquetFile(tmp_path / "joined" / f"{NAME}.parquet")
    assert [told.metadata.row_group(number).num_rows for number in range(told.num_row_groups)] == [2, 3]


def test_a_part_that_is_not_there_is_named_and_no_half_table_is_left(tmp_path: Path) -> None:
    there = folders(tmp_path, [[]])
    with pytest.raises(DataError, match="part-9"):
        join_tables(RunFolder.at(tmp_path / "joined"), [NAME], [*there, RunFolder.at(tmp_path / "part-9")])
    assert RunFolder.at(tmp_path / "joined").names() == []
