"""History (D-1, D-2): newest ten a page, filters, live while something runs."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from include.run_folder import RunFolder
from include.sync import state
from include.sync.tables import RUNS
from tests.web.pages import Place

pytestmark = pytest.mark.airflow


def text(page: str) -> str:
    """A page as a person reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_d1_newest_ten_a_page(viewer: TestClient) -> None:
    first, second = (viewer.get(f"/gradesync/history?page={number}").text for number in (1, 2))
    assert (first.count('<th scope="row">'), second.count('<th scope="row">')) == (10, 4)
    assert first.index("runs/powerschool/now") < first.index("runs/synergy/night-12") < first.index("runs/synergy/night-11")
    assert "runs/powerschool/by-hand" in second
    assert viewer.get("/gradesync/history?page=99").text == second


def test_d1_a_row_tells_type_times_who_stage_counts_and_status(viewer: TestClient) -> None:
    shown = text(viewer.get("/gradesync/history?target=powerschool&status=Failed").text)
    assert "PowerSchool · Remaster 2 courses Nov 13, 2026, 12:00 PM" in shown
    assert "uma Done 3 6 (100%) 25 (96%) Failed 30 errors, 1 warning" in shown
    assert "America/New_York" in shown


def test_d1_live_only_while_something_runs(viewer: TestClient) -> None:
    assert 'hx-trigger="every' in viewer.get("/gradesync/history").text
    assert 'hx-trigger="every' not in viewer.get("/gradesync/history?target=synergy").text


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ("target=powerschool", ["now", "by-hand"]),
        ("mode=remaster", ["by-hand"]),
        ("status=Running", ["now"]),
        ("course=9", ["now"]),
        ("course=course+9", ["now"]),
        ("course=%25", []),
        ("target=powerschool&course=7", ["by-hand"]),
    ],
)
def test_d1_filters(viewer: TestClient, query: str, runs: list[str]) -> None:
    page = viewer.get(f"/gradesync/history?{query}").text
    assert re.findall(r'class="state" href="runs/\w+/([\w-]+)"', page) == runs


def test_d1_by_course_the_counts_are_the_courses_own(viewer: TestClient) -> None:
    shown = text(viewer.get("/gradesync/history?course=8&target=powerschool").text)
    assert "Course 8" in shown
    assert "0 0 0 Completed" in shown


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=9999999999", "status=Fine", "mode=daily", "page=²"])
def test_a_wrong_address_is_told_what_is_allowed(viewer: TestClient, query: str) -> None:
    answer = viewer.get(f"/gradesync/history?{query}")
    assert answer.status_code == 400
    assert "is not valid. Use " in answer.text or "characters is too long; the limit is " in answer.text


def test_the_menus_entry_leads_to_the_history(viewer: TestClient) -> None:
    answer = viewer.get("/gradesync/")
    assert (answer.status_code, answer.headers["location"]) == (303, "history")


def test_airflows_page_of_a_run_leads_to_its_details(viewer: TestClient) -> None:
    answer = viewer.get("/gradesync/dag-run/grade_remaster/by-hand")
    assert (answer.status_code, answer.headers["location"]) == (303, "../../runs/powerschool/by-hand")
    assert viewer.get("/gradesync/dag-run/grade_sync_synergy/by-hand").status_code == 404


def test_a_run_that_died_without_a_word_is_not_called_running(place: Place, viewer: TestClient) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    from tests.web.pages import NOON, Run

    place.start(Run("powerschool", "died", now=NOON), "9")
    assert "Live" in viewer.get("/gradesync/history?course=9&mode=nightly").text
    with create_session() as session:
        run = DagRun(
            dag_id="grade_sync_powerschool", run_id="died", run_type=DagRunType.MANUAL, triggered_by=DagRunTriggeredByType.TEST, run_after=NOON
        )
        run.state = "failed"
        session.add(run)
    assert "Live" not in viewer.get("/gradesync/history?course=9&mode=nightly").text
    assert "stopped before it could write its report" in viewer.get("/gradesync/runs/powerschool/died").text


def test_a20_who_approved_or_rejected_a_plan_is_listed(place: Place, viewer: TestClient) -> None:
    folder = RunFolder.at(place.folder / "artifacts" / "powerschool" / "by-hand")
    before = folder.read_json("summary")
    folder.write_json("summary", {**before, "approval": "rejected by uma"})
    try:
        assert "uma rejected by uma Done" in text(viewer.get("/gradesync/history?mode=remaster").text)
    finally:
        folder.write_json("summary", before)
    assert "rejected" not in viewer.get("/gradesync/history?mode=remaster").text


def test_i1_two_runs_of_the_same_id_have_pages_of_their_own(place: Place, viewer: TestClient) -> None:
    from include.sync.run_key import RunKey
    from tests.web.pages import NOON, Run

    same = "scheduled/2026-11-30T01:00:00+00:00"
    keys = [RunKey("grade_sync_synergy", "nightly", same), RunKey("grade_reconcile_synergy", "reconcile", same)]
    for key in keys:
        place.start(Run("synergy", key.name, key.kind, now=NOON - timedelta(days=99), origin=key), "9")
    try:
        for key in keys:
            answer = viewer.get(f"/gradesync/dag-run/{key.dag_id}/{quote(same, safe='')}")
            assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (303, key.name)
            shown = viewer.get(f"/gradesync/runs/synergy/{key.name}")
            assert f"Job ID {key.shown}" in text(shown.text)
            assert f"dags/{key.dag_id}/runs/{quote(same, safe='')}" in shown.text
        assert viewer.get(f"/gradesync/dag-run/grade_reconcile/{quote(same, safe='')}").status_code == 404
    finally:
        with state.writing(state.engine(place.district.state)) as connection:
            connection.execute(delete(RUNS).where(RUNS.c.run_id.in_([key.name for key in keys])))
