"""Sync on demand, remaster and preview over real servers, stage by stage (A-19 to A-22, F-1)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from include.errors import ConfigError
from include.sandbox.generate import Size, generate
from include.sync.leases import CourseBusyError
from include.sync.remaster import propose
from include.sync.request import APPROVAL
from tests.sync.books import book, forget_ledger
from tests.sync.by_hand import forget_leases, leased, plan, reject, send
from tests.town import Town, town

pytestmark = pytest.mark.slow

T = "schooltool"
ENGLISH, ODD, CONCLUDED = "50023", "50024", "50028"
FEW: dict[str, Any] = {"courses": (ENGLISH,), "assignments": ("800217", "800218", "800219")}
AWKWARD = generate(size="small").awkward[T]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("by-hand"), targets=(T,)) as place:
        yield place


@pytest.fixture
def place(running: Town) -> Town:
    """A SIS that nothing was sent to yet."""
    running.admin(T, "reset", "POST")
    forget_ledger(running)
    forget_leases(running)
    return running


def statuses(rows: pd.DataFrame) -> dict[str, str]:
    """Assignment to status; of all its sections the same."""
    return {str(assignment): "/".join(sorted(set(part["status"]))) for assignment, part in rows.groupby("canvas_assignment_id")}


# ------------------------------------------------------------------------------------------------------ on demand
def test_a19_chosen_courses_by_either_id_and_only_what_changed(place: Town) -> None:
    first = place.night(T, "on_demand", courses=("COU00001",), assignments=FEW["assignments"])
    assert set(first.table("assignments_sync")["canvas_course_id"]) == {ENGLISH}
    assert first.sent > 20
    place.forget_log()
    assert place.night(T, "on_demand", **FEW).sent == 0
    assert place.writes(T) == []


def test_f5_an_empty_course_that_is_asked_for_is_told_by_name_and_nothing_is_written(tmp_path: Path) -> None:
    size = Size(courses=1, sections=1, students=2, assignments=2)
    course = next(row.id for row in generate(size=size).courses if row.target == T)
    with town(tmp_path, size, targets=(T,)) as place:
        books = f"{place.urls['canvas']}/api/v1/courses/{course}/assignments"
        token = {"Authorization": "Bearer canvas-full-token"}
        for row in requests.get(books, {"per_page": 100}, headers=token, timeout=10).json():
            requests.delete(f"{books}/{row['id']}", headers=token, timeout=10).raise_for_status()
        result = place.night(T, "on_demand", courses=(course,))
        (message,) = result.table("messages").to_dict("records")
        assert (message["type"], message["canvas_course_id"], message["severity"]) == ("GP-COURSE-EMPTY", course, "warning")
        assert message["message"] == "This course has nothing to send: it has no assignments."
        assert (result.sent, place.writes(T)) == (0, [])
        tonight = place.night(T).table("messages")
        assert "GP-COURSE-EMPTY" not in set(tonight.loc[tonight["canvas_course_id"] == course, "type"])


def test_a19_chosen_sections_and_assignments_alone(place: Town) -> None:
    night = place.night(T, "on_demand", courses=(ENGLISH,), sections=("SEC00001",), assignments=("800217", "800218"))
    done = night.table("assignments_sync").query("status == 'updated'")
    assert set(done["sis_section_id"]) == {"SEC00001"}
    assert set(done["canvas_assignment_id"]) <= {"800217", "800218"}
    assert len(done)
    assert [len(items) for section, items in book(place, T).items() if section == "SEC00002"] == [0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"courses": ("nowhere",)}, r'courses: "nowhere" is not in Canvas account 13 \(target schooltool\)'),
        ({"courses": ("50001",)}, 'courses: "50001" is not in Canvas account'),  # another target's
        (
            {"courses": (CONCLUDED,)},
            rf'courses: "{CONCLUDED}" is concluded in Canvas. To sync it, select Include concluded courses \(concluded: true\)',
        ),
        (
            {"courses": ("50027",)},
            r"courses: none of them can be sent; course 50027: The course is not published in Canvas. \(GP-COURSE-UNPUBLISHED\)",
        ),
        (
            {"courses": (ENGLISH,), "sections": ("SEC00001", "SEC00003")},
            r'^sections: "SEC00003" is not in the selected courses. Use 90033 \(SEC00001\), 90034 \(SEC00002\)$',
        ),
        ({"courses": (ENGLISH,), "assignments": ("800236",)}, 'assignments: "800236" is not in the selected courses. Use 8'),
    ],
)
def test_a19_what_is_not_there_is_refused_before_the_sis_hears_of_it(place: Town, asked: dict[str, Any], told: str) -> None:
    place.forget_log()
    for mode in ("on_demand", "remaster"):
        with pytest.raises(ConfigError, match=told):
            place.night(T, mode, **asked)
    assert place.admin(T, "log") == []
    assert leased(place) == {}


def test_all_mistakes_are_told_at_once(place: Town) -> None:
    with pytest.raises(ConfigError) as caught:
        place.night(T, "on_demand", courses=(ENGLISH,), sections=("SEC9",), assignments=("1", "2"))
    assert [line.partition(" is ")[0] for line in str(caught.value).splitlines()] == ['sections: "SEC9"', 'assignments: "1"', 'assignments: "2"']


def test_a21_a_concluded_course_when_asked_for(place: Town) -> None:
    assert place.night(T, "on_demand", courses=(CONCLUDED,), concluded=True).sent > 0


# --------------------------------------------------------------------------------------------------------------- preview (F-1)
@pytest.mark.parametrize(
    ("mode", "asked"), [("nightly", {}), ("on_demand", {"courses": (ENGLISH, ODD)}), ("remaster", {"courses": (ODD,), "waits": APPROVAL})]
)
def test_f1_a_preview_sends_nothing_holds_nothing_and_tells_the_plan(
    place: Town, mode: str, asked: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    place.forget_log()
    with caplog.at_level(logging.INFO, "include.sync"):
        night = place.night(T, mode, preview=True, **asked)
    assert place.writes(T) == []
    assert leased(place) == {}
    assert night.summary["preview"]
    copies, grades = night.table("assignments_sync"), night.table("grades_log")
    for rows in (copies, grades):
        assert set(rows["status"]) == {"planned", "withheld"}
        assert set(rows.loc[rows["status"] == "planned", "action"]) == {"create"}
    planned = copies.query("status == 'planned' and canvas_course_id == @ODD").iloc[0]
    assert f"{planned['sis_section_id']:>14} {planned['canvas_assignment_id']:>12} create" in caplog.text
    names = {part for name in grades["student_name"].dropna() for part in name.split(", ")}
    pages = {name: night.run.folder.path(name).read_text(encoding="utf-8") for name in ("preview.html", "preview.md")}
    assert "<b>Unit</b> test &amp; review" in set(copies["assignment_name"])
    assert all("<b>Unit" not in page and "&lt;b&gt;Unit&lt;/b&gt; test &amp;amp; review" in page for page in pages.values())
    for text in (caplog.text, *pages.values()):
        assert not [name for name in names if f"{name}," in text]


def test_f1_a_preview_is_not_stopped_by_a_run_that_holds_the_course(place: Town) -> None:
    held = plan(place, T, "remaster", **FEW, waits=APPROVAL)
    assert place.night(T, "on_demand", **FEW, preview=True).summary["status"].startswith("Completed")
    assert leased(place) == {ENGLISH: held.run_id}


# --------------------------------------------------------------------------------------------------- remaster (A-20, A-22, F-10)
def test_a20_a_rejected_plan_sends_nothing_and_lets_go(place: Town) -> None:
    place.night(T, "on_demand", **FEW)
    place.forget_log()
    run = plan(place, T, "remaster", **FEW, waits=APPROVAL)
    proposal = propose(run)
    planned = run.folder.read_frame("assignments_sync")
    assert set(planned.loc[planned["action"].notna(), "status"]) == {"planned"}
    counts = [int((run.folder.read_frame(name)["status"] == "planned").sum()) for name in ("assignments_sync", "grades_log")]
    assert proposal["subject"] == f"Remaster to {T}: send {counts[0]} assignments and {counts[1]} scores again?"
    assert leased(place) == {ENGLISH: run.run_id}
    done = reject(run)
    assert place.writes(T) == []
    assert leased(place) == {}
    assert (done.summary["status"], done.summary["approval"], done.summary["preview"]) == ("Completed", "rejected by ada", True)
    assert set(done.table("assignments_sync").query("action.notna()")["status"]) == {"planned"}


def test_a20_an_approved_plan_sends_everything_again_and_overwrites_edits(place: Town) -> None:
    place.night(T, "on_demand", **FEW)
    before = book(place, T)
    grade = place.night(T, "on_demand", **FEW).table("grades_log").query("action == 'none'").iloc[0]
    lost = next(item["name"] for item in before["SEC00002"])
    edited = {"id": grade["sis_assignment_id"], "student": grade["sis_user_id"]}
    place.admin(T, "teacher", "POST", json={"do": "edit_score", **edited, "score": 0.25})
    place.admin(T, "teacher", "POST", json={"do": "purge", "class": "SEC00002", "name": lost})
    assert book(place, T) != before
    place.forget_log()
    run = plan(place, T, "remaster", **FEW, waits=APPROVAL)
    propose(run)
    done = send(place, run, "approved by ada")
    assert done.summary["approval"] == "approved by ada"
    assert sum(row["rows"] for row in place.writes(T)) == done.sent > 20
    assert book(place, T) == before
    assert leased(place) == {}


def test_a20_what_cannot_be_remastered_is_refused_one_by_one(place: Town) -> None:
    """Chosen alone as well: the younger of two of one name is a duplicate even where the older one was not chosen (R-6)."""
    (undated,), (older, younger), unpublished, good = AWKWARD["undated"], AWKWARD["duplicate"], AWKWARD["unpublished"][0], AWKWARD["html"][0]
    chosen = (undated, younger, unpublished, good)
    run = plan(place, T, "remaster", courses=(ODD,), assignments=chosen, waits=APPROVAL)
    body = propose(run)["body"]
    for code in ("GP-DUE-MISSING", "GP-NAME-DUP", "GP-UNPUBLISHED"):
        assert f"× {code}" in body
    copies = send(place, run).table("assignments_sync")
    asked = copies[copies["canvas_assignment_id"].isin(chosen)]
    assert statuses(asked) == {undated: "withheld", younger: "withheld", unpublished: "withheld", good: "updated"}
    reasons = asked.dropna(subset=["reason_code"]).drop_duplicates("canvas_assignment_id").set_index("canvas_assignment_id")["reason_code"]
    assert reasons.to_dict() == {undated: "GP-DUE-MISSING", younger: "GP-NAME-DUP", unpublished: "GP-UNPUBLISHED"}
    assert statuses(place.night(T, "remaster", courses=(ODD,), assignments=(older,)).table("assignments_sync"))[older] == "updated"


def test_a20_f10_a_remaster_after_a_lost_ledger_adopts_and_doubles_nothing(place: Town) -> None:
    place.night(T, "on_demand", **FEW)
    before = book(place, T)
    forget_ledger(place)
    night = place.night(T, "remaster", **FEW)
    assert set(night.table("assignments_sync").query("status == 'updated'")["action"]) == {"adopt"}
    assert book(place, T) == before


def test_a22_while_a_remaster_waits_nothing_else_touches_its_course(place: Town) -> None:
    run = plan(place, T, "remaster", **FEW, waits=APPROVAL)
    place.forget_log()
    for mode in ("on_demand", "remaster"):
        with pytest.raises(CourseBusyError, match=f"course {ENGLISH} of {T} is in use by remaster by [^,]+, run {run.run_id}, started"):
            place.night(T, mode, **FEW)
    assert place.writes(T) == []
    night = place.night(T)
    told = night.table("messages").query("type == 'GP-COURSE-BUSY'")
    assert set(told["canvas_course_id"]) == {ENGLISH}
    assert told["message"].str.contains(run.run_id).all()
    assert ENGLISH not in set(night.table("assignments_sync").query("status == 'updated'")["canvas_course_id"])
    assert ODD in set(night.table("assignments_sync").query("status == 'updated'")["canvas_course_id"])
    assert leased(place) == {ENGLISH: run.run_id}


def test_a22_a_plan_whose_lease_got_lost_is_made_anew(place: Town) -> None:
    run = plan(place, T, "on_demand", **FEW)
    forget_leases(place)
    assert place.night(T, "on_demand", **FEW).sent > 20
    place.forget_log()
    done = send(place, run)
    assert (done.sent, place.writes(T)) == (0, [])
