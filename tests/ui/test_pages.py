"""The pages in a real browser inside a real Airflow: from the menu through every tab, in both themes, with keyboard and screen reader in mind."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect

from include.sync.run_key import RunKey
from tests.ui.conftest import Open, Picture
from tests.ui.running import Airflow

pytestmark = [pytest.mark.ui, pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]
TABS = ("Overview", "Warnings and errors", "Filtered Canvas data", "Assignments sync", "Grades log")


def run_of(airflow: Airflow, target: str) -> str:
    """The address of the oldest run of a target: its page knows it by its name."""
    return f"runs/{target}/{RunKey(f'grade_sync_{target}', 'nightly', id_of(airflow, target)).name}"


def id_of(airflow: Airflow, target: str) -> str:
    """What Airflow calls the oldest run of a target."""
    runs = airflow.call("GET", f"dags/grade_sync_{target}/dagRuns?order_by=run_after&limit=1")["dag_runs"]
    return str(runs[0]["dag_run_id"])


def course_of(airflow: Airflow) -> str:
    """The address of the categories of a course with every kind of trouble."""
    page = airflow.get("categories?target=synergy&q=oddities%3A+assignments", "vic").text
    return re.findall(r'href="(categories/synergy/\d+)"', page)[0]


def framed(page: Page) -> FrameLocator:
    """What is inside Airflow's frame."""
    return page.frame_locator("iframe")


def settled(page: Page) -> None:
    """Airflow's address bar has followed the frame. It leads the frame to the address that it saw last: a click before that may be undone."""
    shown = "decodeURIComponent(frames[0].location.pathname + frames[0].location.search)"
    page.wait_for_function(f"() => decodeURIComponent(location.href).endsWith({shown})")
    page.evaluate("() => new Promise(resolve => requestIdleCallback(resolve))")


def show(page: Page, tab: str) -> None:
    """Click on the tab, as a person does: once more where nothing came of it, for on a busy machine Airflow may lead the frame back even later."""
    details = framed(page).get_by_role("navigation", name="Details")
    settled(page)
    details.get_by_role("link", name=tab).click()
    try:
        expect(details.locator("[aria-current]")).to_contain_text(tab, timeout=10_000)
    except AssertionError:
        settled(page)
        details.get_by_role("link", name=tab).click()
        expect(details.locator("[aria-current]")).to_contain_text(tab)


def students(page: Page) -> list[str]:
    """The students of the Grades log, top to bottom."""
    return page.locator("table.log tbody td:nth-child(3) bdi").all_inner_texts()


def test_d_every_tab_is_within_two_clicks_of_the_menu(opened: Open) -> None:
    page = opened("/")
    page.get_by_role("link", name="Grade Sync").click()
    inside = framed(page)
    expect(inside.get_by_role("heading", name="History")).to_be_visible()
    expect(inside.locator("tbody tr")).not_to_have_count(0)
    settled(page)
    inside.locator("a.state").first.click()
    expect(inside.get_by_role("navigation", name="Details")).to_be_visible()
    for tab in TABS:
        show(page, tab)
    settled(page)
    inside.get_by_role("link", name="← History").click()
    expect(inside.get_by_role("heading", name="History")).to_be_visible()


def test_reload_and_the_back_button_stay_where_one_is(opened: Open, airflow: Airflow) -> None:
    page = opened("/plugin/grade-sync")
    expect(framed(page).locator("a.state")).not_to_have_count(0)
    settled(page)
    framed(page).locator("a.state").first.click()
    expect(framed(page).get_by_role("heading", name="Filtered Canvas data")).to_be_visible()
    expect(page).to_have_url(re.compile("/plugin/grade-sync/gradesync/runs/"))
    page.reload()
    expect(framed(page).get_by_role("heading", name="Filtered Canvas data")).to_be_visible()


@pytest.mark.screenshots
def test_the_tab_on_airflows_page_of_a_run(opened: Open, airflow: Airflow, picture: Picture) -> None:
    target, run_id = "synergy", id_of(airflow, "synergy")
    page = opened(f"/dags/grade_sync_{target}/runs/{run_id}/plugin/grade-sync-run")
    expect(framed(page).get_by_role("heading", name="Synergy: Nightly sync")).to_be_visible()
    picture(page, "airflows-run")
    framed(page).get_by_role("link", name="Open in Airflow").click()
    expect(page).to_have_url(re.compile(f"/dags/grade_sync_{target}/runs/"))
    expect(page.locator("iframe")).to_have_count(0)


def test_d8_sort_filter_by_click_remove_page_and_csv(opened: Open, airflow: Airflow) -> None:
    page = opened(f"/gradesync/{run_of(airflow, 'synergy')}/grades")
    page.locator("th a", has_text="Student").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    rising = students(page)
    assert len(rising) == 10
    assert rising == sorted(rising)
    page.locator("th a", has_text="Student").click()
    page.locator("th[aria-sort=descending]").wait_for()
    falling = students(page)
    assert falling == sorted(falling, reverse=True)
    assert falling != rising
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of")).to_be_visible()

    name = students(page)[0]
    page.locator("table.log tbody td:nth-child(3) a").first.click()
    expect(page.locator(".chips li")).to_have_count(1)
    assert set(students(page)) == {name}
    page.locator("select[name=status]").select_option("updated")
    expect(page.locator(".chips li")).to_have_count(3)  # the student, the status, remove all
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert {(row["student_name"], row["status"]) for row in rows} == {(name, "updated")}
    shown = page.locator(".pages .quiet").inner_text()
    assert shown.startswith(f"{len(rows)} ")

    page.get_by_role("link", name="Remove filter Student").click()
    expect(page.locator(".chips li")).to_have_count(1)
    assert int(page.locator(".pages .quiet").inner_text().split()[0].replace(",", "")) > len(rows)


def test_d5_a_group_opens_to_its_rows(opened: Open, airflow: Airflow) -> None:
    page = opened(f"/gradesync/{run_of(airflow, 'synergy')}/messages")
    first = page.locator("tbody tr").first
    count = int(first.locator("td.number").inner_text())
    first.locator("td.number a").click()
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    expect(page.locator("table.log tbody tr")).to_have_count(min(10, count))


def live(opened: Open) -> Page:
    """The history once it says that a run of PowerSchool is running. The page is marked, to be known again: it must not be loaded anew."""
    page = opened("/gradesync/history?target=powerschool")
    for _ in range(120):
        if page.locator("table .badge", has_text="Running").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("table .badge", has_text="Running")).to_be_visible()
    return page


def marked(page: Page) -> bool:
    """Whether it is still the page that was marked; the first time it is marked."""
    return bool(page.evaluate("document.body.dataset.marked ? true : (document.body.dataset.marked = 'so', false)"))


def test_d1_history_is_live_while_something_runs(opened: Open, airflow: Airflow) -> None:
    run_id = airflow.start("powerschool")
    page = live(opened)
    assert not marked(page)
    row = page.locator("tbody tr", has=page.locator(f'a.state[href*="{run_id.split("__")[1][:13].lower()}"]')).first
    expect(page.locator("table .badge", has_text="Running")).to_have_count(0, timeout=200_000)
    expect(row.locator(".badge")).to_contain_text("Completed")
    assert marked(page)
    airflow.wait_for("powerschool", run_id)


@pytest.mark.screenshots
def test_d1_d4_the_overview_follows_a_run_stage_by_stage(opened: Open, airflow: Airflow, picture: Picture) -> None:
    run_id = airflow.start("powerschool")
    page = live(opened)
    picture(page, "history-running")
    page.locator("tbody tr", has=page.locator(".badge", has_text="Running")).locator("a.state").click()
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()
    assert not marked(page)
    picture(page, "overview-running")
    bars, done = page.locator("#page progress"), "[...document.querySelectorAll('#page progress')].reduce((sum, bar) => sum + bar.value, 0)"
    assert bars.count() > 1
    first = page.evaluate(done)
    for _ in range(480):  # the page's own policy forbids what `wait_for_function` does
        if page.evaluate(done) > first:
            break
        page.wait_for_timeout(250)
    assert page.evaluate(done) > first
    expect(page.get_by_role("heading", name="Progress")).to_have_count(0, timeout=200_000)
    expect(page.get_by_role("heading", name="Grades sync")).to_be_visible()
    assert marked(page)
    airflow.wait_for("powerschool", run_id)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 820])
def test_axe_finds_nothing_serious(opened: Open, airflow: Airflow, theme: str, width: int) -> None:
    run = run_of(airflow, "synergy")
    page = opened("/gradesync/history", theme=theme, width=width)
    for path in (
        "history",
        "history?course=nothing",
        "no-such-page",
        run,
        *(f"{run}/{tab}" for tab in ("messages?type=GP-NAME-DUP", "filtered", "assignments", "grades?status=failed")),
    ):
        page.goto(f"{airflow.base}/gradesync/{path}") if path != "no-such-page" else None
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        found = Axe().run(page).response["violations"]
        assert [(path, one["id"], [node["html"] for node in one["nodes"]][:2]) for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the window"


def test_the_frame_follows_airflows_theme(opened: Open) -> None:
    page = opened("/plugin/grade-sync", theme="dark")
    root = framed(page).locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.evaluate("localStorage.setItem('theme', 'light')")
    expect(root).to_have_attribute("data-theme", "light")


def test_the_keyboard_reaches_content_and_filters(opened: Open) -> None:
    page = opened("/gradesync/history")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Refresh")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="SIS")).to_be_focused()


def test_who_may_read_simple_auth_manager(airflow: Airflow) -> None:
    page = f"{run_of(airflow, 'synergy')}/grades"
    assert [airflow.get(page, name).status_code for name in ("", "vic", "uma", "admin")] == [401, 200, 200, 200]


def test_who_may_read_fab(fab: Airflow, airflow: Airflow, opened: Open) -> None:
    page, other = (f"{run_of(airflow, target)}/grades" for target in ("synergy", "powerschool"))
    names = ("", "fab_viewer", "fab_user", "fab_admin", "fab_one", "fab_none")
    assert [fab.get(page, name).status_code for name in names] == [401, 200, 200, 200, 200, 403]
    assert [fab.get(other, name).status_code for name in names] == [401, 200, 200, 200, 403, 403]
    listed = fab.get("history", "fab_one").text
    assert "Synergy" in listed
    assert "PowerSchool" not in listed
    shown = opened("/plugin/grade-sync", "fab_viewer", of=fab)
    expect(framed(shown).get_by_role("heading", name="History")).to_be_visible()


def test_reading_grades_is_in_airflows_audit_log(airflow: Airflow) -> None:
    airflow.get(f"{run_of(airflow, 'synergy')}/grades", "uma")
    rows = airflow.call("GET", "eventLogs?event=gradesync.grades&owner=uma")["event_logs"]
    assert {(row["dag_id"], row["owner"]) for row in rows} == {("grade_sync_synergy", "uma")}


@pytest.mark.screenshots
def test_every_page_in_both_themes(opened: Open, airflow: Airflow, picture: Picture) -> None:
    run = run_of(airflow, "synergy")
    pages = {"history": "history", "overview": run, **{tab: f"{run}/{tab}" for tab in ("messages", "filtered", "assignments", "grades")}}
    pages |= {name: name for name in ("schedules", "courses", "categories", "rules", "connections")} | {"course-categories": course_of(airflow)}
    course = course_of(airflow).rpartition("/")[2]
    pages |= {name: f"{name}?target=synergy&course={course}" for name in ("sync", "remaster", "reconcile", "explain")}
    for theme in ("light", "dark"):
        page = opened("/", "uma", theme=theme)
        for name, path in pages.items():
            page.goto(f"{airflow.base}/plugin/grade-sync/gradesync/{path}")
            expect(framed(page).locator("#page h1")).to_be_visible()
            picture(page, f"{name}-{theme}")
