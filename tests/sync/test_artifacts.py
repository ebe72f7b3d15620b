"""E, D-5 to D-8: the four tables of a run, out of one night of the small town with SchoolTool, read with other people's programs only."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import ARTIFACTS, Frame
from include.sync.report import report
from include.sync.table_files import formula_safe
from tests.town import Result, Town, town

NAMES = [frame.name for frame in ARTIFACTS]
COLUMNS = {  # what the pages and their downloads show, by requirement
    "filtered_canvas_data": "kind outcome reason_code count",
    "assignments_sync": "canvas_assignment_id assignment_name canvas_section_id section_name sis_section_id sis_assignment_id category due_date "
    "points_possible action status reason_code message sis_error_code scores_sent scores_failed finished_at",
    "grades_log": "canvas_assignment_id assignment_name sis_assignment_id canvas_section_id section_name sis_section_id canvas_user_id sis_user_id "
    "student_name submitted_score excused missing late action status reason_code message sis_error_code finished_at",
    "messages": "severity type message stage canvas_assignment_id assignment_name canvas_user_id student_name canvas_section_id sis_section_id "
    "sis_error_code who next",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), targets=("schooltool",)) as running:
        yield running


@pytest.fixture(scope="module")
def night(place: Town) -> Result:
    """The first night of the town."""
    return place.night("schooltool")


@pytest.fixture(scope="module")
def folder(night: Result) -> Path:
    return Path(night.summary["artifacts"])


@pytest.mark.parametrize("name", NAMES)
def test_e_each_table_stands_there_as_parquet_and_as_csv_with_the_same_rows(folder: Path, name: str) -> None:
    stored = pq.read_table(folder / f"{name}.parquet")
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == stored.column_names
    assert len(rows) == stored.num_rows > 10


@pytest.mark.parametrize("frame", ARTIFACTS, ids=NAMES)
def test_e_each_table_has_its_columns_and_holds_its_contract(folder: Path, frame: Frame) -> None:
    table = pd.read_parquet(folder / f"{frame.name}.parquet")
    assert set(table.columns) == {"run_id", "target", "canvas_course_id", *COLUMNS[frame.name].split()}
    frame.check(frame.conform(table))
    assert set(table["run_id"]) == {"night-1"}
    assert set(table["target"]) == {"schooltool"}


def test_e_ids_are_text_times_are_utc_and_due_dates_are_days(folder: Path) -> None:
    for name in NAMES:
        for field in pq.read_schema(folder / f"{name}.parquet"):
            if field.name.endswith("_id"):
                assert str(field.type) in ("string", "large_string"), f"{name}.{field.name}"
            if field.name.endswith("_at"):
                assert str(field.type) == "timestamp[us, tz=UTC]"
    days = pd.read_parquet(folder / "assignments_sync.parquet")["due_date"].dropna()
    assert days.str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_e_f12_only_the_services_user_may_read_them(folder: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")] if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\n=1"])
def test_e_a_spreadsheet_runs_no_name_as_a_formula(text: str) -> None:
    table = pd.DataFrame({"assignment_name": pd.Series([text, "Quiz -1"], dtype="str"), "submitted_score": [-1.0, 2.0]})
    safe = formula_safe(table)
    assert list(safe["assignment_name"]) == ["'" + text, "Quiz -1"]
    assert list(safe["submitted_score"]) == [-1.0, 2.0]


def test_d6_every_grade_of_the_town_is_either_kept_or_counted_with_a_reason(night: Result) -> None:
    counts = night.table("filtered_canvas_data").groupby(["kind", "outcome"])["count"].sum()
    assert counts["grade", "kept"] == len(night.table("grades_log").query("status != 'withheld'"))
    assert set(night.table("filtered_canvas_data").query("outcome == 'withheld'")["reason_code"]) <= set(CATALOGUE)
    assert night.table("filtered_canvas_data").query("outcome == 'kept'")["reason_code"].isna().all()


def test_d7_each_assignment_tells_its_action_status_and_scores(night: Result) -> None:
    sync, grades = night.table("assignments_sync"), night.table("grades_log")
    sent = sync[sync["status"] == "updated"]
    assert set(sent["action"]) == {"create"}
    assert sent[["sis_assignment_id", "category", "due_date", "finished_at"]].notna().all().all()
    assert sent["scores_sent"].sum() == (grades["status"] == "updated").sum() == night.summary["counts"]["grades"]["sent"]
    assert sent["scores_failed"].sum() == 0
    withheld = sync[sync["status"] == "withheld"]
    assert withheld[["reason_code", "message"]].notna().all().all()
    assert withheld["scores_sent"].sum() == 0


def test_d8_each_grade_names_assignment_section_student_score_and_answer(night: Result) -> None:
    sent = night.table("grades_log").query("status == 'updated'")
    named = ["assignment_name", "sis_assignment_id", "section_name", "sis_section_id", "sis_user_id", "student_name", "submitted_score"]
    assert sent[[*named, "finished_at"]].notna().all().all()
    items = night.table("assignments_sync").set_index(["canvas_assignment_id", "sis_section_id"])["sis_assignment_id"]
    keys = pd.MultiIndex.from_frame(sent[["canvas_assignment_id", "sis_section_id"]])
    assert list(items.reindex(keys)) == list(sent["sis_assignment_id"])


def test_d8_what_the_sis_holds_is_what_the_log_says(place: Town, night: Result) -> None:
    sent = night.table("grades_log").query("status == 'updated'")
    held = pd.concat(
        [place.client("schooltool").read_scores(section, sorted(set(rows["sis_assignment_id"]))) for section, rows in sent.groupby("sis_section_id")]
    )
    both = sent.merge(held, left_on=["sis_assignment_id", "sis_user_id"], right_on=["sis_assignment_id", "sis_student_id"], suffixes=("", "_held"))
    assert len(both) == len(sent)
    assert (both["submitted_score"] == both["score"]).all()
    assert (both["excused"] == both["exempt"]).all()


def test_d5_f5_each_message_says_what_whose_and_what_next(night: Result) -> None:
    messages = night.table("messages")
    assert len(set(messages["type"])) > 10
    assert not messages["message"].str.contains(r"[{}]").any()
    for row in messages.drop_duplicates("type").to_dict("records"):
        entry = CATALOGUE[row["type"]]
        assert (row["severity"], row["who"], row["next"]) == (entry.severity, entry.who, entry.next)
    assert messages.query("type == 'GP-NAME-LONG'")["message"].str.contains(r"\d+ characters; the SIS allows 50").all()
    of_students = messages[messages["type"].str.startswith("GP-STUDENT")]
    assert of_students[["student_name", "section_name"] if "section_name" in of_students else ["student_name"]].notna().all().all()


def test_f5_many_students_with_one_cause_are_one_line_with_a_count(night: Result) -> None:
    count = int((night.table("messages")["type"] == "GP-MISSING-NO-SCORE").sum())
    assert count > 10
    lines = [line for line in report(night.summary) if "GP-MISSING-NO-SCORE" in line]
    assert len(lines) == 1
    assert re.search(rf"\b{count} × GP-MISSING-NO-SCORE", lines[0])
    assert night.summary["codes"]["warning"]["GP-MISSING-NO-SCORE"] == count


def test_f12_the_report_for_the_log_holds_no_name_and_no_id_of_a_person(night: Result) -> None:
    told = "\n".join(report(night.summary))
    grades = night.table("grades_log")
    people = {*grades["student_name"].dropna(), *(name.split(",")[0] for name in grades["student_name"].dropna())}
    assert not [name for name in people if name in told]


def test_a1_canvas_is_only_ever_read(place: Town, night: Result) -> None:
    assert night.sent > 100
    assert place.writes("canvas") == []
