"""How far a running sync is, stage by stage, as Airflow's own task instances say; and whether a run that we call running still is.

A run is given as its row of the table `runs`: `in_airflow` says which DAG and which ID that is for Airflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import and_, func, or_, select

from plugins.gradesync_airflow.web.access import dags_of
from plugins.gradesync_airflow.web.wording import STAGES

Key = tuple[str, str]
Row = Mapping[str, Any]
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


def row_of(target: str, dag_run_id: str, mode: str) -> Row:
    """Return what stands for a run that Airflow knows by this ID and that has not begun."""
    return {"target": target, "run_id": dag_run_id, "mode": mode, "dag_id": None, "dag_run_id": None}


def in_airflow(row: Row) -> tuple[tuple[str, ...], str]:
    """Return the DAGs that a run may be of, and its ID there: its own DAG, unless the row is from before that was noted."""
    if row["dag_id"] is None:
        return dags_of(row["target"], row["mode"]), row["run_id"]
    return (row["dag_id"],), row["dag_run_id"]


def stages(row: Row) -> list[Stage]:
    """The stages of a run in the order in which they happen; none where Airflow does not know the run."""
    task, state, (dags, run_id) = TaskInstance.task_id, TaskInstance.state, in_airflow(row)
    query = select(task, state, func.count()).where(TaskInstance.dag_id.in_(dags), TaskInstance.run_id == run_id).group_by(task, state)
    with create_session(scoped=False) as session:
        found = session.execute(query).all()
    counted: dict[str, dict[str, int]] = {}
    for task_id, state_now, count in found:
        if _of_another_target(task_id, row["target"], row["mode"]):
            continue
        counted.setdefault(task_id.rpartition(".")[2], {})[str(state_now or "none")] = count
    order = [*(name for name in STAGES if name in counted), *sorted(set(counted) - set(STAGES))]
    return [_stage(name, counted[name]) for name in order]


def now_at(found: list[Stage]) -> Stage | None:
    """The stage that a run is in: the first that is not complete."""
    return next((stage for stage in found if not stage.complete), found[-1] if found else None)


def ended(rows: Iterable[Row]) -> set[Key]:
    """Those of these runs (target, run_id) that have ended in Airflow, though they never got to say so themselves."""
    known = [(in_airflow(row), (row["target"], row["run_id"])) for row in rows]
    asked = {(dag_id, run_id): key for (dags, run_id), key in known for dag_id in dags}
    if not asked:
        return set()
    these = or_(*(and_(DagRun.dag_id == dag_id, DagRun.run_id == run_id) for dag_id, run_id in asked))
    with create_session(scoped=False) as session:
        found = session.execute(select(DagRun.dag_id, DagRun.run_id).where(these, DagRun.state.in_(["success", "failed"]))).all()
    return {asked[dag_id, run_id] for dag_id, run_id in found}


def state_of(row: Row) -> str | None:
    """How a run stands in Airflow (queued, running, success, failed); None where Airflow does not know it."""
    dags, run_id = in_airflow(row)
    these = select(DagRun.state).where(DagRun.dag_id.in_(dags), DagRun.run_id == run_id)
    with create_session(scoped=False) as session:
        found = session.execute(these).scalar_one_or_none()
    return None if found is None else str(getattr(found, "value", found))


def asked_for(row: Row) -> dict[str, Any] | None:
    """The parameters that a run was started with, empty for one that the schedule started; None where Airflow does not know it any more."""
    dags, run_id = in_airflow(row)
    these = select(DagRun.conf).where(DagRun.dag_id.in_(dags), DagRun.run_id == run_id)
    with create_session(scoped=False) as session:
        found = session.execute(these).one_or_none()
    return None if found is None else dict(found.conf or {})


def waits_for_answer(row: Row) -> bool:
    """Whether a remaster's question stands open."""
    dags, run_id = in_airflow(row)
    approve = f"{row['target']}.approve"
    these = select(TaskInstance.state).where(TaskInstance.dag_id.in_(dags), TaskInstance.run_id == run_id, TaskInstance.task_id == approve)
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
