"""The list of runs: what it shows, in which order, and for how long (D-1 to D-3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, select, update

from include.errors import ConfigError
from include.gradebook.schemas import ARTIFACTS, ASSIGNMENTS_SYNC, COURSES, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES
from include.sync import history, state
from include.sync.run_key import RunKey
from include.sync.tables import RUN_COURSES, RUNS
from include.sync.tally import COUNTS, tally

NOW = datetime(2026, 9, 21, 1, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    target: str = "genesis"
    run_id: str = "run-1"
    mode: str = "nightly"
    posted_by: str = "schedule"
    now: datetime = NOW
    preview: bool = False
    origin: RunKey | None = None


def courses(*ids: str) -> pd.DataFrame:
    return COURSES.of([{"canvas_course_id": course, "name": f"Course {course}", "workflow_state": "available"} for course in ids])


def artifacts(**rows: list[dict[str, object]]) -> dict[str, pd.DataFrame]:
    return {frame.name: frame.of(rows.get(frame.name, [])) for frame in ARTIFACTS}


def done(status: str = history.COMPLETED) -> dict[str, object]:
    return {"status": status, "artifacts": "artifacts/genesis/run-1"}


BUILT = artifacts(
    filtered_canvas_data=[
        {"canvas_course_id": "7", "kind": "assignment", "outcome": "kept", "count": 3},
        {"canvas_course_id": "7", "kind": "assignment", "outcome": "withheld", "reason_code": "GP-NOT-GRADED", "count": 2},
        {"canvas_course_id": "7", "kind": "grade", "outcome": "kept", "count": 90},
        {"canvas_course_id": "8", "kind": "section", "outcome": "kept", "count": 1},
    ],
    assignments_sync=[{"canvas_course_id": "7", "status": status} for status in ("updated", "unchanged", "failed", "unknown", "withheld")],
    grades_log=[{"canvas_course_id": "7", "status": status} for status in ("updated", "updated", "failed", "withheld")],
    messages=[{"canvas_course_id": "7", "severity": severity} for severity in ("warning", "warning", "error")],
)


def test_d1_counts_per_course_what_took_part_and_nothing_that_was_withheld() -> None:
    counted = tally(BUILT)
    assert counted.loc["7"].to_dict() == dict(zip(COUNTS, (3, 4, 2, 3, 2, 2, 1), strict=True))
    assert counted.loc["8"].to_dict() == dict.fromkeys(COUNTS, 0)


def test_counts_of_nothing_are_an_empty_table() -> None:
    assert tally(artifacts()).shape == (0, len(COUNTS))


def test_d1_a_run_is_listed_from_its_start_to_its_end(database: Engine) -> None:
    run = Run()
    history.start(database, run, courses("7", "8"))
    (row,) = history.recent(database).rows
    shown = {name: row[name] for name in ("target", "mode", "posted_by", "started_at", "stage", "status", "courses", "preview")}
    assert shown == {
        "target": "genesis", "mode": "nightly", "posted_by": "schedule", "started_at": NOW, "stage": "choose", "status": "Running", "courses": 2,
        "preview": False,
    }  # fmt: skip
    history.reach(database, run, "load")
    assert history.one(database, "genesis", "run-1")["stage"] == "load"
    history.finish(database, run, done(history.WITH_ERRORS), tally(BUILT))
    row = history.one(database, "genesis", "run-1")
    assert (row["status"], row["artifacts"], row["courses"]) == ("Completed with errors", "artifacts/genesis/run-1", 2)
    assert [row[name] for name in COUNTS] == [3, 4, 2, 3, 2, 2, 1]
    assert row["updated_at"] > row["started_at"]


def test_d3_each_course_has_its_own_result(database: Engine) -> None:
    run = Run()
    history.start(database, run, courses("7", "8", "9"))
    history.finish(database, run, done(history.FAILED), tally(BUILT))
    told = {row["canvas_course_id"]: (row["name"], row["status"], row["sis_grades"]) for row in history.courses_of(database, "genesis", "run-1")}
    assert told == {"7": ("Course 7", "Completed with errors", 3), "8": ("Course 8", "Completed", 0), "9": ("Course 9", "Failed", 0)}


def test_a_run_whose_start_was_not_noted_is_listed_all_the_same(database: Engine) -> None:
    history.finish(database, Run(), done(), tally(BUILT))
    (row,) = history.recent(database).rows
    assert (row["status"], row["courses"], row["started_at"]) == ("Completed", 2, NOW)


def test_a_retried_start_or_end_stays_one_run(database: Engine) -> None:
    for _ in range(2):
        history.start(database, Run(), courses("7"))
    for _ in range(2):
        history.finish(database, Run(), done(), tally(BUILT))
    assert history.recent(database).total == 1
    assert history.one(database, "genesis", "run-1")["sis_assignments"] == 4


def test_runs_of_two_targets_may_have_the_same_id(database: Engine) -> None:
    history.start(database, Run(), courses("7"))
    history.start(database, Run(target="synergy"), courses("8"))
    history.finish(database, Run(target="synergy"), done(), tally(artifacts()))
    assert history.one(database, "genesis", "run-1")["status"] == "Running"
    assert [row["status"] for row in history.courses_of(database, "synergy", "run-1")] == ["Failed"]


def test_d1_newest_ten_a_page(database: Engine) -> None:
    for number in range(23):
        history.start(database, Run(run_id=f"run-{number:02d}", now=NOW + timedelta(days=number)), courses("7"))
    pages = [history.recent(database, page=number) for number in (1, 2, 3, 4)]
    assert [[row["run_id"] for row in page.rows][:1] for page in pages] == [["run-22"], ["run-12"], ["run-02"], []]
    assert [len(page.rows) for page in pages] == [10, 10, 3, 0]
    assert {(page.pages, page.total) for page in pages} == {(3, 23)}


def test_d1_of_one_target_or_one_course(database: Engine) -> None:
    history.start(database, Run(), courses("7", "8"))
    history.start(database, Run(run_id="run-2"), courses("8"))
    history.start(database, Run(target="synergy"), courses("9"))
    assert [row["run_id"] for row in history.recent(database, target="synergy").rows] == ["run-1"]
    assert [row["run_id"] for row in history.recent(database, "genesis", course="7").rows] == ["run-1"]
    assert history.recent(database, course="8").total == 2
    assert history.recent(database, course="nobody").pages == 1


@pytest.mark.parametrize(("page", "size"), [(0, 10), (1, 0), (1, 1001), (-1, 10)])
def test_a_page_that_cannot_be_is_refused(database: Engine, page: int, size: int) -> None:
    with pytest.raises(ConfigError, match="Use pages from 1 on, with 1 to 1000 rows each"):
        history.recent(database, page=page, size=size)


def test_d2_successful_runs_stay_7_days_all_others_14(database: Engine) -> None:
    runs = [
        (f"{status}-{days}", status, days)
        for status in (history.COMPLETED, history.WITH_ERRORS, history.FAILED, history.RUNNING)
        for days in (6, 8, 13, 15)
    ]
    for run_id, status, days in runs:
        run = replace(Run(), run_id=run_id)
        history.start(database, run, courses("7"))
        with state.writing(database) as connection:
            connection.execute(
                update(RUNS).where(RUNS.c.run_id == run_id).values(status=status, updated_at=NOW - timedelta(days=days), artifacts="a")
            )
    gone = history.forget(database, NOW)
    assert sorted(run.run_id for run in gone) == sorted(
        ["Completed-8", "Completed-13", "Completed-15", "Completed with errors-15", "Failed-15", "Running-15"]
    )
    assert {(run.target, run.artifacts) for run in gone} == {("genesis", "a")}
    left = {row["run_id"] for row in history.recent(database, size=100).rows}
    assert left == {run_id for run_id, _, _ in runs} - {run.run_id for run in gone}
    with database.connect() as connection:
        assert set(connection.execute(select(RUN_COURSES.c.run_id)).scalars()) == left


def test_d2_both_times_can_be_set(database: Engine) -> None:
    history.finish(database, Run(), done(), tally(BUILT))
    assert history.forget(database, datetime.now(UTC) + timedelta(hours=2), successful=timedelta(hours=3)) == []
    assert len(history.forget(database, datetime.now(UTC) + timedelta(hours=2), successful=timedelta(hours=1))) == 1


def test_the_frames_of_these_tests_are_those_of_the_product() -> None:
    assert set(BUILT) == {frame.name for frame in (FILTERED_CANVAS_DATA, ASSIGNMENTS_SYNC, GRADES_LOG, MESSAGES)}
