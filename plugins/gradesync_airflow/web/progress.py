"""How far a running sync is, stage by stage, as Airflow's own task instances say; and whether a run that we call running still is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import and_, func, or_, select

from plugins.gradesync_airflow.web.access import dag_of, dags_of
from plugins.gradesync_airflow.web.wording import STAGES

Key = tuple[str, str]
_DONE = ("success", "failed", "upstream_failed", "skipped", "removed")


@dataclass(frozen=True)
class Stage:
    """One stage of one run: how many of its batches are done, failed, at work, and how many there are."""

    name: str
    done: int
    failed: int
    active: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether nothing of it is left."""
        return self.done == self.total


def stages(target: str, run_id: str, mode: str) -> list[Stage]:
    """The stages of a run in the order in which they happen; none where Airflow does not know the run."""
    task, state, dags = TaskInstance.task_id, TaskInstance.state, dags_of(target, mode)
    query = select(task, state, func.count()).where(TaskInstance.dag_id.in_(dags), TaskInstance.run_id == run_id).group_by(task, state)
    with create_session(scoped=False) as session:
        found = session.execute(query).all()
    counted: dict[str, dict[str, int]] = {}
    for task_id, state_now, count in found:
        if _of_another_target(task_id, target, mode):
            continue
        counted.setdefault(task_id.rpartition(".")[2], {})[str(state_now or "none")] = count
    order = [*(name for name in STAGES if name in counted), *sorted(set(counted) - set(STAGES))]
    return [_stage(name, counted[name]) for name in order]


def now_at(found: list[Stage]) -> Stage | None:
    """The stage that a run is in: the first that is not complete."""
    return next((stage for stage in found if not stage.complete), found[-1] if found else None)


def ended(runs: Iterable[tuple[str, str, str]]) -> set[Key]:
    """Those of these runs (target, id, mode) that have ended in Airflow, though they never got to say so themselves."""
    asked = {(dag_id, run_id): (target, run_id) for target, run_id, mode in runs for dag_id in dags_of(target, mode)}
    if not asked:
        return set()
    these = or_(*(and_(DagRun.dag_id == dag_id, DagRun.run_id == run_id) for dag_id, run_id in asked))
    with create_session(scoped=False) as session:
        found = session.execute(select(DagRun.dag_id, DagRun.run_id).where(these, DagRun.state.in_(["success", "failed"]))).all()
    return {asked[dag_id, run_id] for dag_id, run_id in found}


def state_of(target: str, run_id: str, mode: str) -> str | None:
    """How a run stands in Airflow (queued, running, success, failed); None where Airflow does not know it."""
    these = select(DagRun.state).where(DagRun.dag_id.in_(dags_of(target, mode)), DagRun.run_id == run_id)
    with create_session(scoped=False) as session:
        found = session.execute(these).scalar_one_or_none()
    return None if found is None else str(getattr(found, "value", found))


def asked_for(target: str, run_id: str, mode: str) -> dict[str, Any] | None:
    """The parameters that a run was started with, empty for one that the schedule started; None where Airflow does not know it any more."""
    these = select(DagRun.conf).where(DagRun.dag_id.in_(dags_of(target, mode)), DagRun.run_id == run_id)
    with create_session(scoped=False) as session:
        found = session.execute(these).one_or_none()
    return None if found is None else dict(found.conf or {})


def waits_for_answer(target: str, run_id: str) -> bool:
    """Whether a remaster's question stands open."""
    these = select(TaskInstance.state).where(
        TaskInstance.dag_id == dag_of(target, "remaster"), TaskInstance.run_id == run_id, TaskInstance.task_id == f"{target}.approve"
    )
    with create_session(scoped=False) as session:
        return str(session.execute(these).scalar_one_or_none() or "") == "awaiting_input"


def _of_another_target(task_id: str, target: str, mode: str) -> bool:
    """A run by hand has every target's tasks, of which only its own run; a nightly one has its own alone."""
    return mode != "nightly" and "." in task_id and not task_id.startswith(f"{target}.")


def _stage(name: str, counts: dict[str, int]) -> Stage:
    done = sum(counts.get(state, 0) for state in _DONE)
    failed = counts.get("failed", 0) + counts.get("upstream_failed", 0)
    active = sum(counts.get(state, 0) for state in ("running", "queued", "up_for_retry", "restarting", "deferred", "awaiting_input"))
    return Stage(name, done, failed, active, sum(counts.values()))
