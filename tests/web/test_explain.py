"""The score explainer: the same facts as the command, with the sentence; read only when asked, and noted (F-11)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pandas as pd
import pytest

from plugins.gradesync_airflow.web.pages import explain
from tests.web.acting import SAME, TARGET, Acting
from tests.web.test_history import text

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def score(acting: Acting) -> dict[str, str]:
    """The question about a score that stands in the SIS."""
    log = acting.town.run(TARGET).folder.root.parent / "night-2" / "grades_log.parquet"
    rows = pd.read_parquet(log.path)
    row = rows[(rows["canvas_course_id"] == acting.plain) & (rows["status"] == "updated")].iloc[3]
    return {"target": TARGET, "course": acting.plain, "assignment": row["canvas_assignment_id"], "student": row["canvas_user_id"]}


def test_f11_the_grades_log_leads_to_the_question_and_nothing_is_read_unasked(acting: Acting, score: dict[str, str]) -> None:
    person = acting.person("vic", "viewer")
    page = person.get(f"/gradesync/runs/{TARGET}/night-2/grades?assignment_id={score['assignment']}&student_id={score['student']}").text
    address = re.search(r'href="[./]*(explain\?[^"]*)"[^>]*>Why\?', page)[1].replace("&amp;", "&")  # type: ignore[index]  # the row has it
    acting.town.forget_log("canvas", TARGET)
    form = person.get(f"/gradesync/{address}").text
    assert [re.search(f'name="{name}" value="([^"]*)"', form)[1] for name in ("course", "assignment", "student")] == list(score.values())[1:]  # type: ignore[index]  # the form has them
    assert acting.town.admin("canvas", "log") == acting.town.admin(TARGET, "log") == []


def test_f11_the_answer_tells_both_sides_and_is_noted(acting: Acting, score: dict[str, str]) -> None:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    acting.town.forget_log("canvas", TARGET)
    answer = acting.person("vic", "viewer").post("/gradesync/explain", data=score)
    shown = text(answer.text)
    assert answer.status_code == 200, shown
    for told in ("The SIS matches Canvas.", "Score in Canvas", "in this sync", "SIS response Accepted"):
        assert told in shown
    assert acting.town.writes(TARGET) == acting.town.writes("canvas") == []
    with create_session() as session:
        noted = session.execute(select(Log).where(Log.event == "gradesync.explain", Log.owner == "vic")).scalars().all()
        assert [score["student"] in row.extra and row.dag_id == f"grade_sync_{TARGET}" for row in noted] == [True]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"student": "nobody"}, 'student "nobody" is not in course'),
        ({"assignment": "1"}, 'assignment "1" is not in course'),
        ({"course": "0"}, 'course "0" is not in Canvas account'),
        ({"student": ""}, "Fill in: student."),
        ({"student": "<script>"}, '"<script>" is not in course'),
        ({"course": "x" * 256}, "characters is too long"),
    ],
)
def test_f11_what_is_not_there_is_named(acting: Acting, score: dict[str, str], changed: dict[str, str], told: str) -> None:
    answer = acting.person().post("/gradesync/explain", data={**score, **changed})
    assert answer.status_code == 400
    assert "<script>" not in answer.text
    assert told in text(answer.text).replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")


def test_f11_only_for_those_who_may_read_that_target(acting: Acting, score: dict[str, str]) -> None:
    assert acting.person("only_powerschool").post("/gradesync/explain", data=score).status_code == 403
    assert acting.place.visitor("vic", "viewer").post("/gradesync/explain", data=score).status_code == 403  # not from our own page


@contextmanager
def slow_canvas(acting: Acting, seconds: float) -> Iterator[None]:
    """Canvas takes so long for each answer."""
    acting.town.admin("canvas", "latency", "PUT", json={"seconds": seconds})
    try:
        yield
    finally:
        acting.town.admin("canvas", "latency", "PUT", json={"seconds": 0})


def test_f11_an_answer_that_takes_too_long_is_not_waited_for(acting: Acting, score: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "EXPLAIN_SECONDS", 0.1)
    with slow_canvas(acting, 0.3):
        answer = acting.person().post("/gradesync/explain", data={**score, "student": "slow"})
    assert answer.status_code == 503
    assert "is taking longer than 0.1 seconds and continues in the background. Canvas or the SIS is responding slowly. Try again later" in text(
        answer.text
    )
    assert 'value="slow"' in answer.text  # the question is still there to be asked again


def test_f11_other_pages_answer_while_one_waits(acting: Acting, score: dict[str, str]) -> None:
    person = acting.person()

    async def both() -> tuple[bool, int, int]:
        transport = httpx.ASGITransport(app=person.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test", headers=SAME, cookies=dict(person.cookies)) as browser:
            waiting = asyncio.create_task(browser.post("/gradesync/explain", data=score))
            await asyncio.sleep(0.2)
            other = await browser.get("/gradesync/history")
            return waiting.done(), other.status_code, (await waiting).status_code

    with slow_canvas(acting, 1.0):
        assert asyncio.run(both()) == (False, 200, 200)
