"""Who may see and do what: Airflow's auth manager decides, per target, by the rights on that target's nightly DAG.

Reading a page is reading that DAG's runs; acting is triggering them. So viewers read, and nobody sees a target whose DAG is closed to them.
Actions come from our own pages only (`same_origin`): Airflow has no CSRF token (reference: airflow-3.3.md, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.models.dag import DagModel
from fastapi import HTTPException, Request

READ: Literal["GET"] = "GET"
ACT: Literal["POST"] = "POST"
_SHARED = {"on_demand": "grade_sync_on_demand", "remaster": "grade_remaster", "reconcile": "grade_reconcile"}
BY_HAND = frozenset(_SHARED.values())
"""The DAGs that serve every target: a run's parameters name its own."""
_SAFE = ("GET", "HEAD", "OPTIONS")


def dag_of(target: str, mode: str = "nightly") -> str:
    """The DAG that runs this target in this mode; the nightly one also stands for the target's rights."""
    return _SHARED.get(mode, f"grade_sync_{target}")


def dags_of(target: str, mode: str) -> tuple[str, ...]:
    """All DAGs that may run this target in this mode: a reconcile has one for people, and one for the target's schedule."""
    scheduled = (f"grade_reconcile_{target}",) if mode == "reconcile" else ()
    return (dag_of(target, mode), *scheduled)


def allowed(user: BaseUser, targets: Iterable[str], method: Literal["GET", "POST"] = READ) -> tuple[str, ...]:
    """Those of these targets that the user may read, or act on."""
    names = tuple(targets)
    teams = DagModel.get_dag_id_to_team_name_mapping([dag_of(name) for name in names])
    return tuple(name for name in names if _may(user, dag_of(name), teams.get(dag_of(name)), method))


def _may(user: BaseUser, dag_id: str, team: str | None, method: Literal["GET", "POST"]) -> bool:
    details = DagDetails(id=dag_id, team_name=team)
    return get_auth_manager().is_authorized_dag(method=method, access_entity=DagAccessEntity.RUN, details=details, user=user)


def same_origin(request: Request) -> None:
    """403 for a write that does not come from one of our own pages, whatever cookies it carries."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        ours = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not ours:
        raise HTTPException(403, "The request did not come from a Grade Sync page. Reload the page and try again.")
