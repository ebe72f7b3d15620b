"""Who read names and scores, and when: a row in Airflow's own audit log (Browse > Audit Log)."""

from __future__ import annotations

import json

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.models.log import Log
from airflow.utils.session import create_session

from plugins.gradesync_airflow.web.access import dag_of


def note(user: BaseUser, event: str, target: str, run_id: str | None = None, **facts: object) -> None:
    """One row: `event` (such as gradesync.grades), the target's DAG, the run, and plain facts: ids and names of filters, never what was read."""
    name = user.get_name()
    told = json.dumps({"target": target, **facts})
    with create_session(scoped=False) as session:
        session.add(Log(event=event, owner=name, owner_display_name=name, extra=told, dag_id=dag_of(target), run_id=run_id))
