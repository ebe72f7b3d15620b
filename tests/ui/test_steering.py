"""Schedules, courses, categories and connections in a real browser inside a real Airflow, each through to its effect (A-18, B-5, D-11, D-12)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from include.sync import choices, settings, state
from tests.ui.conftest import Open
from tests.ui.running import Airflow
from tests.ui.test_actions import SYNERGY, admin, grade, held
from tests.ui.test_pages import course_of, framed, settled

pytestmark = [pytest.mark.ui, pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def as_found(airflow: Airflow) -> Iterator[None]:
    """Whatever a test chooses is forgotten after it."""
    yield
    made = choices.choices(engine_of(airflow), "synergy")
    choices.remove(engine_of(airflow), "synergy", made)


def engine_of(airflow: Airflow) -> Engine:
    """The state database of the installation."""
    from include.district import load_district

    return state.engine(load_district(Path(airflow.place.env["GRADESYNC_DISTRICT"])).state)


def done(page: Page) -> str:
    """What the page says that was done."""
    notice = page.locator(".note.told")
    expect(notice).to_be_visible()
    return notice.inner_text()


def test_d11_a_schedule_is_paused_and_resumed_from_the_menu(opened: Open, airflow: Airflow) -> None:
    page = opened("/plugin/grade-sync", "uma")
    expect(framed(page).get_by_role("heading", name="History")).to_be_visible()
    settled(page)
    framed(page).get_by_role("link", name="Schedules").click()
    expect(framed(page).get_by_role("heading", name="Schedules")).to_be_visible()  # else a row of the history may be taken for the schedule's
    row = framed(page).locator("tbody tr", has_text="PowerSchool")
    settled(page)
    expect(row).to_contain_text(re.compile(r"\w{3}\s\d{1,2},\s\d{4}, \d{1,2}:\d\d\s[AP]M"))
    row.get_by_role("button", name="Pause").click()
    expect(framed(page).locator(".note.told")).to_contain_text("Paused the nightly sync for PowerSchool.")
    assert airflow.call("GET", "dags/grade_sync_powerschool")["is_paused"] is True
    expect(row).to_contain_text("None (paused)")
    settled(page)
    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_role("button", name="Run now")).to_be_visible()
    assert airflow.call("GET", "dags/grade_sync_powerschool")["is_paused"] is False
    page.reload()
    expect(framed(page).get_by_role("heading", name="Schedules")).to_be_visible()
    expect(framed(page).locator(".note.told")).to_have_count(0)


def test_d11_a_course_is_found_and_switched_off_and_on(opened: Open, airflow: Airflow) -> None:
    page = opened("/gradesync/courses", "uma")
    page.get_by_role("textbox", name="Course").fill("algebra")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    course = str(page.locator("tbody tr .id").inner_text().split()[0])
    page.get_by_role("button", name="Turn off").click()
    assert done(page).startswith("Nightly sync is off for ")
    assert settings.switches(engine_of(airflow), "synergy") == {course: False}
    expect(page.get_by_role("textbox", name="Course")).to_have_value("algebra")
    page.get_by_role("button", name="Use default").click()
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()
    assert settings.switches(engine_of(airflow), "synergy") == {}
    expect(page.get_by_role("link", name="in Canvas")).to_have_attribute("href", re.compile(rf"^http://127.0.0.1:\d+/courses/{course}$"))
    page.get_by_role("link", name="Completed").click()
    expect(page.get_by_role("heading", name=re.compile("^Synergy: "))).to_be_visible()


def test_b5_d12_changes_are_marked_until_they_are_saved_and_go_out_and_in_as_csv(opened: Open, airflow: Airflow, tmp_path: Path) -> None:
    page = opened("/gradesync/categories?target=synergy&q=oddities%3A+assignments", "uma")
    page.get_by_role("link", name="Oddities: Assignments").click()
    first = page.locator("select[name=choice]").first
    expect(page.locator("tr.changed")).to_have_count(0)
    first.select_option("Unassociated (not sent)")
    expect(page.locator("tr.changed")).to_have_count(1)
    expect(page.locator("[data-count]")).to_have_text("1 unsaved changes")
    page.get_by_role("button", name="Copy first row to all sections").first.click()
    expect(page.locator("tr.changed")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    assert "Saved 2 category mappings for Oddities: Assignments (Synergy)." in done(page)
    expect(page.locator("tr.changed")).to_have_count(0)
    expect(page.locator(".badge", has_text="Unassociated")).to_have_count(2)
    rows = choices.choices(engine_of(airflow), "synergy")
    assert rows["category_id"].isna().tolist() == [True, True]

    page.get_by_role("link", name="← Categories").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(tmp_path / "choices.csv")
    choices.remove(engine_of(airflow), "synergy", rows)
    page.get_by_text("Import a CSV file").click()
    page.get_by_label("File").set_input_files(tmp_path / "choices.csv")
    page.get_by_role("button", name="Import").click()
    assert done(page) == "Imported 2 category mappings from choices.csv."
    assert choices.choices(engine_of(airflow), "synergy").equals(rows)


def run_now(page: Page, airflow: Airflow) -> None:
    """Press *Run now* of Synergy's night, and look on until it has ended well."""
    page.goto(f"{airflow.base}/gradesync/schedules")
    row = page.locator("tbody tr", has_text="Synergy")
    row.get_by_role("button", name="Run now").click()
    assert done(page) == "Started the nightly sync for Synergy."
    expect(row.locator("a.state, .badge").first).to_have_text(re.compile("Queued|Running"))
    expect(row).to_contain_text("Completed", timeout=300_000)


def test_a18_b5_d11_d12_what_was_saved_decides_what_the_next_night_sends(opened: Open, airflow: Airflow, night: pd.DataFrame, tmp_path: Path) -> None:
    """Nightly switch, categories chosen, removed and brought in as CSV, each followed by *Run now*: all by click, through to the SIS."""
    algebra = night["section_name"].str.startswith("Algebra I")
    left_out, filed = (dict(rows.iloc[0]) for rows in (night[algebra], night[~algebra]))
    stood, before = held(airflow, left_out), categories(airflow, filed)
    grade(airflow, left_out, stood - 1)
    page = opened(f"/gradesync/courses?q={left_out['canvas_course_id']}", "uma")
    page.get_by_role("button", name="Turn off").click()
    associations = f"{airflow.base}/gradesync/categories/synergy/{filed['canvas_course_id']}"
    page.goto(associations)
    groups = page.locator(f"tr:has-text('{filed['sis_section_id']}') select[name=choice]")
    titles = groups.first.locator("option").all_inner_texts()[2:]
    title = min(set(titles) & set(before), key=lambda name: (before[name], name))
    for group in groups.all():
        group.select_option(title)
    page.get_by_role("button", name="Save").click()
    assert done(page).startswith("Saved ")

    run_now(page, airflow)
    after = categories(airflow, filed)
    assert after[title] > before[title]
    assert after.total() - after[title] < before.total() - before[title]  # they were moved there, not only created
    assert held(airflow, left_out) == stood

    page.goto(f"{airflow.base}/gradesync/categories?target=synergy")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(tmp_path / "choices.csv")
    page.goto(associations)
    for group in groups.all():
        group.select_option("Name match")
    page.get_by_role("button", name="Save").click()
    assert done(page).startswith("Saved ")
    page.goto(f"{airflow.base}/gradesync/courses?q={left_out['canvas_course_id']}")
    page.get_by_role("button", name="Use default").click()
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()

    run_now(page, airflow)
    created = after.total() - before.total()  # of groups that have no category by name: what stands in the SIS is not taken away again
    assert categories(airflow, filed) == before + Counter({title: created})
    assert held(airflow, left_out) == stood - 1
    page.locator("tbody tr", has_text="Synergy").locator("a.state").click()
    expect(page.locator(".facts")).to_contain_text("uma")

    page.goto(f"{airflow.base}/gradesync/categories")
    page.get_by_text("Import a CSV file").click()
    page.get_by_label("File").set_input_files(tmp_path / "choices.csv")
    page.get_by_role("button", name="Import").click()
    assert "category mappings from choices.csv" in done(page)
    run_now(page, airflow)
    assert categories(airflow, filed) == after


def test_d11_all_schedules_are_paused_and_resumed_by_click(opened: Open, airflow: Airflow) -> None:
    def paused() -> list[object]:
        return [airflow.call("GET", f"dags/grade_sync_{target}")["is_paused"] for target in ("synergy", "powerschool")]

    page = opened("/gradesync/schedules", "uma")
    page.get_by_role("button", name="Pause all").click()
    assert done(page).startswith("Paused: ")
    assert paused() == [True, True]
    expect(page.get_by_role("button", name="Run now")).to_have_count(0)
    page.get_by_role("button", name="Resume all").click()
    assert done(page).startswith("Resumed: ")
    assert paused() == [False, False]
    expect(page.get_by_role("button", name="Run now")).to_have_count(2)


def categories(airflow: Airflow, score: dict[str, Any]) -> Counter[str]:
    """How many assignments of a score's section stand under each category in Synergy."""
    return Counter(item["category"] for item in admin(airflow, SYNERGY, "state")[score["sis_section_id"]]["assignments"])


def test_a_connection_is_tested_and_everybody_sees_the_result(opened: Open, airflow: Airflow) -> None:
    page = opened("/gradesync/connections", "uma")
    page.get_by_role("button", name="Test Synergy").click()
    assert done(page) == "synergy_default passed the test."
    shown = opened("/gradesync/connections", "vic")
    row = shown.locator("tbody tr", has_text="synergy_default")
    expect(row).to_contain_text("Passed")
    expect(row).to_contain_text("by uma")
    expect(row.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 820)])
def test_axe_finds_nothing_serious_where_one_may_act(opened: Open, airflow: Airflow, theme: str, width: int) -> None:
    page = opened("/gradesync/schedules", "uma", theme=theme, width=width)
    for path in ("schedules", "courses", "courses?q=nothing", "categories", course_of(airflow), "rules", "connections"):
        page.goto(f"{airflow.base}/gradesync/{path}")
        found = Axe().run(page).response["violations"]
        assert [(path, one["id"], [node["html"] for node in one["nodes"]][:2]) for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the window"


def test_without_script_a_choice_is_saved_as_well(airflow: Airflow) -> None:
    page = airflow.get("categories?target=synergy&q=algebra", "uma").text
    path = re.findall(r'href="(categories/synergy/\d+)"', page)[0]
    form = airflow.get(path, "uma").text
    section, group = (re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("section", "group"))
    body = {"action": "save", "section": section, "group": group, "was": "", "choice": "none"}
    for name, status in (("vic", 403), ("uma", 303)):
        answer = requests.post(
            f"{airflow.base}/gradesync/{path}", body, cookies={"_token": airflow.token(name)}, headers={"sec-fetch-site": "same-origin"},
            timeout=60, allow_redirects=False,
        )  # fmt: skip
        assert answer.status_code == status
    rows = choices.choices(engine_of(airflow), "synergy")
    assert len(rows) == 1


def test_who_may_steer_fab(fab: Airflow, airflow: Airflow) -> None:
    names = ("", "fab_viewer", "fab_user", "fab_admin", "fab_one", "fab_none")
    for page in ("schedules", "courses", "categories", "rules", "connections"):
        assert [fab.get(page, name).status_code for name in names] == [401, 200, 200, 200, 200, 403], page
        assert "PowerSchool" not in fab.get(page, "fab_one").text
    form = {"action": "resume", "target": "synergy", "kind": "nightly"}
    answers = {}
    for name in names[1:]:
        answers[name] = requests.post(
            f"{fab.base}/gradesync/schedules", form, cookies={"_token": fab.token(name)}, headers={"sec-fetch-site": "same-origin"},
            timeout=60, allow_redirects=False,
        ).status_code  # fmt: skip
    assert answers == {"fab_viewer": 403, "fab_user": 303, "fab_admin": 303, "fab_one": 403, "fab_none": 403}
