"""When each target's DAGs run, as Airflow knows it: schedule in words, next run, last run, on or paused (A-18, D-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from cron_descriptor import ExpressionDescriptor, FormatError, Options
from sqlalchemy import Engine, func, select

from include.district import Target
from include.sync import listing
from plugins.gradesync_airflow.web.access import dag_of

KINDS = ("nightly", "reconcile")
_STATES = {"success": "Completed", "failed": "Failed", "running": "Running", "queued": "Queued"}


@dataclass(frozen=True)
class Last:
    """The newest run: when, how it stands, and whether there are details of it."""

    run_id: str
    at: datetime | None
    status: str
    listed: bool


@dataclass(frozen=True)
class Schedule:
    """One DAG that runs a target on a schedule. `known`: Airflow has read it."""

    target: Target
    kind: str
    cron: str | None
    known: bool
    paused: bool
    next_run: datetime | None
    last: Last | None

    @property
    def dag_id(self) -> str:
        """Its DAG."""
        return scheduled_dag(self.target.name, self.kind)

    @property
    def words(self) -> str:
        """When it runs, in words."""
        return in_words(self.cron) if self.cron else "Manual only"

    @property
    def active(self) -> bool:
        """Whether a run of it waits or runs at this moment."""
        return self.last is not None and self.last.status in ("Queued", "Running")


def scheduled_dag(target: str, kind: str = "nightly") -> str:
    """The DAG of this target that has a schedule."""
    return dag_of(target) if kind == "nightly" else f"grade_reconcile_{target}"


def schedules(engine: Engine, targets: Iterable[Target]) -> list[Schedule]:
    """Every schedule of these targets: the nightly sync of each, and the reconcile of those that have one."""
    asked = [(target, kind) for target in targets for kind in KINDS if kind == "nightly" or target.reconcile]
    ids = [scheduled_dag(target.name, kind) for target, kind in asked]
    models, newest = _models(ids), _newest(ids)
    return [_schedule(engine, target, kind, models, newest) for target, kind in asked]


def next_runs(targets: Iterable[str]) -> dict[str, datetime]:
    """When the next night of each of these targets begins; a paused one has none."""
    named = {dag_of(target): target for target in targets}
    return {named[dag]: row["next"] for dag, row in _models(list(named)).items() if row["next"] and not row["paused"]}


def in_words(cron: str) -> str:
    """A cron expression as people say it, with a 12-hour clock; one that cannot be put into words stays as it is."""
    options = Options()
    options.use_24hour_time_format = False
    options.locale_code = "en_US"
    try:
        return str(ExpressionDescriptor(cron, options).get_full_description())
    except (FormatError, ValueError, IndexError):
        return cron


def _schedule(engine: Engine, target: Target, kind: str, models: Mapping[str, Any], newest: Mapping[str, Any]) -> Schedule:
    dag = scheduled_dag(target.name, kind)
    model, run = models.get(dag), newest.get(dag)
    known = model is not None and not model["stale"]
    paused = bool(model and model["paused"])
    cron = target.schedule if kind == "nightly" else target.reconcile
    return Schedule(target, kind, cron, known, paused, model["next"] if model and cron and not paused else None, _last(engine, target, kind, run))


def _last(engine: Engine, target: Target, kind: str, run: Any) -> Last | None:
    if run is None:
        return None
    found = listing.of_dag_run(engine, run["dag_id"], run["run_id"], (target.name,))
    row = next((row for row in found if row["dag_id"] or row["mode"] == kind), None)
    status = _STATES.get(run["state"], str(run["state"]).capitalize())
    if row is not None and status in ("Completed", "Failed") and row["status"] != "Running":
        status = row["status"]
    return Last(row["run_id"] if row else "", run["at"], status, row is not None)


def _models(ids: list[str]) -> dict[str, Any]:
    wanted = (
        DagModel.dag_id,
        DagModel.is_paused.label("paused"),
        DagModel.is_stale.label("stale"),
        DagModel.next_dagrun_create_after.label("next"),
    )
    with create_session(scoped=False) as session:
        return {row["dag_id"]: dict(row) for row in session.execute(select(*wanted).where(DagModel.dag_id.in_(ids))).mappings()}


def _newest(ids: list[str]) -> dict[str, Any]:
    last = select(func.max(DagRun.id)).where(DagRun.dag_id.in_(ids)).group_by(DagRun.dag_id)
    wanted = (DagRun.dag_id, DagRun.run_id, DagRun.state, func.coalesce(DagRun.start_date, DagRun.queued_at).label("at"))
    with create_session(scoped=False) as session:
        return {row["dag_id"]: dict(row) for row in session.execute(select(*wanted).where(DagRun.id.in_(last))).mappings()}
