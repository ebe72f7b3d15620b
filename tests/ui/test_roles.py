"""Every button of the pages, and Airflow's own API for runs by hand, under FAB's roles and the simple auth manager's (section Safe)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.ui.running import Airflow
from tests.ui.test_pages import run_of
from tests.web.posts import FROM_ELSEWHERE, POSTS, Post

pytestmark = [pytest.mark.ui, pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
# Who sees Synergy, who acts on it; and the same of PowerSchool.
PEOPLE = {
    "fab_admin": ((True, True), (True, True)),
    "fab_user": ((True, True), (True, True)),
    "fab_viewer": ((True, False), (True, False)),
    "fab_one": ((True, False), (False, False)),
    "fab_acts": ((True, True), (False, False)),
    "fab_none": ((False, False), (False, False)),
}
SIMPLE = {"admin": (True, True), "uma": (True, True), "vic": (True, False)}
each = pytest.mark.parametrize("post", POSTS, ids=lambda post: post.route)


def pressed(of: Airflow, post: Post, target: str, run_id: str, name: str) -> int:
    return of.post(post.path(target, run_id), name, post.body(target)).status_code


@each
def test_who_may_press_it_under_fab(fab: Airflow, airflow: Airflow, post: Post) -> None:
    for number, target in enumerate(("synergy", "powerschool")):
        run_id = unquote(run_of(airflow, target).rpartition("/")[2])
        answers = {name: pressed(fab, post, target, run_id, name) for name in PEOPLE}
        may = {name: post.allowed(*rights[number]) or (post.whole and rights[0][1]) for name, rights in PEOPLE.items()}
        assert answers == {name: post.status if yes else 403 for name, yes in may.items()}, target


@each
def test_who_may_press_it_under_the_simple_auth_manager(airflow: Airflow, post: Post) -> None:
    run_id = unquote(run_of(airflow, "synergy").rpartition("/")[2])
    answers = {name: pressed(airflow, post, "synergy", run_id, name) for name in SIMPLE}
    assert answers == {name: post.status if post.allowed(*rights) else 403 for name, rights in SIMPLE.items()}


@each
def test_nothing_is_pressed_from_elsewhere_under_fab(fab: Airflow, airflow: Airflow, post: Post) -> None:
    path, body = post.path("synergy", unquote(run_of(airflow, "synergy").rpartition("/")[2])), post.body("synergy")
    assert fab.post(path, "", body).status_code == 401
    for headers in FROM_ELSEWHERE:
        assert fab.post(path, "fab_admin", body, headers).status_code == 403, headers


def test_airflows_own_form_takes_those_targets_alone_on_which_one_may_act(fab: Airflow, airflow: Airflow) -> None:
    """The form in Airflow's pages, its API and airflowctl send the same request."""
    for dag_id in ("grade_sync_on_demand", "grade_remaster", "grade_reconcile"):
        airflow.call("PATCH", f"dags/{dag_id}", is_paused=True)  # what is started here waits, and is removed below
        started = {
            (name, target): fab.ask(
                "POST", f"dags/{dag_id}/dagRuns", name, {"logical_date": None, "conf": {"target": target, "courses": ["1"], "preview": True}}
            )
            for name in ("fab_admin", "fab_acts", "fab_one", "fab_viewer")
            for target in ("synergy", "powerschool")
        }
        done = {key: answer.status_code for key, answer in started.items()}
        assert {key for key, status in done.items() if status == 200} == {
            ("fab_admin", "synergy"),
            ("fab_admin", "powerschool"),
            ("fab_acts", "synergy"),
        }, dag_id
        assert set(done.values()) == {200, 403}
        said = started["fab_acts", "powerschool"].json()["detail"]
        assert "fab_acts cannot start or change runs of" in said
        assert "Ask an admin for permission to trigger grade_sync_powerschool" in said
        theirs = started["fab_admin", "powerschool"].json()["dag_run_id"]
        assert fab.ask("PATCH", f"dags/{dag_id}/dagRuns/{theirs}", "fab_acts", {"state": "failed"}).status_code == 403
        assert fab.ask("POST", f"dags/{dag_id}/dagRuns/{theirs}/clear", "fab_acts", {"dry_run": False}).status_code == 403
        for answer in started.values():
            if answer.status_code == 200:
                assert airflow.ask("DELETE", f"dags/{dag_id}/dagRuns/{answer.json()['dag_run_id']}", "admin").status_code == 204
        airflow.call("PATCH", f"dags/{dag_id}", is_paused=False)
