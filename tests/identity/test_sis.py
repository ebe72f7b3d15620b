"""A ledger belongs to one SIS, and only what Grade Sync created or adopted is written to (I-4, I-5, R-23)."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.district import load_district
from include.sandbox.generate import Size
from include.sync import binding, state
from include.sync.binding import WrongSisError
from tests.identity.places import Place, messages, place
from tests.identity.tamper import Row

pytestmark = pytest.mark.slow

SIZE = Size(2, 1, 4, 4)


def grade(town: Place, assignments: set[str]) -> None:
    """From now on every student has one point more in these assignments: their sections are open."""

    def change(path: str, row: Row) -> None:
        if "submissions" in path and str(row.get("assignment_id")) in assignments and row.get("score") is not None:
            row["score"] += 1

    town.change(change)


def taken_by_a_teacher(town: Place, target: str, sis_ids: set[str]) -> None:
    """The items under these IDs are a teacher's own now, as after a restore."""

    def change(path: str, row: Row) -> None:
        mine = str(row.get("sourcedId")) in sis_ids or any(text.startswith(f"{row.get('assignmentid')}") for text in sis_ids)
        if "title" in row and str(row.get("sourcedId")) in sis_ids:
            row.update(title="A teacher's exam", metadata={})
        elif "_assignmentsections" in row and mine:
            row["createdbyplugin"] = ""
            for entry in row["_assignmentsections"]:
                entry.update(name="A teacher's exam", description="")

    town.change(change, target)


def gone_from_the_sis(town: Place, target: str, sis_ids: set[str]) -> None:
    """The SIS lists the items under these IDs no more."""

    def change(path: str, row: Row) -> None:
        if isinstance(row.get("lineItems"), list):
            row["lineItems"] = [item for item in row["lineItems"] if item["sourcedId"] not in sis_ids]

    town.change(change, target)


@pytest.mark.parametrize("target", ["synergy", "powerschool"])
def test_i5_a_teachers_item_under_a_known_id_is_not_touched_and_named(tmp_path: Path, target: str) -> None:
    with place(tmp_path, target, SIZE, traits={"id_mode": "modified"} if target == "synergy" else None) as town:
        if target == "synergy":
            town.extras[target] = {"put_style": "modified"}
        town.night(target)
        item = town.items(target).iloc[0]
        taken_by_a_teacher(town, target, {item["sis_assignment_id"]})
        grade(town, set(town.items(target)["canvas_assignment_id"]))
        town.forget_log()
        night = town.night(target, allow_large_change=True)
        told = messages(night, "GP-ID-FOREIGN")
        assert list(told["canvas_assignment_id"]) == [item["canvas_assignment_id"]]
        assert "A teacher's exam" in told["message"].iloc[0]
        assert night.sent > 0, "other assignments are sent"
        assert not any(item["sis_assignment_id"] in str(row) for row in town.writes(target))


def test_r23_what_was_deleted_in_the_sis_is_reported_and_not_created_again(tmp_path: Path) -> None:
    with place(tmp_path, "synergy", SIZE) as town:
        town.night("synergy")
        item = town.items("synergy").iloc[0]
        gone_from_the_sis(town, "synergy", {item["sis_assignment_id"]})
        grade(town, {item["canvas_assignment_id"]})
        town.forget_log()
        night = town.night("synergy", allow_large_change=True)
        assert list(messages(night, "GP-GONE")["canvas_assignment_id"]) == [item["canvas_assignment_id"]]
        assert not any(item["sis_assignment_id"] in row["path"] for row in town.writes("synergy"))
        log = night.table("grades_log")
        there = log["sis_section_id"].eq(item["sis_section_id"]) & log["canvas_assignment_id"].eq(item["canvas_assignment_id"])
        assert set(log.loc[there, "status"]) == {"withheld"}


def test_r23_with_recreate_deleted_it_is_created_again_with_its_category(tmp_path: Path) -> None:
    with place(tmp_path, "synergy", SIZE, recreate_deleted=True) as town:
        town.night("synergy")
        item = town.items("synergy").iloc[0]
        town.admin("synergy", "teacher", "POST", json={"do": "delete", "id": item["sis_assignment_id"]})
        grade(town, {item["canvas_assignment_id"]})
        night = town.night("synergy", allow_large_change=True)
        rows = night.table("assignments_sync").set_index(["sis_section_id", "canvas_assignment_id"])
        row = rows.loc[(item["sis_section_id"], item["canvas_assignment_id"])]
        assert (row["action"], row["status"]) == ("create", "updated")
        assert row["category"]


@pytest.mark.parametrize("target", ["infinite_campus", "powerschool"])
def test_i4_a_connection_that_leads_to_another_server_stops_the_run_before_its_first_write(tmp_path: Path, target: str) -> None:
    with place(tmp_path / "one", target, SIZE) as pilot, place(tmp_path / "two", target, SIZE) as production:
        pilot.night(target)
        grade(pilot, set(pilot.items(target)["canvas_assignment_id"]))
        before = pilot.urls[target]
        pilot.urls[target] = production.urls[target]
        with pytest.raises(WrongSisError) as stopped:
            pilot.night(target)
        assert all(word in str(stopped.value) for word in (before.split("//")[1], production.urls[target].split("//")[1], "rebind", "forget"))
        assert production.writes(target) == []
        engine = state.engine(load_district(pilot.file).state)
        assert sum(binding.forget(engine, target).values()) > 0
        night = pilot.night(target, allow_large_change=True)
        assert night.sent > 0
        assert set(night.table("assignments_sync")["action"].dropna()) <= {"create", "none"}


def test_i4_a_restored_sis_stops_every_run_until_somebody_decides(tmp_path: Path) -> None:
    with place(tmp_path, "synergy", SIZE) as town:
        town.night("synergy")
        gone = set(town.items("synergy")["sis_assignment_id"])
        gone_from_the_sis(town, "synergy", gone)
        grade(town, set(town.items("synergy")["canvas_assignment_id"]))
        town.forget_log()
        with pytest.raises(WrongSisError, match="restored from a backup"):
            town.night("synergy", allow_large_change=True)
        with pytest.raises(WrongSisError, match="rebind"):
            town.night("synergy", allow_large_change=True)
        assert town.writes("synergy") == []
        binding.rebind(state.engine(load_district(town.file).state), "synergy", town.client("synergy"), "an admin")
        night = town.night("synergy", allow_large_change=True)
        assert len(messages(night, "GP-GONE")) > 3, "each is reported, none is created again unasked"
        assert not any(item in row["path"] for item in gone for row in town.writes("synergy"))


def test_i4_after_forget_what_carries_the_marker_is_adopted_and_nothing_is_created_twice(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        held = town.holds("genesis")
        binding.forget(state.engine(load_district(town.file).state), "genesis")
        night = town.night("genesis", allow_large_change=True)
        assert set(night.table("assignments_sync")["action"].dropna()) <= {"adopt", "none"}
        assert len(town.holds("genesis")) == len(held)
