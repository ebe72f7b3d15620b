"""The stages as Airflow tasks: which pool, how long, how often again. What a stage does stands in `include/sync/stages.py`.

A task hands on names of batches and small counts, never rows. Little is imported at the top: this module is read again in the process
of every single task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, TriggerRule, chain, get_current_context, task, task_group

from include.district import CANVAS_POOL
from plugins.gradesync_airflow.mail import notify
from plugins.gradesync_airflow.metrics import measured, tell

if TYPE_CHECKING:
    from include.district import Target
    from include.sync.run import Run

# What may be better a minute later is tried again. Everything else (a wrong setting, a missing right, a mistake of ours) is told at once.
_PASSING = (
    "include.errors.UnavailableError",
    "include.errors.SourceError",
    "builtins.OSError",
    "sqlalchemy.exc.OperationalError",
    "airflow.sdk.exceptions.AirflowRuntimeError",
)
_MAY_PASS = ExceptionRetryPolicy(rules=[RetryRule(exception=name, action=RetryAction.DEFAULT) for name in _PASSING], default=RetryAction.FAIL)
# Pure steps give the same answer twice: they are repeated only when their worker died, which is no exception.
_PURE = ExceptionRetryPolicy(rules=[], default=RetryAction.FAIL)

READS: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": _MAY_PASS,
}
WRITES: dict[str, Any] = {**READS, "retries": 1}
PURE: dict[str, Any] = {"retries": 1, "retry_delay": timedelta(seconds=5), "retry_policy": _PURE}


# Per stage: whom it talks to, what it does, and its policy.
_STAGES: dict[str, tuple[str | None, str, dict[str, Any]]] = {
    "extract": ("canvas", "Reads the batch's courses from Canvas into the run folder.", {**READS, "execution_timeout": timedelta(hours=2)}),
    "filter": (
        None,
        "Keeps the rows that can be sent and records a reason for every other row.",
        {**PURE, "execution_timeout": timedelta(minutes=30)},
    ),
    "transform": (
        "sis",
        "Reads the SIS's classes and compares the desired gradebook with the ledger. The result is the plan.",
        {**READS, "execution_timeout": timedelta(hours=1)},
    ),
    "compare": (
        "sis",
        "Reads the SIS's gradebook and compares it with Canvas and with the ledger: one result per assignment and score.",
        {**READS, "execution_timeout": timedelta(hours=2)},
    ),
    "validate": (
        None,
        "Validates every row of the plan and stops a plan that exceeds the safety limit.",
        {**PURE, "execution_timeout": timedelta(minutes=30)},
    ),
    "load": (
        "sis",
        "Sends the plan. Accepted rows are recorded in the ledger immediately, so a retry sends only the rest.",
        {**WRITES, "execution_timeout": timedelta(hours=6)},
    ),
    "publish": (None, "Writes the batch's part of the artifacts.", {**PURE, "execution_timeout": timedelta(minutes=30)}),
}
PLAN, SEND = ("extract", "filter", "transform", "validate"), ("load", "publish")
RECONCILE = ("extract", "filter", "compare", "validate", "load", "publish")


def sync(target: Target, mode: str = "nightly") -> None:
    """All tasks of one sync inside the DAG that is being defined: choose → batches → close."""
    batches("batch", (*PLAN, *SEND), target, mode, choose(mode, target.name)) >> close(mode, target.name)


def choose(mode: str, target: str | None = None) -> Any:
    """The first task; its answer are the batches' names. Without a target the run's parameters name it."""

    @task(task_id="choose", pool=CANVAS_POOL, execution_timeout=timedelta(minutes=30), **READS)
    def choose() -> list[str]:
        """Lists the target's courses and divides them into batches of about equal size."""
        from include.sync import stages

        run = current_run(mode, target)
        with measured(run.target, mode, "choose"):
            return stages.choose(run, _canvas())

    return choose()


def batches(group_id: str, stages: Sequence[str], target: Target, mode: str, names: Any, **first: Any) -> Any:
    """These stages, one after the other, for each of the batches that the task `names` answers; `first` are settings of the first stage."""

    @task_group(group_id=group_id)
    def group(batch: str) -> None:
        """One batch of courses."""
        chain(*(_stage(name, target, mode, **(first if name == stages[0] else {}))(batch) for name in stages))

    return group.expand(batch=names)


def _stage(name: str, target: Target, mode: str, **more: Any) -> Callable[[str], Any]:
    client, told, policy = _STAGES[name]
    pools: dict[str | None, dict[str, Any]] = {None: {}, "canvas": {"pool": CANVAS_POOL}, "sis": {"pool": target.pool}}

    def run(batch: str) -> dict[str, int]:
        context = get_current_context()
        context["batch_name"] = batch  # type: ignore[typeddict-unknown-key]  # read by map_index_template
        stage = getattr(_stages(mode), "filter_rows" if name == "filter" else name)
        clients: dict[str, Callable[[], Any]] = {"canvas": _canvas, "sis": lambda: _sis(target.name)}
        with measured(target.name, mode, name):
            counts: dict[str, int] = stage(current_run(mode, target.name), batch, *([clients[client]()] if client else []))
        return counts

    return task(task_id=name, map_index_template="{{ batch_name }}", doc_md=told, **pools[client], **policy, **more)(run)


def close(mode: str, target: str | None = None, answer: Callable[[Run], tuple[Run, str]] = lambda run: (run, "")) -> Any:
    """The last task. `answer` tells what a person answered to the run's plan, and what the run is by that answer."""

    @task(task_id="close", trigger_rule=TriggerRule.ALL_DONE, execution_timeout=timedelta(minutes=30), **PURE)
    def close() -> dict[str, Any]:
        """Joins the batches' artifacts, writes the history, and turns the run red where an admin must act."""
        context = get_current_context()
        run, approval = answer(current_run(mode, target))
        with measured(run.target, mode, "close"):
            result = import_module("include.sync.reconciling" if mode == "reconcile" else "include.sync.close").close(run, approval)
        context["ti"].xcom_push(key="summary", value=result)
        tell(result, mode)
        failed = _failed_tasks(context)
        notify(run, result, failed, context)
        if result["status"] == "Failed" or failed:
            raise RuntimeError(f"{run.target}: {result['status']}; failed tasks: {', '.join(failed) or 'none'}; see {result['artifacts']}")
        return result

    return close()


def tidy() -> Any:
    """The one task of housekeeping (D-2)."""

    @task(task_id="tidy", execution_timeout=timedelta(hours=1), **READS)
    def tidy() -> dict[str, int]:
        """Removes runs and artifacts that the district does not keep any longer."""
        from datetime import UTC, datetime

        from include.sync.housekeeping import tidy
        from plugins.gradesync_airflow.hooks import located_district

        return tidy(located_district(), datetime.now(UTC))

    return tidy()


def _stages(mode: str) -> Any:
    """Where the stages of this mode stand."""
    return import_module("include.sync.reconciling" if mode == "reconcile" else "include.sync.stages")


def _failed_tasks(context: Any) -> list[str]:
    """Tasks of this run that failed, by name; `close` runs whatever happened before it, so it has to look."""
    dag_run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id]).get(dag_run.run_id, {})
    failed = sorted(name for name, state in states.items() if state == "failed")
    return failed or sorted(name for name, state in states.items() if state == "upstream_failed")


def current_run(mode: str, target: str | None = None) -> Run:
    """This run in the product's own words; its moment is read once, when the run starts. ConfigError for parameters that cannot be used."""
    from include.sync.run import Run
    from include.sync.run_key import RunKey
    from plugins.gradesync_airflow.hooks import located_district

    context = get_current_context()
    dag_run, params, district = context["dag_run"], context["params"], located_district()
    if target is None or mode != "nightly":
        asked = _requested(mode, params, district)
    else:
        asked = {"target": target, **{name: bool(params.get(name, False)) for name in ("preview", "allow_large_change")}}
    origin = RunKey(dag_run.dag_id, mode, dag_run.run_id)
    return Run(
        district=district,
        run_id=origin.name,
        origin=origin,
        mode=mode,
        posted_by=dag_run.triggering_user_name or "schedule",
        now=dag_run.start_date or dag_run.run_after,
        **asked,
    )


def _requested(mode: str, params: Any, district: Any) -> dict[str, Any]:
    """What a person asked for, as a run has it."""
    from include.sync.request import APPROVAL, read_request

    asked = read_request(mode, params, district).model_dump()
    approve, repair = asked.pop("approve", False), asked.pop("repair", None)
    asked["preview"] = asked["preview"] or repair is False
    return {**asked, **({"waits": APPROVAL} if approve and not asked["preview"] else {})}


def _canvas() -> Any:
    from plugins.gradesync_airflow.hooks import canvas_client, located_district

    return canvas_client(located_district())


def _sis(target: str) -> Any:
    from plugins.gradesync_airflow.hooks import located_district, sis_client

    return sis_client(located_district().target(target))
