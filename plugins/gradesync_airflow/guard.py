"""Rights per target for the DAGs that people start: one DAG serves all targets there, and Airflow asks the auth manager for the DAG alone.

A task cannot ask the auth manager, so the question is put where a run begins: at the API server, before Airflow's own API (and so its form, its
buttons and `airflowctl`) starts, clears, answers or changes such a run. Whoever sends that must have the right to start runs of the target's nightly
DAG, as on our pages; where a request does not say which runs it touches, of every target's. What cannot be told is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from anyio import to_thread
from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.district import load_district
from include.json_text import TooDeepError, UnreadableJsonError, read_json
from plugins.gradesync_airflow.web import access, audit

_ANY = "~"  # Airflow's word for all DAGs, or all runs, in an address
_HARMLESS = (["favorite"], ["unfavorite"])
_WIDER = ("include_past", "include_future")


@dataclass(frozen=True)
class Touched:
    """What a request touches of a DAG for runs by hand: a run of the target that it names, or a run that Airflow has; neither: any run."""

    dag_id: str
    target: str = ""
    run_id: str = ""


class Guard:
    """In front of Airflow's API: lets a request through, or answers it with 403 and the right that is missing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one request that may change something below /api/v2."""
        parts = _parts(scope)
        if parts[:1] not in (["dags"], ["backfills"]):
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        try:
            found = touched(str(scope["method"]), parts, _read(body))
            if found is not None:
                request = Request(scope)
                await to_thread.run_sync(_must_act, await get_user(request, None, await bearer_scheme(request)), found)
        except TooDeepError as error:  # Airflow would end in a RecursionError (I-8)
            await JSONResponse({"detail": f"The request body {error}. Nothing was changed."}, 400)(scope, receive, send)
        except HTTPException as refused:
            await JSONResponse({"detail": refused.detail}, refused.status_code)(scope, receive, send)
        else:
            await self.app(scope, _again(body, receive), send)


def touched(method: str, parts: list[str], told: Any) -> Touched | None:
    """What a request does to runs by hand; None for one that is no business of ours. `parts`: its address below /api/v2; `told`: its body."""
    match parts:
        case ["dags", _, "dagRuns" | "taskInstances", "list"] | ["dags", _, "dagRuns", _, "taskInstances", "list"] if method == "POST":
            return None  # a long question, no change
        case ["dags", dag_id, *rest] if dag_id in access.BY_HAND:
            return None if not rest or rest in _HARMLESS else _of_one_dag(method, dag_id, rest, told if isinstance(told, dict) else {})
        case ["dags", _, "dagRuns"] if method == "POST":
            return None  # a run of another DAG, whatever its parameters say
        case _:
            named = next((text for text in _texts(told) if text in access.BY_HAND), None)
            return Touched(named) if named else None


def _of_one_dag(method: str, dag_id: str, rest: list[str], told: dict[str, Any]) -> Touched:
    """Requests for several runs at once, and for whatever Airflow may come to offer, count as any run."""
    wider = any(told.get(name) for name in _WIDER)
    match rest:
        case ["dagRuns"] if method == "POST":
            conf = told.get("conf")
            target = conf.get("target") if isinstance(conf, dict) else None
            return Touched(dag_id, target=target if isinstance(target, str) else "")
        case ["clearTaskInstances"] if isinstance(told.get("dag_run_id"), str) and not wider:
            return Touched(dag_id, run_id=told["dag_run_id"])
        case ["dagRuns", run_id, *more] if run_id != _ANY and more != ["taskInstances"] and not wider:
            return Touched(dag_id, run_id=run_id)
        case _:
            return Touched(dag_id)


def _must_act(user: BaseUser, found: Touched) -> None:
    target = found.target or (_target_of(found.dag_id, found.run_id) if found.run_id else "")
    wanted = [target] if target else list(load_district().targets)
    missing = sorted(set(wanted) - set(access.allowed(user, wanted, access.ACT)))
    if not missing:
        return
    for name in missing:
        audit.note(user, "gradesync.refused", name, dag=found.dag_id)
    what = f'for target "{target[:80]}"' if target else "for any target"
    dags = ", ".join(access.dag_of(name[:80]) for name in missing)
    raise HTTPException(
        403,
        f"{user.get_name()} cannot start or change runs of {found.dag_id} {what}. Nothing was changed. "
        f"Ask an admin for permission to trigger {dags}.",
    )


def _target_of(dag_id: str, run_id: str) -> str:
    """The target of a run that Airflow has; empty where it has none such."""
    with create_session(scoped=False) as session:
        conf = session.execute(select(DagRun.conf).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).scalar_one_or_none()
    target = conf.get("target") if isinstance(conf, dict) else None
    return target if isinstance(target, str) else ""


def _parts(scope: Scope) -> list[str]:
    """The address below /api/v2; nothing for any other."""
    path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
    return path.removeprefix("/api/v2/").split("/") if path.startswith("/api/v2/") else []


def _read(body: bytes) -> Any:
    try:
        return read_json(body)
    except TooDeepError:
        raise
    except UnreadableJsonError:
        return None


def _texts(told: Any) -> Iterator[str]:
    """Every text in a body, however deep."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _texts(part)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read is there to be read once more."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return left.pop() if left else await receive()

    return next_message
