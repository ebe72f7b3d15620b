"""Who may see and do what (D, section Safe): every page asks Airflow's auth manager, per target by that target's DAG."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from tests.web.pages import Place, mounted

pytestmark = pytest.mark.airflow
RUN = "/gradesync/runs/synergy/night-1"
PAGES = [
    "/gradesync/history",
    RUN,
    *(f"{RUN}/{tab}" for tab in ("messages", "filtered", "assignments", "grades")),
    *(f"{RUN}/{table}.csv" for table in ("filtered_canvas_data", "assignments_sync", "grades_log", "messages")),
    *(f"/gradesync/{window}?target=synergy&course=7" for window in ("sync", "remaster", "reconcile")),
    "/gradesync/explain?target=synergy&course=7&assignment=1&student=2",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_reads_and_a_stranger_does_not(place: Place, page: str) -> None:
    assert place.visitor().get(page).status_code == 200
    assert place.stranger().get(page).status_code == 401
    assert place.stranger(_token="no.real.token").get(page).status_code == 403
    assert place.visitor("nobody", None).get(page).status_code == 403


def test_every_route_is_behind_the_login(place: Place) -> None:
    from plugins.gradesync_airflow.web.app import OTHERS, SECTIONS

    stranger = place.stranger()
    routes = [route for router in (*(section.router for section in SECTIONS), *OTHERS) for route in router.routes]
    assert len(routes) > 7
    for route in routes:
        for method in route.methods:
            path = route.path.replace("{", "").replace("}", "")
            assert stranger.request(method, f"/gradesync{path}").status_code == 401, path


def test_a_stranger_who_opens_the_page_by_itself_is_sent_to_the_login(place: Place) -> None:
    answer = place.stranger().get(RUN, headers={"sec-fetch-dest": "document"})
    assert answer.status_code == 303
    assert "/auth/login" in answer.headers["location"]


def test_rights_follow_the_targets_dag(place: Place) -> None:
    somebody = place.visitor("only_powerschool", "viewer")
    listed = somebody.get("/gradesync/history").text
    assert "PowerSchool" in listed
    assert "Synergy" not in listed
    for page in (*PAGES[1:], "/gradesync/history?target=synergy"):
        assert somebody.get(page).status_code == 403, page
    assert somebody.get("/gradesync/dag-run/grade_sync_synergy/night-1").status_code == 404
    assert somebody.get("/gradesync/runs/powerschool/by-hand/grades").status_code == 200


def test_what_is_not_there_and_what_is_not_allowed_look_the_same(place: Place) -> None:
    somebody = place.visitor("only_powerschool", "viewer")
    answers = [somebody.get(f"/gradesync/runs/{target}/night-1") for target in ("synergy", "no_such_target")]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://airflow.test"}, True),
        ({}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "http://airflow.test:8081"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://airflow.test"}, False),
    ],
)
def test_writes_are_taken_from_our_own_pages_only(place: Place, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], taken: bool) -> None:
    from plugins.gradesync_airflow.web import app

    router = APIRouter()
    done: list[str] = []
    router.add_api_route("/act", lambda: done.append("done"), methods=["POST", "PUT", "DELETE"])
    monkeypatch.setattr(app, "OTHERS", (*app.OTHERS, router))
    monkeypatch.setitem(vars(place), "app", mounted())
    for method in ("POST", "PUT", "DELETE"):
        assert place.visitor().request(method, "/gradesync/act", headers=headers).status_code == (200 if taken else 403)
    assert bool(done) == taken


def test_pages_carry_their_own_content_policy_and_are_kept_nowhere(viewer: TestClient) -> None:
    for page in (*PAGES, "/gradesync/no-such-page"):
        headers = viewer.get(page).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_no_page_holds_script_style_or_anything_from_another_host(viewer: TestClient) -> None:
    for page in [page for page in PAGES if not page.endswith(".csv")]:
        text = viewer.get(page).text
        assert "style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert text.count("<script") == text.count('<script src="')
        assert "http://" not in text.replace("http://example.org", "").replace("http://airflow.test", "")
        assert "https://" not in text


def test_reading_names_and_scores_is_written_to_the_audit_log(place: Place) -> None:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    reader = place.visitor("ada", "admin")
    reader.get(f"{RUN}/grades?student=Student%20004")
    reader.get(f"{RUN}/grades_log.csv")
    reader.get(f"{RUN}/messages?type=SIS-REFUSED")
    reader.get(RUN)
    with create_session() as session:
        rows = session.execute(select(Log.event, Log.dag_id, Log.run_id, Log.extra).where(Log.owner == "ada").order_by(Log.id)).all()
    assert [row.event for row in rows] == ["gradesync.grades", "gradesync.csv", "gradesync.messages"]
    assert {(row.dag_id, row.run_id) for row in rows} == {("grade_sync_synergy", "night-1")}
    assert "Student" not in "".join(row.extra for row in rows)
