"""The windows *Sync on demand* and *Remaster*, their plans and answers, always in the name of the person on the page (D-9, D-10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pandas as pd
import pytest
import requests
import yaml
from fastapi.testclient import TestClient

from include.sync import leases
from plugins.gradesync_airflow.web.pages import windows
from tests.web.acting import TARGET, Acting, dag_run, key_of
from tests.web.test_history import text

pytestmark = pytest.mark.airflow
ON_DEMAND, REMASTER = "grade_sync_on_demand", "grade_remaster"


def rows(page: str) -> dict[str, str]:
    """Assignment → what its row says, tags left out."""
    found = re.findall(r"<tr data-name.*?</tr>", page, re.DOTALL)
    return {re.search(r'value="(\d+)"', row)[1]: row for row in found}  # type: ignore[index]  # each row has a box


def offered(page: str) -> list[str]:
    return re.search(r'name="offered" value="([^"]*)"', page)[1].split()  # type: ignore[index]  # the form has it


def press(person: TestClient, window: str, course: str, **fields: object) -> str:
    """Send a window's form; the id of the run that it started."""
    page = person.get(f"/gradesync/{window}?target={TARGET}&course={course}").text
    form = {"target": TARGET, "course": course, "offered": " ".join(offered(page)), "assignment": offered(page), "do": "preview", **fields}
    answer = person.post(f"/gradesync/{window}", data=form)
    assert answer.status_code == 303, text(answer.text)
    return unquote(answer.headers["location"].rpartition("/")[2])


def run_page(person: TestClient, run_id: str, tab: str = "plan") -> str:
    return text(person.get(f"{page_of(ON_DEMAND, run_id)}/{tab}".rstrip("/")).text)


def page_of(dag_id: str, run_id: str) -> str:
    """The address of a run's page, which knows the run by its name."""
    return f"/gradesync/runs/{TARGET}/{key_of(dag_id, run_id).name}"


@pytest.mark.parametrize("asked", ["algebra", "Algebra I", "<plain>"])
def test_d10_a_course_is_found_by_name_or_id(acting: Acting, asked: str) -> None:
    page = acting.person().get("/gradesync/sync", params={"target": TARGET, "course": asked.replace("<plain>", acting.plain)}).text
    assert "Algebra I" in text(page)
    assert ('class="choosing"' in page) == (asked == "<plain>")


def test_d10_assignments_with_name_due_date_and_last_sync(acting: Acting) -> None:
    page = acting.person().get(f"/gradesync/sync?target={TARGET}&course={acting.plain}").text
    found = rows(page)
    assert len(found) == len(offered(page)) == 12
    first = text(found["800108"])
    assert "Homework 1: Slope 800108 Sep 2, 2026" in first
    assert "Never" not in first
    assert "checked" in found["800108"]
    names = [text(row).split(" 8001")[0].strip() for row in found.values()]
    assert names.index("Homework 2: Lines") < names.index("Homework 10: Sequences")


def test_d10_sorted_by_date_and_narrowed_to_a_section(acting: Acting) -> None:
    person = acting.person("vic", "viewer")
    dates = re.findall(r'data-due="([^"]*)"', person.get(f"/gradesync/sync?target={TARGET}&course={acting.plain}&sort=due").text)
    assert dates == sorted(dates)
    page = person.get(f"/gradesync/sync?target={TARGET}&course={acting.odd}").text
    section = re.findall(r'<option value="(\d+)">Oddities: Assignments \(Synergy\) P2', page) or re.findall(r'<option value="(\d+)">[^<]*P2', page)
    narrowed = person.get(f"/gradesync/sync?target={TARGET}&course={acting.odd}&section={section[0]}").text
    lost = set(offered(page)) - set(offered(narrowed))
    assert [text(rows(narrowed)[name]) for name in lost if "assigned to other sections" in rows(narrowed)[name]]
    assert "checked" not in person.get(f"/gradesync/sync?target={TARGET}&course={acting.plain}&choose=none").text.split("<fieldset")[0]


@pytest.mark.parametrize("fresh", ["", "&fresh=1"], ids=["as the last sync saw it", "as Canvas holds it now"])
def test_d9_a20_what_cannot_be_chosen_is_shown_with_the_reason(acting: Acting, fresh: str) -> None:
    page = acting.person().get(f"/gradesync/remaster?target={TARGET}&course={acting.odd}{fresh}").text
    assert "overwrites edits made in the SIS" in page
    shut = {name: row for name, row in rows(page).items() if name not in offered(page)}
    told = " ".join(text(row) for row in shut.values())
    for code in ("GP-NAME-LONG", "GP-NAME-DUP", "GP-POINTS-ZERO", "GP-NOT-SWITCHED-ON"):
        assert code in told
    assert all("disabled" in row and "checked" not in row for row in shut.values())
    assert "&lt;b&gt;Unit&lt;/b&gt;" in page
    assert "<b>Unit" not in page


def test_f1_d10_preview_then_send_reaches_the_sis_and_says_who(acting: Acting) -> None:
    person, town = acting.person(), acting.town
    _grade_anew(acting)
    run_id = press(person, "sync", acting.plain, concluded="on")
    assert acting.conf(ON_DEMAND, run_id) == {"target": TARGET, "courses": [acting.plain], "concluded": True, "preview": True}
    assert dag_run(ON_DEMAND, run_id).triggering_user_name == "uma"
    started = person.get(f"/gradesync/started/sync/{TARGET}/{run_id}")
    assert (started.status_code, "data-follow" in started.text) == (200, True)
    assert person.get(f"/gradesync/started/remaster/{TARGET}/{run_id}").status_code == 404

    town.forget_log(TARGET)
    acting.carry_out(ON_DEMAND, run_id)
    listed = person.get(f"/gradesync/started/sync/{TARGET}/{run_id}")
    assert (listed.status_code, listed.headers["location"].endswith("/plan")) == (303, True)
    shown = run_page(person, run_id)
    assert "This would send 0 assignments and 1 score." in shown
    assert "Scores 0 1 0 0 0" in shown
    assert "Homework 1: Slope" in shown
    assert "Scores only" in shown
    assert town.writes(TARGET) == []

    sent = person.post(f"{page_of(ON_DEMAND, run_id)}/send")
    again = unquote(sent.headers["location"].rpartition("/")[2])
    assert acting.conf(ON_DEMAND, again) == {"target": TARGET, "courses": [acting.plain], "concluded": True}
    assert acting.carry_out(ON_DEMAND, again)["counts"]["grades"]["sent"] == 1
    assert len(town.writes(TARGET)) == 1
    assert "Posted by uma" in run_page(person, again, "")


@pytest.fixture
def tight(acting: Acting) -> Iterator[None]:
    """A district whose safety valve stops at a single change."""
    before = acting.town.file.read_text(encoding="utf-8")
    text = yaml.safe_load(before)
    text["targets"][TARGET]["safety"] = {"free_changes": 0, "change_percent": 0.01}
    acting.town.file.write_text(yaml.safe_dump(text), encoding="utf-8")
    yield
    acting.town.file.write_text(before, encoding="utf-8")


@pytest.mark.usefixtures("tight")
def test_f1_f8_a_plan_says_what_the_safety_valve_would_hold_back_and_send_may_let_it_through(acting: Acting) -> None:
    person, town = acting.person(), acting.town
    _grade_anew(acting, 0.5)
    run_id = press(person, "sync", acting.plain)
    assert acting.carry_out(ON_DEMAND, run_id)["status"] != "Failed"
    shown = run_page(person, run_id)
    assert "This would send 0 assignments and 1 score." in shown
    assert "Would be stopped by the safety limit Algebra I" in shown
    assert "(this preview would be stopped)." in shown
    assert "Send Allow a large change (override the safety limit)" in shown

    town.forget_log(TARGET)
    place = f"{page_of(ON_DEMAND, run_id)}/send"
    stopped = unquote(person.post(place).headers["location"].rpartition("/")[2])
    assert acting.carry_out(ON_DEMAND, stopped)["status"] == "Failed"
    assert town.writes(TARGET) == []
    allowed = unquote(person.post(place, data={"allow_large_change": "on"}).headers["location"].rpartition("/")[2])
    assert acting.conf(ON_DEMAND, allowed) == {"target": TARGET, "courses": [acting.plain], "allow_large_change": True}
    assert acting.carry_out(ON_DEMAND, allowed)["counts"]["grades"]["sent"] == 1


def _grade_anew(acting: Acting, more: float = 0.25) -> None:
    """A teacher changes a score of Homework 1 that stands in the SIS."""
    log = acting.town.run(TARGET).folder.root.parent / "night-2" / "grades_log.parquet"
    rows = pd.read_parquet(log.path)
    row = rows[(rows["canvas_assignment_id"] == "800108") & (rows["status"] == "updated")].iloc[0]
    place = f"{acting.town.urls['canvas']}/api/v1/courses/{acting.plain}/assignments/800108/submissions/{row['canvas_user_id']}"
    better = {"submission[posted_grade]": str(row["submitted_score"] + more)}
    requests.put(place, data=better, headers={"Authorization": "Bearer canvas-full-token"}, timeout=30).raise_for_status()


def test_a19_only_what_was_chosen_is_asked_for(acting: Acting) -> None:
    person = acting.person()
    section = re.findall(r'<option value="(\d+)">Algebra I P2', person.get(f"/gradesync/sync?target={TARGET}&course={acting.plain}").text)[0]
    run_id = press(person, "sync", acting.plain, assignment=["800108", "800110"], section=section, do="send", allow_large_change="on")
    assert acting.conf(ON_DEMAND, run_id) == {
        "target": TARGET, "courses": [acting.plain], "assignments": ["800108", "800110"], "sections": [section], "allow_large_change": True
    }  # fmt: skip


def test_a20_a_remaster_asks_and_the_answer_is_the_persons_own(acting: Acting) -> None:
    person = acting.person()
    run_id = press(person, "remaster", acting.plain, do="send")
    proposal = acting.carry_out(REMASTER, run_id, until="propose")
    assert "Approve" not in person.get(f"{page_of(REMASTER, run_id)}/plan").text
    assert person.post(f"{page_of(REMASTER, run_id)}/answer", data={"answer": "Approve"}).status_code == 409
    _ask(run_id, proposal)
    asked = person.get(f"{page_of(REMASTER, run_id)}/plan").text
    numbers = re.search(r"send (\d+) assignments and (\d+) scores again", proposal["subject"])
    assert f"Send {numbers[1]} assignments and {numbers[2]} scores to Synergy again?" in text(asked)  # type: ignore[index]  # the subject has them
    assert "Approve and send" in asked

    viewer = acting.person("vic", "viewer")
    assert "Approve and send" not in viewer.get(f"{page_of(REMASTER, run_id)}/plan").text
    assert viewer.post(f"{page_of(REMASTER, run_id)}/answer", data={"answer": "Approve"}).status_code == 403
    assert person.post(f"{page_of(REMASTER, run_id)}/answer", data={"answer": "Perhaps"}).status_code == 400
    assert person.post(f"{page_of(REMASTER, run_id)}/answer", data={"answer": "Approve"}).status_code == 303
    assert _answered(run_id) == (["Approve"], "uma", "scheduled")
    assert person.post(f"{page_of(REMASTER, run_id)}/answer", data={"answer": "Reject"}).status_code == 409
    leases.let_go(acting.run(REMASTER, run_id))


def _ask(run_id: str, proposal: dict[str, object]) -> None:
    """What the task `approve` leaves behind when it has asked."""
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session

    with create_session() as session:
        task = _task(session, run_id)
        task.state = "awaiting_input"
        session.add(HITLDetail(ti_id=task.id, options=["Approve", "Reject"], subject=proposal["subject"], body=proposal["body"], params={}))


def _answered(run_id: str) -> tuple[list[str], str, str]:
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session

    with create_session() as session:
        task = _task(session, run_id)
        asked = session.get(HITLDetail, task.id)
        return asked.chosen_options, asked.responded_by["name"], str(task.state)


def _task(session, run_id: str):
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy import select

    these = (TaskInstance.dag_id == REMASTER, TaskInstance.run_id == run_id, TaskInstance.task_id == f"{TARGET}.approve")
    return session.execute(select(TaskInstance).where(*these)).scalar_one()


@pytest.mark.parametrize("window", ["sync", "remaster"])
def test_who_may_only_look_starts_nothing(acting: Acting, window: str) -> None:
    viewer = acting.person("vic", "viewer")
    page = viewer.get(f"/gradesync/{window}?target={TARGET}&course={acting.plain}").text
    assert "you do not have permission to start syncs" in page
    assert 'name="do"' not in page
    form = {"target": TARGET, "course": acting.plain, "offered": "1", "assignment": ["1"], "do": "send"}
    assert viewer.post(f"/gradesync/{window}", data=form).status_code == 403
    assert viewer.get(f"/gradesync/{window}?target={TARGET}&course={acting.plain}&fresh=1").status_code == 403
    elsewhere = acting.place.visitor("uma", "user")
    for headers in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "http://evil.test"}):
        assert elsewhere.post(f"/gradesync/{window}", data=form, headers=headers).status_code == 403
    assert acting.person("only_powerschool").post(f"/gradesync/{window}", data=form).status_code == 403


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"assignment": []}, "Select at least one assignment."),
        ({"course": ""}, "courses: none is given"),
        ({"assignment": [str(number) for number in range(501)]}, "assignments"),
        ({"target": ""}, "You do not have permission"),
    ],
)
def test_what_cannot_be_meant_is_told(acting: Acting, fields: dict[str, object], told: str) -> None:
    form = {"target": TARGET, "course": acting.plain, "offered": "1", "assignment": ["1"], "do": "send", **fields}
    answer = acting.person().post("/gradesync/sync", data=form)
    assert answer.status_code in (400, 403)
    assert told in text(answer.text)


@pytest.mark.parametrize("query", ["sort=size", f"course={'x' * 256}"])
def test_a_wrong_address_is_told_what_is_allowed(acting: Acting, query: str) -> None:
    answer = acting.person().get(f"/gradesync/sync?target={TARGET}&{query}")
    assert answer.status_code == 400
    assert "is not valid. Use " in answer.text or "characters is too long; the limit is " in answer.text


def test_a_new_course_can_be_read_from_canvas_and_one_that_is_not_there_is_named(acting: Acting) -> None:
    person = acting.person()
    page = person.get(f"/gradesync/sync?target={TARGET}&course=424242").text
    assert "No course found." in page
    answer = person.get(f"/gradesync/sync?target={TARGET}&course=424242&fresh=1")
    assert (answer.status_code, "424242" in answer.text) == (400, True)


def test_canvas_is_not_waited_for_without_end(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "READ_SECONDS", 0.1)
    acting.town.admin("canvas", "latency", "PUT", json={"seconds": 0.3})
    try:
        answer = acting.person().get(f"/gradesync/sync?target={TARGET}&course=515151&fresh=1")
    finally:
        acting.town.admin("canvas", "latency", "PUT", json={"seconds": 0})
    assert answer.status_code == 503
    shown = text(answer.text)
    assert "Reading course 515151 of Synergy from Canvas is taking longer than 0.1 seconds and continues in the background." in shown
    assert "Canvas is responding slowly. Nothing was changed." in shown


def test_a_paused_dag_is_let_go_for_a_run_that_waits_for_it(acting: Acting) -> None:
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.get(DagModel, ON_DEMAND).is_paused = True
    press(acting.person(), "sync", acting.plain)
    with create_session() as session:
        assert session.get(DagModel, ON_DEMAND).is_paused is False
