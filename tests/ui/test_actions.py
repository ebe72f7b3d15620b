"""What a person starts on the pages, by click, through a real Airflow to what the SIS holds in the end (D-9, D-10, F-1, F-2, F-7, F-11)."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect

from include.sync.run_key import RunKey
from tests.mailbox import Mailbox
from tests.ui.conftest import Open, Picture
from tests.ui.running import HEAD, Airflow
from tests.ui.test_pages import framed, settled

pytestmark = [pytest.mark.ui, pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
COURSE, WORK = "Algebra I", "Homework 1: Slope"
CANVAS, SYNERGY = 0, 2
MINUTES = 120_000


@pytest.fixture(scope="module")
def score(night: pd.DataFrame) -> dict[str, Any]:
    """A score of Homework 1 that the night sent to Synergy."""
    return dict(night[(night["assignment_name"] == WORK) & night["section_name"].str.startswith(COURSE)].iloc[0])


def admin(airflow: Airflow, system: int, path: str, body: object = None) -> Any:
    """An admin address of a system of the sandbox."""
    place = f"http://127.0.0.1:{airflow.place.sandbox + system}/_sandbox/{path}"
    answer = requests.post(place, json=body, timeout=30) if body else requests.get(place, timeout=30)
    answer.raise_for_status()
    return answer.json()


def held(airflow: Airflow, score: dict[str, Any]) -> float:
    """What Synergy shows for it."""
    items = admin(airflow, SYNERGY, "state")[score["sis_section_id"]]["assignments"]
    mine = next(item for item in items if item["name"] == score["assignment_name"])
    return float(mine["scores"][score["sis_user_id"]][0]["score"])


def grade(airflow: Airflow, score: dict[str, Any], points: float) -> None:
    """A teacher gives another score in Canvas."""
    place = f"http://127.0.0.1:{airflow.place.sandbox}/api/v1/courses/{score['canvas_course_id']}/assignments/{score['canvas_assignment_id']}"
    body, token = {"submission[posted_grade]": str(points)}, {"Authorization": "Bearer canvas-full-token"}
    requests.put(f"{place}/submissions/{score['canvas_user_id']}", data=body, headers=token, timeout=30).raise_for_status()


def sound(page: Page) -> None:
    """Keyboard and screen reader get along with what is shown, in both themes."""
    for theme in ("dark", "light"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:2]) for one in found] == []
    for width in (820, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width} px"


def ended(page: Page | FrameLocator) -> None:
    """Completed, and without errors."""
    expect(page.locator(".head .badge")).to_have_text(re.compile("Completed|Failed"), timeout=MINUTES)
    expect(page.locator(".head .badge")).to_have_text("Completed")


@pytest.mark.screenshots
def test_d10_f1_a_changed_score_is_previewed_and_sent_by_click(
    opened: Open, fab: Airflow, airflow: Airflow, score: dict[str, Any], picture: Picture
) -> None:
    better = float(score["submitted_score"]) - 0.5
    grade(airflow, score, better)

    page = opened("/plugin/grade-sync", "fab_user", of=fab)
    inside = framed(page)
    expect(inside.get_by_role("heading", name="History")).to_be_visible()
    settled(page)
    inside.get_by_role("navigation", name="Grade Sync").get_by_role("link", name="Sync now", exact=True).click()
    expect(inside.get_by_role("heading", name="Sync on demand")).to_be_visible()
    settled(page)
    inside.get_by_role("combobox", name="SIS").select_option("synergy")
    expect(page).to_have_url(re.compile("target=synergy"))
    settled(page)
    inside.get_by_role("link", name=COURSE).click()
    expect(inside.locator("[data-chosen]")).to_be_visible()
    settled(page)
    inside.get_by_role("link", name="Clear selection").click()
    expect(inside.locator("[data-chosen]")).to_have_text("0")
    inside.get_by_role("link", name="Due").click()
    expect(inside.locator("th[aria-sort=ascending]")).to_contain_text("Due")
    inside.get_by_label(WORK).check()
    inside.get_by_role("button", name="Preview").click()
    expect(inside.get_by_role("heading", name="This would send 0 assignments and 1 score.")).to_be_visible(timeout=MINUTES)
    expect(inside.get_by_role("region", name="Planned items", exact=True)).to_contain_text(WORK)
    assert held(airflow, score) == float(score["submitted_score"])
    picture(page, "sync-previewed")
    inside.get_by_role("button", name="Send").click()
    expect(inside.locator(".tag", has_text="Preview")).to_have_count(0, timeout=MINUTES)
    ended(inside)
    expect(inside.locator(".facts")).to_contain_text("fab_user")
    assert held(airflow, score) == better
    expect(inside.locator("p.actions").get_by_role("link", name="Remaster")).to_be_visible()


@pytest.mark.screenshots
def test_d9_a20_a_remaster_is_approved_by_click(opened: Open, airflow: Airflow, score: dict[str, Any], picture: Picture) -> None:
    page = opened(f"/gradesync/remaster?target=synergy&course={score['canvas_course_id']}", "uma")
    sound(page)
    requests.delete(f"http://127.0.0.1:{airflow.place.sandbox + SYNERGY}/_sandbox/log", timeout=30)
    page.get_by_role("button", name="Plan and request approval").click()
    question = page.get_by_role("heading", name=re.compile(r"Send \d+ assignments and \d+ scores to Synergy again\?"))
    expect(question).to_be_visible(timeout=MINUTES)
    assignments, scores = (int(number) for number in re.findall(r"\d+", question.inner_text()))
    assert admin(airflow, SYNERGY, "log?writes=1") == []
    sound(page)
    picture(page, "remaster-asks")
    page.wait_for_timeout(2500)  # a person reads it; Airflow loses an answer that comes within a second
    page.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_text("The plan was approved by uma.")).to_be_visible(timeout=MINUTES)
    ended(page)
    assert len(admin(airflow, SYNERGY, "log?writes=1")) == assignments + scores


def test_d9_a20_a_plan_is_rejected_by_click_and_nothing_is_sent(opened: Open, airflow: Airflow, score: dict[str, Any]) -> None:
    requests.delete(f"http://127.0.0.1:{airflow.place.sandbox + SYNERGY}/_sandbox/log", timeout=30)
    before = admin(airflow, SYNERGY, "state")
    page = opened(f"/gradesync/remaster?target=synergy&course={score['canvas_course_id']}", "uma")
    page.get_by_role("button", name="Plan and request approval").click()
    expect(page.get_by_role("button", name="Reject")).to_be_visible(timeout=MINUTES)
    page.wait_for_timeout(2500)  # as above
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".note.told")).to_have_text("Rejected. Nothing was sent, and other syncs can use the course again.")
    expect(page.get_by_text("The plan was rejected by uma.")).to_be_visible(timeout=MINUTES)
    ended(page)
    page.get_by_role("link", name="← History").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Remaster")
    expect(row).to_contain_text("rejected by uma")
    assert admin(airflow, SYNERGY, "log?writes=1") == []
    assert admin(airflow, SYNERGY, "state") == before


def test_f2_an_edited_score_is_found_and_repaired_by_click(opened: Open, airflow: Airflow, score: dict[str, Any]) -> None:
    right = held(airflow, score)
    order = {"do": "edit_score", "id": score["sis_assignment_id"], "student": score["sis_user_id"], "score": 1.25}
    admin(airflow, SYNERGY, "teacher", order)
    page = opened("/gradesync/reconcile", "uma")
    page.get_by_role("combobox", name="SIS").select_option("synergy")
    page.get_by_label("Courses, one per line").fill(score["canvas_course_id"])
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("link", name="1 scores: Edited in SIS").click(timeout=MINUTES)
    expect(page.locator("table.log tbody")).to_contain_text("1.25")
    sound(page)
    page.get_by_role("button", name="Repair").click()
    expect(page.locator(".tag", has_text="Repair")).to_be_visible(timeout=MINUTES)
    ended(page)
    assert held(airflow, score) == right
    page.goto(f"{airflow.base}/gradesync/reconcile")
    expect(page.locator("tbody tr").first).to_contain_text("Edited in SIS: 1")
    sound(page)


def test_f11_the_grades_log_leads_to_the_explanation(opened: Open, airflow: Airflow, score: dict[str, Any]) -> None:
    dag_id, _, dag_run_id = score["run_id"].partition("/")
    ids = f"assignment_id={score['canvas_assignment_id']}&student_id={score['canvas_user_id']}"
    page = opened(f"/gradesync/runs/synergy/{RunKey(dag_id, 'nightly', dag_run_id).name}/grades?{ids}")
    page.get_by_role("link", name="Why?").first.click()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("The SIS matches Canvas.")).to_be_visible()
    sound(page)


def test_f7_the_night_with_errors_was_told_by_mail_and_its_link_opens(opened: Open, airflow: Airflow, mails: Mailbox) -> None:
    assert {tuple(to) for to, _ in mails.got} == {(HEAD,)}
    number = next(number for number in range(len(mails.got)) if "synergy" in mails.subject(number))
    link = re.search(r'href="([^"]+)"', mails.text(number))
    assert link
    page = opened(link[1].removeprefix(airflow.base))
    expect(framed(page).get_by_role("heading", name="Synergy: Nightly sync")).to_be_visible()
    errors = re.search(r"([\d,]+) errors", mails.subject(number))
    assert errors
    history = opened("/gradesync/history?target=synergy&mode=nightly").locator("tbody")
    expect(history).to_contain_text(f"{errors[1]} errors")


def test_who_may_only_look_under_fab(fab: Airflow, score: dict[str, Any]) -> None:
    form = {"target": "synergy", "course": score["canvas_course_id"], "offered": "1", "assignment": score["canvas_assignment_id"], "do": "preview"}
    asked = {"data": form, "headers": {"sec-fetch-site": "same-origin"}, "timeout": 60}
    for name in ("fab_viewer", "fab_one", "fab_none"):
        assert requests.post(f"{fab.base}/gradesync/sync", cookies={"_token": fab.token(name)}, **asked).status_code == 403, name
