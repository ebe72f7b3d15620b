"""What holds for all pages that steer: login, rights, content policy, nothing inline, nothing from elsewhere (D, section Safe)."""

from __future__ import annotations

import re

import pytest

from tests.web.lively import OURS, Lively

pytestmark = pytest.mark.airflow
PAGES = ("schedules", "courses", "categories", "categories.csv", "connections", "course")


def address(lively: Lively, page: str) -> str:
    """The address of a page; `course` is the categories of one."""
    return f"/gradesync/categories/synergy/{lively.course('Algebra I')}" if page == "course" else f"/gradesync/{page}"


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_reads_and_a_stranger_does_not(lively: Lively, page: str) -> None:
    asked = address(lively, page)
    assert lively.visitor("vic", "viewer").get(asked).status_code == 200
    assert lively.place.stranger().get(asked).status_code == 401
    assert lively.visitor("nobody", None).get(asked).status_code == 403


@pytest.mark.parametrize("page", ["schedules", "courses", "categories", "connections", "course"])
def test_a_write_needs_a_login_a_right_and_our_own_page(lively: Lively, page: str) -> None:
    asked = address(lively, page)
    assert lively.place.stranger().post(asked, headers=OURS).status_code == 401
    assert lively.visitor("nobody", None).post(asked, headers=OURS).status_code == 403
    for headers in ({}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.test"}):
        assert lively.visitor().post(asked, headers=headers).status_code == 403


@pytest.mark.parametrize("page", [page for page in PAGES if page != "categories.csv"])
def test_no_script_or_style_inline_and_nothing_loaded_from_elsewhere(lively: Lively, page: str) -> None:
    answer = lively.visitor().get(address(lively, page))
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("<script") == answer.text.count('<script src="')
    assert not re.search(r'style=|<style| on\w+="', answer.text)
    assert [place for place in re.findall(r'(?:src|action)="([^"]*)"', answer.text) if "//" in place] == []


def test_what_was_done_is_said_once_and_only_by_us(lively: Lively) -> None:
    browser = lively.visitor()
    course = lively.course("Algebra I")
    answer = browser.post("/gradesync/courses", data={"target": "synergy", "course": course, "action": "default"}, headers=OURS)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "uses the default setting for its SIS" in browser.get("/gradesync/courses").text
    assert 'role="status"' not in browser.get("/gradesync/courses").text
    for forged in ("x", "W10=", "WyJibGluayIsICJ4Il0="):  # no base64, an empty list, a tone that there is not
        browser.cookies.set("gradesync_notice", forged)
        assert 'role="status"' not in browser.get("/gradesync/courses").text


def test_what_is_changed_stands_in_the_audit_log(lively: Lively) -> None:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    course = lively.course("Algebra I")
    lively.press("courses", "eve", "user", target="synergy", course=course, action="default")
    lively.press("connections", "eve", "user", target="synergy", connection="canvas_default")
    with create_session() as session:
        rows = session.execute(select(Log.event, Log.dag_id, Log.extra).where(Log.owner == "eve").order_by(Log.id)).all()
    assert [(row.event, row.dag_id) for row in rows] == [("gradesync.nightly_switch", "grade_sync_synergy"), ("gradesync.test", "grade_sync_synergy")]
    assert course in rows[0].extra


def test_a_form_that_is_too_large_is_refused_before_it_is_read(lively: Lively) -> None:
    answer = lively.visitor().post("/gradesync/courses", content=b"a=" + b"x" * (16 * 2**20), headers={**OURS, "content-type": "text/plain"})
    assert answer.status_code == 413
