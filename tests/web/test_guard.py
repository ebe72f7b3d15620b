"""Rights per target on Airflow's own API, where runs by hand of all targets belong to the same DAGs (D, section Safe)."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
from httpx import Response

from plugins.gradesync_airflow.guard import Guard, Touched, _parts, touched
from tests.web.acting import dag_run
from tests.web.lively import Lively

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("known_dags")]
DAG, RUN = "grade_remaster", "manual__1"
ANY = Touched(DAG)


@pytest.mark.parametrize(
    ("asked", "told", "found"),
    [
        (f"POST dags/{DAG}/dagRuns", {"conf": {"target": "synergy"}}, Touched(DAG, target="synergy")),
        (f"POST dags/{DAG}/dagRuns", {"conf": {"target": ["synergy"]}}, ANY),
        (f"POST dags/{DAG}/dagRuns", {"conf": None}, ANY),
        (f"POST dags/{DAG}/dagRuns", None, ANY),
        (f"POST dags/{DAG}/dagRuns", [], ANY),
        (f"POST dags/{DAG}/dagRuns/", {"conf": {"target": "synergy"}}, Touched(DAG, run_id="")),
        (f"POST dags/{DAG}/dagRuns/{RUN}/clear", {}, Touched(DAG, run_id=RUN)),
        (f"PATCH dags/{DAG}/dagRuns/{RUN}", {"state": "queued"}, Touched(DAG, run_id=RUN)),
        (f"DELETE dags/{DAG}/dagRuns/{RUN}", None, Touched(DAG, run_id=RUN)),
        (f"PATCH dags/{DAG}/dagRuns/{RUN}/taskInstances/synergy.approve/-1/hitlDetails", {}, Touched(DAG, run_id=RUN)),
        (f"PATCH dags/{DAG}/dagRuns/{RUN}/taskInstances/close", {"include_past": True}, ANY),
        (f"POST dags/{DAG}/dagRuns/{RUN}/taskInstances/synergy.ask/xcomEntries", {"key": "answer"}, Touched(DAG, run_id=RUN)),
        (f"PATCH dags/{DAG}/dagRuns/{RUN}/taskInstances", {"actions": []}, ANY),
        (f"PATCH dags/{DAG}/dagRuns/~/taskInstances", {"actions": []}, ANY),
        (f"PATCH dags/{DAG}/dagRuns", {"actions": []}, ANY),
        (f"POST dags/{DAG}/clearTaskInstances", {"dag_run_id": RUN}, Touched(DAG, run_id=RUN)),
        (f"POST dags/{DAG}/clearTaskInstances", {"dag_run_id": RUN, "include_future": True}, ANY),
        (f"POST dags/{DAG}/clearTaskInstances", {}, ANY),
        (f"POST dags/{DAG}/clearDagRuns", {"dag_runs": [{"dag_run_id": RUN}]}, ANY),
        ("PATCH dags/~/dagRuns", {"actions": [{"entities": [{"dag_id": DAG}]}]}, ANY),
        ("PATCH dags/grade_sync_synergy/dagRuns", {"actions": [{"entities": [{"dag_id": DAG}]}]}, ANY),
        ("POST dags/~/clearDagRuns", {"dag_runs": [{"dag_id": DAG}]}, ANY),
        ("POST backfills", {"dag_id": DAG}, ANY),
        ("POST backfills", {"dag_id": "grade_sync_synergy"}, None),
        ("POST dags/grade_sync_synergy/dagRuns", {"conf": {"target": DAG}}, None),
        ("POST dags/~/dagRuns/list", {"dag_ids": [DAG]}, None),
        ("POST dags/~/dagRuns/~/taskInstances/list", {"dag_ids": [DAG]}, None),
        (f"PATCH dags/{DAG}", {"is_paused": True}, None),
        (f"POST dags/{DAG}/favorite", None, None),
        (f"POST dags/{DAG}/whatever-comes-next", {}, ANY),
    ],
)
def test_what_a_request_touches(asked: str, told: Any, found: Touched | None) -> None:
    method, _, path = asked.partition(" ")
    assert touched(method, path.split("/"), told) == found


@pytest.mark.parametrize(
    ("path", "root", "parts"),
    [
        ("/api/v2/dags/a/dagRuns", "", ["dags", "a", "dagRuns"]),
        ("/airflow/api/v2/dags/a", "/airflow", ["dags", "a"]),
        ("/api/v2/dags/a", "/airflow", ["dags", "a"]),
        ("/gradesync/sync", "", []),
    ],
    ids=["plain", "behind a prefix", "behind a proxy that takes it away", "a page"],
)
def test_airflows_api_is_recognised_wherever_it_is_mounted(path: str, root: str, parts: list[str]) -> None:
    assert _parts({"path": path, "root_path": root}) == parts


def ask(method: str, path: str, name: str, body: object = None, role: str = "admin", **headers: str) -> Response:
    """Airflow's own API, as this person."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.main import app

    if name:
        headers["authorization"] = f"Bearer {get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role))}"
    return TestClient(app, "http://airflow.test").request(method, f"/api/v2/{path}", json=body, headers=headers)


def started(name: str, target: str, dag_id: str = DAG) -> Response:
    conf = {"target": target, **({} if dag_id == "grade_reconcile" else {"courses": ["1"]})}
    return ask("POST", f"dags/{dag_id}/dagRuns", name, {"logical_date": None, "conf": conf})


@pytest.mark.parametrize("dag_id", ["grade_remaster", "grade_sync_on_demand", "grade_reconcile"])
def test_a_run_by_hand_is_started_for_those_targets_alone_on_which_one_may_act(lively: Lively, dag_id: str) -> None:
    mine = started("only_synergy", "synergy", dag_id)
    assert mine.status_code == 200
    assert dag_run(dag_id, mine.json()["dag_run_id"]).triggering_user_name == "only_synergy"
    refused = started("only_synergy", "powerschool", dag_id)
    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        f'only_synergy cannot start or change runs of {dag_id} for target "powerschool". Nothing was changed. '
        "Ask an admin for permission to trigger grade_sync_powerschool."
    )
    assert started("ada", "powerschool", dag_id).status_code == 200


def test_what_does_not_name_its_target_needs_the_right_on_every_target(lively: Lively) -> None:
    for body in ({"logical_date": None}, {"logical_date": None, "conf": {"courses": ["1"]}}, {"logical_date": None, "conf": {"target": 7}}):
        answer = ask("POST", f"dags/{DAG}/dagRuns", "only_synergy", body)
        assert (answer.status_code, "permission to trigger grade_sync_powerschool" in answer.text) == (403, True)
        assert ask("POST", f"dags/{DAG}/dagRuns", "ada", body).status_code == 400  # Airflow's own answer: the parameter is missing


def test_nor_is_a_run_of_another_target_cleared_answered_changed_or_removed(lively: Lively) -> None:
    theirs, mine = (started("ada", target).json()["dag_run_id"] for target in ("powerschool", "synergy"))
    answered = {"chosen_options": ["Approve"], "params_input": {}}
    for method, path, body in (
        ("POST", f"dagRuns/{theirs}/clear", {"dry_run": False}),
        ("PATCH", f"dagRuns/{theirs}", {"state": "failed"}),
        ("PATCH", f"dagRuns/{theirs}/taskInstances/powerschool.approve/-1/hitlDetails", answered),
        ("PATCH", f"dagRuns/{theirs}/taskInstances/close", {"new_state": "success"}),
        ("POST", "clearTaskInstances", {"dry_run": False, "dag_run_id": theirs}),
        ("DELETE", f"dagRuns/{theirs}", None),
        ("PATCH", "dagRuns", {"actions": [{"action": "delete", "entities": [theirs]}]}),
        ("POST", "clearDagRuns", {"dry_run": False, "dag_runs": [{"dag_run_id": theirs}]}),
    ):
        answer = ask(method, f"dags/{DAG}/{path}", "only_synergy", body)
        assert (answer.status_code, "permission to trigger grade_sync_powerschool" in answer.text) == (403, True), path
    assert dag_run(DAG, theirs).state == "queued"
    assert ask("PATCH", f"dags/{DAG}/dagRuns/{mine}", "only_synergy", {"state": "failed"}).status_code == 200
    assert ask("PATCH", f"dags/{DAG}/dagRuns/{theirs}", "ada", {"state": "failed"}).status_code == 200


def test_nobody_whom_airflow_does_not_know_gets_through(lively: Lively) -> None:
    body = {"logical_date": None, "conf": {"target": "synergy", "courses": ["1"]}}
    assert ask("POST", f"dags/{DAG}/dagRuns", "", body).status_code == 401
    assert ask("POST", f"dags/{DAG}/dagRuns", "", body, authorization="Bearer no.real.token").status_code == 403
    assert ask("POST", f"dags/{DAG}/dagRuns", "vic", body, role="viewer").status_code == 403


def test_a_refusal_is_in_airflows_audit_log(lively: Lively) -> None:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    started("only_synergy", "powerschool")
    with create_session() as session:
        rows = session.execute(select(Log.owner, Log.dag_id, Log.extra).where(Log.event == "gradesync.refused")).all()
    assert ("only_synergy", "grade_sync_powerschool") in {(row.owner, row.dag_id) for row in rows}
    assert all(DAG in row.extra or "grade_" in row.extra for row in rows)


def test_airflow_itself_puts_the_guard_before_its_api(lively: Lively) -> None:
    """Without it these tests would prove nothing of a real installation."""
    from airflow.api_fastapi.main import app

    from plugins.gradesync_plugin import GradeSyncPlugin

    names = {middleware.cls.__name__ for middleware in app.user_middleware}
    assert {entry["middleware"].__name__ for entry in GradeSyncPlugin.fastapi_root_middlewares} <= names


@pytest.mark.parametrize("path", ["dags/any/dagRuns", "dags/grade_remaster/dagRuns", "backfills"])
def test_i8_a_body_nested_too_deep_is_rejected_before_airflow_reads_it(path: str) -> None:
    async def airflow(*_: object) -> None:
        pytest.fail("Airflow would end in a RecursionError")

    answer = TestClient(Guard(airflow), "http://airflow.test").post(f"/api/v2/{path}", content=b"[" * 100_000 + b"]" * 100_000)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The request body is nested more than 100 levels deep. Nothing was changed."
