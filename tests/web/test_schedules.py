"""Schedules: what runs when, and starting, pausing and resuming it as the person who is logged in (A-18, D-11)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plugins.gradesync_airflow.web.timetable import in_words
from tests.web.lively import Lively

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("known_dags")]


@pytest.fixture(autouse=True)
def paused(lively: Lively) -> Iterator[None]:
    """All of them are paused afterwards."""
    yield
    lively.press("schedules", action="pause_all")


def dags(*names: str) -> dict[str, bool]:
    """Which of these DAGs are paused."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = session.execute(select(DagModel.dag_id, DagModel.is_paused).where(DagModel.dag_id.in_(names))).all()
    return dict(tuple(row) for row in rows)


def runs(dag: str) -> list[tuple[str, str | None]]:
    """Who started which state of run."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.execute(select(DagRun.state, DagRun.triggering_user_name).where(DagRun.dag_id == dag).order_by(DagRun.id)).all()
    return [(str(state), name) for state, name in found]


def test_a18_each_schedule_in_words_with_its_zone(lively: Lively) -> None:
    shown = lively.see("schedules")
    assert "Synergy Nightly sync At 01:15 AM 15 1 * * * in America/Chicago None (paused)" in shown
    assert "Synergy Reconcile At 04:00 AM, only on Saturday 0 4 * * 6 in America/Chicago" in shown
    assert "PowerSchool Nightly sync At 01:16 AM 16 1 * * * in America/New_York" in shown
    assert "Times are shown in America/New_York" in shown


@pytest.mark.parametrize(
    ("cron", "told"),
    [("15 1 * * *", "At 01:15 AM"), ("30 22 * * 1-5", "At 10:30 PM, Monday through Friday"), ("not a cron", "not a cron")],
)
def test_a_cron_expression_in_words(cron: str, told: str) -> None:
    assert in_words(cron) == told


def test_resume_and_pause_reach_airflow_and_the_next_night_is_shown(lively: Lively) -> None:
    assert lively.told("schedules", "uma", action="resume", target="synergy", kind="nightly") == "Resumed the nightly sync for Synergy."
    assert dags("grade_sync_synergy", "grade_sync_powerschool") == {"grade_sync_synergy": False, "grade_sync_powerschool": True}
    shown = lively.see("schedules")
    assert ", 2:15 AM" in shown  # 01:15 in Chicago is 02:15 in the district's zone
    assert ", 2:15 AM" in lively.see("courses?target=synergy")
    assert (
        lively.told("schedules", "uma", action="pause", target="synergy", kind="nightly")
        == "Paused the nightly sync for Synergy. A run in progress continues."
    )
    assert dags("grade_sync_synergy") == {"grade_sync_synergy": True}
    assert lively.told("schedules", "uma", action="resume", target="synergy", kind="reconcile") == "Resumed the reconcile for Synergy."
    assert dags("grade_reconcile_synergy") == {"grade_reconcile_synergy": False}


def test_pause_all_and_resume_all_are_those_that_one_may_act_on(lively: Lively) -> None:
    lively.press("schedules", action="resume_all")
    names = ("grade_sync_synergy", "grade_sync_powerschool")
    assert set(dags(*names).values()) == {False}
    assert lively.told("schedules", "only_powerschool", action="pause_all") == "Paused: PowerSchool (nightly sync)."
    assert dags(*names) == {"grade_sync_synergy": False, "grade_sync_powerschool": True}
    assert lively.told("schedules", "only_powerschool", action="pause_all") == "There was nothing to pause."


def test_run_now_is_posted_by_the_person_who_pressed_it(lively: Lively) -> None:
    before = runs("grade_sync_powerschool")
    answer = lively.press("schedules", "uma", "user", action="run", target="powerschool", kind="nightly")
    assert answer.status_code == 409
    assert "Resume it before you run it" in answer.text
    assert runs("grade_sync_powerschool") == before
    lively.press("schedules", action="resume", target="powerschool", kind="nightly")
    assert lively.told("schedules", "uma", action="run", target="powerschool", kind="nightly") == "Started the nightly sync for PowerSchool."
    assert runs("grade_sync_powerschool") == [*before, ("queued", "uma")]
    assert "Queued" in lively.see("schedules")


def test_f8_a_night_that_failed_may_be_run_again_with_a_large_change(lively: Lively) -> None:
    lively.press("schedules", action="resume", target="powerschool", kind="nightly")
    lively.told("schedules", "uma", action="run", target="powerschool", kind="nightly")
    assert "Allow a large change" not in lively.see("schedules")
    end_newest("grade_sync_powerschool", "failed")
    assert "Allow a large change (override the safety limit) Run now" in lively.see("schedules")
    lively.told("schedules", "uma", action="run", target="powerschool", kind="nightly", allow_large_change="on")
    assert end_newest("grade_sync_powerschool", "success") == {"allow_large_change": True}


def end_newest(dag: str, state: str) -> dict[str, object]:
    """The DAG's newest run ends so; the parameters with which it was started."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        run = session.execute(select(DagRun).where(DagRun.dag_id == dag).order_by(DagRun.id.desc()).limit(1)).scalar_one()
        run.state = state
        return dict(run.conf)


def test_only_who_may_act_on_the_target_runs_pauses_and_resumes(lively: Lively) -> None:
    form = {"action": "resume", "target": "synergy", "kind": "nightly"}
    shown = lively.see("schedules", "vic", "viewer")
    assert "View only" in shown
    assert "Resume" not in shown.partition("Resume all")[0]
    assert lively.press("schedules", "vic", "viewer", **form).status_code == 403
    assert lively.press("schedules", "vic", "viewer", action="resume_all").status_code == 403
    assert lively.press("schedules", "only_powerschool", "user", **form).status_code == 403
    assert "Synergy" not in lively.see("schedules", "only_powerschool", "user")
    assert lively.visitor().post("/gradesync/schedules", data=form, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert dags("grade_sync_synergy") == {"grade_sync_synergy": True}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "resume", "target": "powerschool", "kind": "reconcile"}, 404),
        ({"action": "resume", "target": "synergy", "kind": "weekly"}, 400),
        ({"action": "resume", "target": "nowhere", "kind": "nightly"}, 403),
        ({"action": "stop"}, 400),
    ],
    ids=["no such schedule", "unknown kind", "unknown target", "unknown action"],
)
def test_what_cannot_be_is_refused(lively: Lively, form: dict[str, str], status: int) -> None:
    assert lively.press("schedules", **form).status_code == status
