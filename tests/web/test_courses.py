"""Courses: found, switched for the night, read anew from Canvas (D-11, A-18, R-12)."""

from __future__ import annotations

import json

import pytest

from include.sync import seen, settings, stages
from include.sync.directory import last_syncs
from tests.sync.seen_district import COURSES, NOW, listed
from tests.web.lively import Lively
from tests.web.pages import NASTY

pytestmark = pytest.mark.airflow


def test_d11_courses_with_switch_last_sync_and_ways_on(lively: Lively) -> None:
    course = lively.course("Algebra I")
    shown = lively.see("courses?target=synergy")
    assert f"Algebra I {course}" in shown
    assert "Skipped" in shown
    assert "The course is concluded in Canvas." in shown
    assert "courses as of Nov 13, 2026, 12:0" in shown
    assert "PowerSchool" not in lively.see("courses?target=synergy&q=algebra").partition("Apply")[2]
    page = lively.visitor().get("/gradesync/courses?q=Algebra+I").text
    run = last_syncs(lively.engine, [("synergy", course)])["synergy", course]["run_id"]
    for link in (f"categories/synergy/{course}", f"runs/synergy/{run}", f"history?target=synergy&amp;course={course}", f"/courses/{course}"):
        assert f'{link}"' in page


def test_a18_d11_a_course_switched_off_is_left_out_of_the_next_night(lively: Lively) -> None:
    course = lively.course("Algebra I")
    assert lively.told("courses", target="synergy", course=course, action="off") == "Nightly sync is off for Algebra I."
    assert "Off Turn on Use default Set by amy" in lively.see("courses?target=synergy&q=Algebra+I")
    run = lively.sandbox.run("synergy")
    stages.choose(run, lively.sandbox.canvas())
    assert course not in [each for batch in run.batches().values() for each in batch]
    assert lively.told("courses", target="synergy", course=course, action="default") == "Algebra I uses the default setting for its SIS."
    assert settings.switches(lively.engine, "synergy") == {}


def test_d11_all_that_are_found_are_switched_at_once(lively: Lively) -> None:
    assert "Change all 2 courses found" in lively.see("courses?target=synergy&q=assignments") + lively.see("courses?target=synergy&q=term")
    form = {"target": "synergy", "action": "all_off", "at_q": "algebra", "at_target": "synergy"}
    assert lively.press("courses", "only_powerschool", "user", **form).status_code == 403
    assert lively.told("courses", **form) == "Synergy: nightly sync turned off for 1 course."
    assert settings.switches(lively.engine, "synergy") == {lively.course("Algebra I"): False}
    assert "Switch all" not in lively.see("courses?q=algebra")  # without a target nothing is swept
    settings.follow_default(lively.engine, "synergy", [lively.course("Algebra I")])


def test_after_a_switch_one_is_where_one_was(lively: Lively) -> None:
    course = lively.course("Algebra I")
    answer = lively.press("courses", target="synergy", course=course, action="default", at_q="alge bra", at_state="on", at_page="2")
    assert (answer.status_code, answer.headers["location"]) == (303, "courses?q=alge+bra&state=on&page=2")


def test_refresh_reads_the_list_from_canvas(lively: Lively) -> None:
    lively.sandbox.forget_log("canvas")
    lively.see("courses")
    lively.see("courses?q=algebra")
    assert lively.sandbox.admin("canvas", "log") == []  # a page asks nobody
    assert lively.told("courses", target="synergy", action="refresh") == "Synergy: refreshed 10 courses from Canvas."
    assert "courses as of Nov 13" not in lively.see("courses?target=synergy")


def test_refresh_says_what_keeps_it_from_canvas(lively: Lively, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"conn_type": "canvas", "host": lively.sandbox.urls["canvas"], "password": "an-old-token"}
    monkeypatch.setenv("AIRFLOW_CONN_CANVAS_DEFAULT", json.dumps(held))
    answer = lively.press("courses", target="synergy", action="refresh")
    assert answer.status_code == 503
    assert "Create a new one in Canvas and enter it in the connection" in answer.text
    assert "an-old-token" not in answer.text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "off", "target": "synergy", "course": "1"}, 404),
        ({"action": "away", "target": "synergy", "course": "1"}, 400),
        ({"action": "off", "target": "nowhere", "course": "1"}, 403),
        ({}, 400),
    ],
    ids=["unknown course", "unknown action", "unknown target", "nothing"],
)
def test_what_cannot_be_is_refused(lively: Lively, form: dict[str, str], status: int) -> None:
    assert lively.press("courses", **form).status_code == status
    assert settings.switches(lively.engine, "synergy") == {}


def test_only_who_may_act_on_the_target_switches(lively: Lively) -> None:
    course = lively.course("Algebra I")
    form = {"target": "synergy", "course": course, "action": "off"}
    assert "Switch off" not in lively.see("courses", "vic", "viewer")
    assert lively.press("courses", "vic", "viewer", **form).status_code == 403
    assert lively.press("courses", "only_powerschool", "user", **form).status_code == 403
    assert "Algebra I" not in lively.see("courses", "only_powerschool", "user")
    assert lively.visitor("uma", "user").post("/gradesync/courses", data=form, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert settings.switches(lively.engine, "synergy") == {}
    assert lively.press("courses", "uma", "user", **form).status_code == 303
    assert lively.press("courses", "uma", "user", **{**form, "action": "default"}).status_code == 303


def test_a_name_that_a_teacher_typed_stays_text(lively: Lively) -> None:
    nasty = {**COURSES[0], "canvas_course_id": "666", "name": NASTY}
    seen.note_courses(lively.engine, lively.district.target("powerschool"), listed(nasty), NOW, whole=False)
    page = lively.visitor().get("/gradesync/courses?q=666").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert lively.told("courses", target="powerschool", course="666", action="default").startswith("<script>alert")  # as text: told() unescapes
