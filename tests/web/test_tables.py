"""Log tables straight from Parquet: pages, order, conditions, CSV; on a local disk and elsewhere; nothing that a person typed becomes SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from upath import UPath

from include.errors import ConfigError, DataError
from include.gradebook.schemas import GRADES_LOG
from include.run_folder import RunFolder
from plugins.gradesync_airflow.web.tables import Only, Table
from tests.web.pages import Run, grade, tables

ROWS = tables(Run("synergy", "night"), 25)["grades_log"]


@pytest.fixture(params=["plain", 'it\'s a "folder"', "memory"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Table:
    """The grades log on a disk, in a folder with an awkward name, and on a store that is no disk."""
    place = UPath(f"memory://{tmp_path.name}") if request.param == "memory" else UPath(tmp_path / request.param)
    RunFolder.at(place).write_frame("grades_log", ROWS)
    return Table(place / "grades_log.parquet", GRADES_LOG)


def test_pages_hold_every_row_once_and_a_page_past_the_end_is_the_last(table: Table) -> None:
    pages = [table.page([], "section_name", number=number) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [10, 10, 5, 5]
    assert {row["canvas_user_id"] for page in pages[:3] for row in page.rows} == set(ROWS["canvas_user_id"])
    assert (pages[3].number, pages[3].total) == (3, 25)


def test_empty_cells_come_last_in_both_directions(table: Table) -> None:
    for descending in (False, True):
        assert table.page([], "message", descending).rows[0]["message"] is not None


def test_csv_and_pages_at_the_same_time(table: Table) -> None:
    rows = table.csv([Only("like", ("student_name",), "STUDENT")])
    next(rows)
    assert table.page([]).total == 25
    assert b"".join(rows).count(b"\n") == 24


def test_what_a_person_typed_is_a_value(table: Table) -> None:
    for typed in ("' OR 1=1 --", '"; DROP TABLE x', "%", "_", "\\"):
        assert table.page([Only("like", ("student_name",), typed)]).total == 0
        assert table.page([Only("is", ("status",), typed)]).total == 0
    with pytest.raises(ConfigError, match="has no column"):
        table.page([], 'status" DESC; --')
    with pytest.raises(ConfigError, match="has no column"):
        table.page([Only("is", ("1=1 --",), "x")])


def test_times_and_numbers_come_back_as_they_were(table: Table) -> None:
    row = table.page([Only("is", ("canvas_user_id",), "U004")]).rows[0]
    assert (row["finished_at"], row["submitted_score"], row["late"]) == (grade(4)["finished_at"], 4.0, False)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"grades_log\.parquet of this run is not there"):
        Table(UPath(tmp_path / "grades_log.parquet"), GRADES_LOG)
