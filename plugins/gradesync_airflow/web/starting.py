"""A run by hand that a page starts, and the answer that a page gives to a remaster's question: always as the person who pressed the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException

from include.sync.request import read_request
from plugins.gradesync_airflow.web import access, as_user, progress
from plugins.gradesync_airflow.web.visit import Visit

ANSWERS = ("Approve", "Reject")


def start(visit: Visit, mode: str, asked: Mapping[str, Any]) -> str:
    """Start this mode's DAG with these parameters; the run's id. ConfigError for parameters that cannot be used.

    A DAG that is still paused, as Airflow makes each new one, would leave the run waiting for ever: it has no schedule, so it is let go.
    """
    request = read_request(mode, asked, visit.district)
    visit.must_act(request.target)
    dag = access.dag_of(request.target, mode)
    if as_user.call(visit.user, "GET", f"dags/{dag}").get("is_paused"):
        as_user.call(visit.user, "PATCH", f"dags/{dag}", {"is_paused": False})
    conf = request.model_dump(mode="json", exclude_defaults=True)
    return str(as_user.call(visit.user, "POST", f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])


def answer(visit: Visit, row: progress.Row, option: str) -> None:
    """Answer the question of a remaster (its row of `runs`) with one of ANSWERS. 409 where it was answered already."""
    visit.must_act(row["target"])
    (dag_id, *_), run_id = progress.in_airflow(row)
    path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{row['target']}.approve/-1/hitlDetails"
    try:
        as_user.call(visit.user, "PATCH", path, {"chosen_options": [option], "params_input": {}})
    except HTTPException as error:
        if error.status_code == 409:
            raise HTTPException(409, "Another user has already responded.") from None
        raise
