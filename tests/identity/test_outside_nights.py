"""Whole nights over odd servers, odd settings, and odd IDs, written from the requirements alone (I-1 to I-10, R-24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from include.district import load_district
from include.errors import GradeSyncError
from include.sandbox.generate import Size
from include.sis.registry import sis
from include.sync.run import Run
from include.sync.run_key import RunKey
from tests.identity.places import Place, messages, place
from tests.identity.tamper import Row
from tests.town import NOON

pytestmark = pytest.mark.slow

SIZE = Size(1, 1, 3, 3)
FIRST, SECOND = "SE-2001", "SE-2002"


def more(town: Place) -> None:
    """From now on every student has one point more."""

    def change(path: str, row: Row) -> None:
        if "submissions" in path and row.get("score") is not None:
            row["score"] += 1

    town.change(change)


def once(where: str, test: Callable[[Row], bool], edit: Callable[[Row], Any]) -> Callable[[str, Row], None]:
    """Edits the rows that fit, in responses to paths that hold `where`."""

    def change(path: str, row: Row) -> None:
        if where in path and test(row):
            edit(row)

    return change


@pytest.mark.parametrize("end", ["/lineItems", "/students", ""])
def test_i7_a_sis_that_answers_an_empty_object_for_one_section_costs_that_section_and_nothing_is_called_absent(tmp_path: Path, end: str) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        held = town.holds("genesis")[FIRST]
        town.change(lambda path, row: row.clear() if path.endswith(f"/classes/{FIRST}{end}") else None, "genesis")
        more(town)
        town.forget_log()
        night = town.night("genesis", allow_large_change=True)
        rows = night.table("messages")
        assert (rows["sis_section_id"] == FIRST).any(), "the section is named"
        codes = set(rows.loc[rows["sis_section_id"] == FIRST, "type"])
        assert not codes & {"GP-GONE", "GP-STUDENT-UNKNOWN", "GP-STUDENT-LEFT", "GP-SECTION-UNKNOWN"}, "unreadable is not absent"
        assert night.sent > 0, "other sections are sent"
        assert len(town.holds("genesis")[FIRST]["assignments"]) == len(held["assignments"]), "no twin"


def test_r13_a_sis_that_lists_a_category_twice_under_one_id_is_not_ambiguous(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:

        def twice(path: str, row: Row) -> None:
            if path.endswith("/categories") and isinstance(row.get("categories"), list):
                row["categories"] = [one for one in row["categories"] for _ in range(2)]

        plain = town.night("genesis", preview=True)
        town.change(twice, "genesis")
        night = town.night("genesis", preview=True)
        assert len(messages(night, "GP-CATEGORY-AMBIGUOUS")) == len(messages(plain, "GP-CATEGORY-AMBIGUOUS"))


def _graded(row: Row) -> bool:
    return (str(row.get("assignment_id")), str(row.get("user_id"))) == ("800001", "700003")


ODD: dict[str, tuple[str, Callable[[Row], bool], Callable[[Row], Any]]] = {
    "half-a-character-in-a-student-name": (
        "/enrollments",
        lambda row: str(row.get("user_id")) == "700003" and "user" in row,
        lambda row: row["user"].update(sortable_name="A\ud800", name="\ud800"),
    ),
    "half-a-character-in-a-title": ("/assignment_groups", lambda row: str(row.get("id")) == "800001", lambda row: row.update(name="Quiz \udfff")),
    "nul-in-a-title": ("/assignment_groups", lambda row: str(row.get("id")) == "800001", lambda row: row.update(name="Quiz\0", description="\0")),
    "points-in-words": ("/assignment_groups", lambda row: str(row.get("id")) == "800001", lambda row: row.update(points_possible="ten")),
    "huge-points": ("/assignment_groups", lambda row: str(row.get("id")) == "800001", lambda row: row.update(points_possible=10**400)),
    "score-in-words": ("/submissions", _graded, lambda row: row.update(score="8,5")),
    "score-true": ("/submissions", _graded, lambda row: row.update(score=True)),
    "sis-id-a-list": ("/enrollments", lambda row: str(row.get("user_id")) == "700003", lambda row: row.update(sis_user_id=["ST-2003"])),
    "sis-id-not-shown": (
        "/enrollments",
        lambda row: str(row.get("user_id")) == "700003",
        lambda row: (row.pop("sis_user_id", None), row["user"].pop("sis_user_id", None)),
    ),
    "sis-id-only-of-the-users-first-login": (
        "/enrollments",
        lambda row: str(row.get("user_id")) == "700003",
        lambda row: (row.pop("sis_user_id", None), row["user"].update(sis_user_id="ST-2005")),
    ),
    "sis-id-null-beside-that-of-the-users-first-login": (
        "/enrollments",
        lambda row: str(row.get("user_id")) == "700003",
        lambda row: (row.update(sis_user_id=None), row["user"].update(sis_user_id="ST-2017")),
    ),
    "graded-in-year-zero": ("/submissions", _graded, lambda row: row.update(graded_at="0000-00-00")),
    "override-without-section": ("/assignment_groups", lambda row: "course_section_id" in row, lambda row: row.update(course_section_id="all")),
}


@pytest.mark.parametrize("kind", list(ODD))
def test_i7_i10_one_odd_row_of_canvas_costs_itself_and_is_told(tmp_path: Path, kind: str) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.change(once(*ODD[kind]))
        night = town.night("genesis", preview=True)
        rows = night.table("assignments_sync")
        planned = rows[rows["action"] == "create"]
        assert len(planned[planned["sis_section_id"] == FIRST]) > 20, "neighbors in the same section"
        assert len(planned[planned["sis_section_id"] == SECOND]) > 20
        log = night.table("grades_log")
        mine = log[(log["canvas_user_id"].astype(str) == "700003") & (log["canvas_assignment_id"].astype(str) == "800001")]
        told = night.table("messages")
        if "score" in kind or "sis-id" in kind or "user-id" in kind:
            told = told[
                told["message"].str.contains("700003|not shown|8,5|ST-2003|True|cannot be read|could not be read")
                | told["canvas_user_id"].eq("700003")
            ]
            assert len(told), "not silent"
            assert not mine["status"].isin(["planned", "updated"]).any(), "not sent as something else"
        if kind == "sis-id-not-shown":
            assert "GP-STUDENT-NO-SIS-ID" not in set(told.loc[told["canvas_user_id"].eq("700003"), "type"]), "a missing key is not a missing ID"


def test_i6_a_second_target_over_another_spelling_of_the_same_address_writes_nothing(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:

        def twice(told: dict[str, Any]) -> None:
            told["targets"]["again"] = {**told["targets"]["genesis"], "connection": "again_default", "canvas_account": "1"}

        town.settings(twice)
        town.night("genesis")
        mine = set(town.items("genesis")["sis_section_id"])
        known = town.connection("genesis")
        other = {name: value.replace("127.0.0.1", "LOCALHOST").rstrip("/") + "/" for name, value in known.extra.items() if isinstance(value, str)}
        client = sis("genesis").connect(
            replace(known, id="again_default", extra={**known.extra, **other, "token_url": other["token_url"].rstrip("/")})
        )
        town.urls["again"] = town.urls["genesis"]
        town.forget_log("genesis")
        night = town.staged(town.run("again"), client)
        assert town.writes("genesis") == []
        told = messages(night, "GP-SECTION-OTHER-TARGET")
        assert mine <= set(told["sis_section_id"])
        assert told["message"].str.contains("genesis").all()


def test_i6_a_target_that_is_renamed_twice_sends_nothing_again(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        client = town.client("genesis")
        town.night("genesis")
        count = len(town.items("genesis"))

        def rename(old: str, new: str, formerly: Any) -> None:
            def edit(told: dict[str, Any]) -> None:
                told["targets"] = {new: {**told["targets"][old], "formerly": formerly}}

            town.settings(edit)

        town.forget_log("genesis")
        rename("genesis", "east", "genesis")
        town.staged(town.run("east"), client)
        rename("east", "west", ["genesis", "east"])
        town.staged(town.run("west"), client)
        assert len(town.items("west")) == count
        assert town.items("east").empty
        assert town.writes("genesis") == [], "in none of the nights"


def test_i1_run_ids_of_300_characters_that_differ_in_the_last_one_are_two_runs(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        district = load_district(town.file)
        ids = ["manual__" + "x" * 291 + last for last in ("a", "A", "a ")]
        results = [
            town.staged(
                Run(district, "genesis", RunKey("grade_sync_genesis", "nightly", ident).name, "nightly", "test", NOON, preview=True),
                town.client("genesis"),
            )
            for ident in ids
        ]
        assert len({one.summary["artifacts"] for one in results}) == 3


def test_i5_a_teachers_copy_that_carries_our_marker_is_never_written_to(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")

        def copied(path: str, row: Row) -> None:
            if path.endswith(f"/classes/{FIRST}/lineItems") and isinstance(row.get("lineItems"), list):
                row["lineItems"] = [*row["lineItems"], *({**one, "sourcedId": f"TEACHER-{n}"} for n, one in enumerate(row["lineItems"]))]

        town.change(copied, "genesis")
        more(town)
        town.forget_log()
        night = town.night("genesis", allow_large_change=True)
        assert night.sent > 0
        assert not [row for row in town.writes("genesis") if "TEACHER-" in str(row)]


def test_i2_two_sections_that_swap_their_sis_ids_lose_and_overwrite_nothing_in_silence(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE, clear_blanks=True) as town:
        town.night("genesis")
        scores = town.scores("genesis")
        stood = scores[scores["sis_section_id"].isin([FIRST, SECOND])]
        swapped = {FIRST: SECOND, SECOND: FIRST}

        def change(path: str, row: Row) -> None:
            if row.get("sis_section_id") in swapped:
                row["sis_section_id"] = swapped[row["sis_section_id"]]

        town.change(change)
        town.forget_log()
        night = town.night("genesis")
        assert [row for row in town.writes("genesis") if row["method"] == "DELETE"] == []
        told = night.table("messages")
        assert told["sis_section_id"].isin([FIRST, SECOND]).any()
        here = told[told["sis_section_id"].isin([FIRST, SECOND])]
        students = set(here["canvas_user_id"].dropna())
        assert set(stood["canvas_user_id"]) <= students or (here["canvas_user_id"].isna()).any()


def test_i4_a_sis_over_another_spelling_of_its_address_is_the_same_or_stops_and_never_doubles(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        town.urls["genesis"] = town.urls["genesis"].replace("127.0.0.1", "localhost")
        town.forget_log("genesis")
        try:
            night = town.night("genesis")
            assert night.summary["status"] != "Failed"
        except GradeSyncError as stopped:
            words = str(stopped)
        else:
            words = "localhost 127.0.0.1 rebind forget"
        assert all(word in words for word in ("localhost", "127.0.0.1", "rebind", "forget"))
        assert town.writes("genesis") == []
