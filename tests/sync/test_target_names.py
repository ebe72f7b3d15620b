"""What the state database keeps under a target's former name, and which names a run accepts (I-6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, Table, insert, select

from include.district import District, load_district
from include.errors import ConfigError
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from include.sync import history, state
from include.sync.housekeeping import tidy
from include.sync.renaming import check_name, take_over
from include.sync.run import Run
from include.sync.tables import COURSE_SETTINGS, LEASES, LEDGER_ASSIGNMENTS, RUN_COURSES, RUNS

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ENTRY = {"sis": "genesis", "connection": "g", "canvas_account": "11"}


def district(folder: Path, **targets: dict[str, Any]) -> District:
    """A district file with these targets, and its state database."""
    path = folder / "district.yaml"
    entries = {name: ENTRY | {"connection": name} | changed for name, changed in targets.items()}
    path.write_text(yaml.safe_dump({"time_zone": "America/New_York", "canvas": {"connection": "c"}, "targets": entries}), encoding="utf-8")
    made = load_district(path)
    state.upgrade(made.state)
    return made


def sent(engine: Engine, *targets: str) -> None:
    """One SIS assignment that was sent under each of these names."""
    row = {"sis_section_id": "S", "canvas_assignment_id": "1", "canvas_course_id": "7", "name": "Essay", "outcome": "accepted", "generation": 0}
    with state.writing(engine) as connection:
        connection.execute(insert(LEDGER_ASSIGNMENTS), [row | {"target": target} for target in targets])


def held(engine: Engine, table: Table, column: str) -> dict[str, Any]:
    with engine.connect() as connection:
        return dict(connection.execute(select(table.c.target, table.c[column])).all())  # type: ignore[arg-type]  # pairs


def named(folder: Path, name: str, *formerly: str) -> Any:
    return district(folder, **{name: {"formerly": list(formerly)}}).target(name)


def test_i6_everything_moves_and_what_was_set_under_the_new_name_stays(database: Engine, tmp_path: Path) -> None:
    setting = {"canvas_course_id": "7", "changed_by": "ada", "changed_at": NOW}
    lease = {"canvas_course_id": "7", "holder": "night", "run_id": "r", "acquired_at": NOW, "beat_at": NOW, "expires_at": NOW}
    run = {"run_id": "r", "mode": "nightly", "posted_by": "schedule", "started_at": NOW, "updated_at": NOW, "stage": "close", "status": "Completed"}
    sent(database, "old", "other")
    with state.writing(database) as connection:
        rows = [{"target": "old", "nightly": True}, {"target": "new", "nightly": False}, {"target": "old", "canvas_course_id": "8", "nightly": True}]
        connection.execute(insert(COURSE_SETTINGS), [setting | row for row in rows])
        connection.execute(insert(LEASES), {"target": "old", **lease})
        connection.execute(insert(RUNS), {"target": "old", "preview": False, **run})
        connection.execute(insert(RUN_COURSES), {"target": "old", "run_id": "r", "canvas_course_id": "7", "status": "Completed"})
    for _ in range(2):
        take_over(database, named(tmp_path, "new", "old"))
    assert held(database, LEDGER_ASSIGNMENTS, "name") == {"new": "Essay", "other": "Essay"}
    assert held(database, LEASES, "run_id") == held(database, RUNS, "run_id") == held(database, RUN_COURSES, "run_id") == {"new": "r"}
    with database.connect() as connection:
        found = connection.execute(select(COURSE_SETTINGS.c.target, COURSE_SETTINGS.c.canvas_course_id, COURSE_SETTINGS.c.nightly)).all()
    assert set(found) == {("new", "7", False), ("new", "8", True)}


def test_i6_two_ledgers_are_not_mixed(database: Engine, tmp_path: Path) -> None:
    sent(database, "old", "new")
    with pytest.raises(ConfigError, match='target new: it has a ledger of its own, and so has its former name "old"'):
        take_over(database, named(tmp_path, "new", "old"))
    assert set(held(database, LEDGER_ASSIGNMENTS, "name")) == {"old", "new"}


@pytest.mark.parametrize(
    ("targets", "stops"),
    [
        pytest.param({"new": {}}, True, id="renamed"),
        pytest.param({"new": {"formerly": []}}, False, id="new, as the file says"),
        pytest.param({"new": {"sis": "synergy"}}, False, id="another SIS"),
        pytest.param({"new": {}, "old": {}}, False, id="one more of the same SIS"),
        pytest.param({"new": {}, "third": {"formerly": "old"}}, False, id="another target was renamed"),
    ],
)
def test_i6_a_target_without_a_ledger_is_asked_whether_it_was_renamed(tmp_path: Path, targets: dict[str, Any], stops: bool) -> None:
    before = district(tmp_path, old={})
    check_name(before, before.target("old"))
    sent(state.engine(before.state), "old")
    after = district(tmp_path, **targets)
    if not stops:
        check_name(after, after.target("new"))
        return
    with pytest.raises(ConfigError, match=r'the ledger of "old" \(1 SIS assignments\) belongs to no target.*Was old renamed\? Set formerly: old'):
        check_name(after, after.target("new"))
    after = district(tmp_path, new={"formerly": "old"})
    check_name(after, after.target("new"))
    assert after.target("new").id_name == "old"
    assert set(held(state.engine(after.state), LEDGER_ASSIGNMENTS, "name")) == {"new"}


def test_i6_a_target_from_before_the_name_was_noted_is_asked_about_for_any_sis(tmp_path: Path) -> None:
    after = district(tmp_path, new={"sis": "synergy"})
    sent(state.engine(after.state), "old")
    with pytest.raises(ConfigError, match="Was old renamed"):
        check_name(after, after.target("new"))


def test_d2_folders_under_the_former_name_go_with_their_runs(tmp_path: Path) -> None:
    before = district(tmp_path, old={})
    run = Run(before, "old", "night-1", "nightly", "test", NOW)
    history.start(state.engine(before.state), run, COURSES.empty())
    run.folder.child("work").write_json("batches", {})
    after = district(tmp_path, new={"formerly": "old"})
    check_name(after, after.target("new"))
    assert RunFolder(after.artifacts_root()).child("old").names() == ["night-1"]
    later = datetime(2099, 1, 1, tzinfo=UTC)
    assert tidy(after, later) == {"runs": 1, "folders": 1, "strays": 0, "kept-reads": 0}
    assert RunFolder(after.artifacts_root()).child("old").names() == []
