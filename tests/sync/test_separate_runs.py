"""Every run is separate: two DAGs, two kinds of run, two spellings of an ID share no folder, no row, no lease, and no plan (I-1)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from upath import UPath

from include.district import load_district
from include.errors import ConfigError, DataError
from include.run_folder import RunFolder
from include.sync import history, leases, listing, reconciling, stages, state
from include.sync.close import close
from include.sync.leases import CourseBusyError
from include.sync.run import Run
from include.sync.run_identity import own_folder
from include.sync.run_key import RunKey, folder_name
from include.sync.tables import LEDGER_ASSIGNMENTS, RUNS
from tests.town import Town, town

T = "genesis"
SAME_MOMENT = "scheduled__2026-11-30T01:00:00+00:00"
NIGHT = RunKey("grade_sync_genesis", "nightly", SAME_MOMENT)
COMPARE = RunKey("grade_reconcile_genesis", "reconcile", SAME_MOMENT)
IDS = st.text(max_size=250) | st.sampled_from([
    SAME_MOMENT, SAME_MOMENT.replace("+", ":"), SAME_MOMENT.lower(), SAME_MOMENT + ".", SAME_MOMENT + " ", "..", "", "%2F", "/", "a" * 250, "a" * 249,
    "ÄÖ", "äö", "CON", "con", "nul.", "\ud800",
])  # fmt: skip
KEYS = st.builds(RunKey, st.sampled_from(["grade_sync_genesis", "grade_reconcile_genesis"]), st.sampled_from(["nightly", "reconcile"]), IDS)


@given(KEYS)
@example(RunKey("d" * 250, "on_demand", "x" * 250))
def test_i1_a_name_is_one_short_folder_on_every_file_system(key: RunKey) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*[a-z0-9]", key.name)
    assert len(key.name) <= 100
    assert folder_name(key.name) == key.name == RunKey(key.dag_id, key.kind, key.dag_run_id).name


@given(KEYS, KEYS)
def test_i1_two_keys_never_share_a_name_nor_what_artifacts_call_them(one: RunKey, other: RunKey) -> None:
    assert (one.name.lower() == other.name.lower()) == (one == other)
    assert one == other or one.shown != other.shown or one.kind != other.kind


def test_i1_an_admin_reads_the_kind_and_the_time_in_a_name() -> None:
    assert NIGHT.name.startswith("nightly-scheduled-2026-11-30t01-00-00-00-00-")
    assert NIGHT.shown == f"grade_sync_genesis/{SAME_MOMENT}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with one SIS and one synced night."""
    with town(tmp_path_factory.mktemp("separate"), targets=(T,)) as made:
        made.night(T)
        yield made


def started(place: Town, key: RunKey, **more: object) -> Run:
    """A run as its tasks see it, started by Airflow."""
    return replace(place.run(T, key.kind, **more), run_id=key.name, origin=key)


def course_of(place: Town) -> str:
    """The Canvas ID of a course that was synced."""
    with state.engine(load_district(place.file).state).connect() as connection:
        return str(connection.execute(select(LEDGER_ASSIGNMENTS.c.canvas_course_id).limit(1)).scalar_one())


def edit_in_sis(place: Town, course: str) -> tuple[str, str]:
    """A teacher types 1.0 for a score that was sent; its SIS assignment and student."""
    night = place.night(T, "on_demand", courses=(course,))
    row = next(night.table("grades_log").query("status == 'unchanged'").itertuples())
    place.admin(T, "teacher", "POST", json={"do": "edit_score", "id": row.sis_assignment_id, "student": row.sis_user_id, "score": 1.0})
    return str(row.sis_assignment_id), str(row.sis_user_id)


def test_i1_a_sync_and_a_reconcile_of_the_same_moment_share_nothing_and_the_repair_plan_is_not_sent(place: Town) -> None:
    course = course_of(place)
    edit_in_sis(place, course)
    night, compare = started(place, NIGHT, courses=(course,)), started(place, COMPARE, courses=(course,), preview=True)
    place.forget_log(T)
    batches = stages.choose(night, place.canvas())
    assert stages.choose(compare, place.canvas()) == batches
    for run, plan in ((night, stages.transform), (compare, reconciling.compare)):
        for batch in batches:
            stages.extract(run, batch, place.canvas())
            stages.filter_rows(run, batch)
            plan(run, batch, place.client(T))
            stages.validate(run, batch)
    for batch in batches:
        stages.load(night, batch, place.client(T))
        reconciling.load(compare, batch, place.client(T))
        stages.publish(night, batch)
        reconciling.publish(compare, batch)
    told, compared = close(night), reconciling.close(compare)
    assert place.writes(T) == []
    assert compared["verdicts"]["grade"]["edited"] == 1
    assert told["artifacts"] != compared["artifacts"]
    engine = state.engine(night.district.state)
    rows = {row["dag_id"]: (row["mode"], row["artifacts"]) for row in listing.listed(engine, listing.Wanted((T,)), size=50).rows if row["dag_id"]}
    assert rows == {"grade_sync_genesis": ("nightly", told["artifacts"]), "grade_reconcile_genesis": ("reconcile", compared["artifacts"])}
    assert {row["dag_run_id"] for row in listing.of_dag_run(engine, NIGHT.dag_id, SAME_MOMENT, (T,))} == {SAME_MOMENT}
    log = RunFolder.at(told["artifacts"]).read_frame("grades_log")
    assert set(log["run_id"]) == {f"grade_sync_genesis/{SAME_MOMENT}"}


def test_i1_a_plan_that_was_copied_from_another_run_is_not_sent(place: Town) -> None:
    course = course_of(place)
    edit_in_sis(place, course)
    night = started(place, replace(NIGHT, dag_run_id="night-copied"), courses=(course,))
    repair = started(place, replace(COMPARE, dag_run_id="night-copied"), courses=(course,), preview=True)
    for run, plan in ((night, stages.transform), (repair, reconciling.compare)):
        for batch in stages.choose(run, place.canvas()):
            stages.extract(run, batch, place.canvas())
            stages.filter_rows(run, batch)
            plan(run, batch, place.client(T))
            stages.validate(run, batch)
    place.forget_log(T)
    batch = next(iter(night.batches()))
    shutil.copytree(repair.batch_folder(batch).path("valid").path, night.batch_folder(batch).path("valid").path, dirs_exist_ok=True)
    with pytest.raises(DataError, match=rf"belongs to reconcile run {repair.run_id} of genesis; only nightly run {night.run_id} of genesis may"):
        stages.load(night, batch, place.client(T))
    shutil.copy(repair.folder.path("run.json").path, night.folder.path("run.json").path)
    for stage in (lambda: stages.validate(night, batch), lambda: stages.publish(night, batch), lambda: close(night)):
        with pytest.raises(
            DataError, match=rf"holds the files of reconcile run {repair.run_id} of genesis, .* and this is nightly run {night.run_id}"
        ):
            stage()
    assert place.writes(T) == []
    leases.let_go(night)


def test_i1_a_run_of_another_kind_with_the_same_name_is_told_whose_folder_it_is(place: Town) -> None:
    night = place.run(T)
    own_folder(night)
    with pytest.raises(DataError, match=rf"holds the files of nightly run {night.run_id} of genesis, and this is remaster run {night.run_id}"):
        stages.choose(replace(night, mode="remaster"), place.canvas())
    assert own_folder(replace(night, preview=True, now=datetime.now(UTC))).names() == ["run.json"]


def test_i1_a_folder_with_files_of_a_run_that_left_no_name_is_not_taken(place: Town) -> None:
    night = place.run(T)
    night.folder.child("work").write_json("batches", {})
    with pytest.raises(DataError, match=r"holds the files of a run that left no run.json.*Move that folder away"):
        stages.choose(night, place.canvas())
    assert night.folder.names() == ["work"]


@pytest.mark.parametrize("run_id", ["", "..", "a/b", "A", "a.", "a b", "é", "x" * 121, SAME_MOMENT])
def test_i1_a_run_is_not_made_under_a_name_that_another_could_share(place: Town, run_id: str) -> None:
    with pytest.raises(ConfigError, match="this is not a run's name"):
        replace(place.run(T), run_id=run_id)


def test_i1_a_cleared_task_finds_its_own_folder(place: Town) -> None:
    first = started(place, replace(NIGHT, dag_run_id="%2F../ü"), courses=(course_of(place),))
    batches = stages.choose(first, place.canvas())
    again = started(place, replace(NIGHT, dag_run_id="%2F../ü"), courses=first.courses)
    assert (again.folder, again.batches()) == (first.folder, first.batches())
    assert stages.choose(again, place.canvas()) == batches
    assert UPath(first.folder.root).parent == UPath(first.district.artifacts_root()) / T


def test_i1_two_runs_with_the_same_id_do_not_share_a_lease_and_the_message_names_airflows_own(place: Town) -> None:
    night, other = started(place, NIGHT), started(place, replace(NIGHT, dag_id="grade_sync_on_demand", kind="on_demand"))
    lease = leases.hold(night, ["77"])
    told = f"nightly by test, grade_sync_genesis/{SAME_MOMENT} in Airflow, run {night.run_id}, started"
    with pytest.raises(CourseBusyError, match=re.escape(told)):
        leases.hold(other, ["77"])
    lease.release()


def test_i1_runs_from_before_names_stay_listed_and_readable(place: Town, tmp_path: Path) -> None:
    engine = state.engine(load_district(place.file).state)
    old = {"target": T, "run_id": "manual__2026-01-01T00:00:00+00:00", "mode": "on_demand", "posted_by": "ada", "artifacts": str(tmp_path)}
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with state.writing(engine) as connection:
        made = {**old, "started_at": moment, "updated_at": moment, "stage": "close", "status": "Completed", "preview": False}
        connection.execute(insert(RUNS), made)
    row = history.one(engine, T, old["run_id"])
    assert (row["dag_id"], row["artifacts"]) == (None, str(tmp_path))  # type: ignore[index]  # it is listed
    assert [found["run_id"] for found in listing.of_dag_run(engine, "grade_sync_on_demand", old["run_id"], (T,))] == [old["run_id"]]
