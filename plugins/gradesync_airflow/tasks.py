"""The stages as Airflow tasks: which pool, how long, how often again. What a stage does stands in `include/sync/stages.py`.

A task hands on names of batches and small counts, never rows. Little is imported at the top: this module is read again in the process
of every single task.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, TriggerRule, get_current_context, task, task_group

from include.district import CANVAS_POOL

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


def sync(target: Target, mode: str = "nightly") -> None:
    """All tasks of one sync inside the DAG that is being defined: choose → batches → close."""
    chosen = _choose(target.name, mode)
    _batch(target.name, mode, target.pool).expand(batch=chosen) >> _close(target.name, mode)


def _choose(target: str, mode: str) -> Any:
    @task(pool=CANVAS_POOL, execution_timeout=timedelta(minutes=30), **READS)
    def choose() -> list[str]:
        """Lists the target's courses and deals them into batches of about equal work."""
        from include.sync import stages

        return stages.choose(_run(target, mode), _canvas())

    return choose()


def _batch(target: str, mode: str, pool: str) -> Any:
    @task_group(group_id="batch")
    def batch(batch: str) -> None:
        """One batch of courses, from Canvas to the SIS."""
        (
            _stage("extract", target, mode, "canvas", pool=CANVAS_POOL, execution_timeout=timedelta(hours=2), **READS)(batch)
            >> _stage("filter", target, mode, None, execution_timeout=timedelta(minutes=30), **PURE)(batch)
            >> _stage("transform", target, mode, "sis", pool=pool, execution_timeout=timedelta(hours=1), **READS)(batch)
            >> _stage("validate", target, mode, None, execution_timeout=timedelta(minutes=30), **PURE)(batch)
            >> _stage("load", target, mode, "sis", pool=pool, execution_timeout=timedelta(hours=6), **WRITES)(batch)
            >> _stage("publish", target, mode, None, execution_timeout=timedelta(minutes=30), **PURE)(batch)
        )

    return batch


_TOLD = {
    "extract": "Reads the batch's courses from Canvas into the run folder.",
    "filter": "Keeps what may be sent, and gives everything else a reason.",
    "transform": "Reads the SIS's classes, shapes the gradebook it should hold, and takes the ledger away: the plan.",
    "validate": "Checks every row of the plan, and stops a plan that would change far more than usual.",
    "load": "Sends the plan. What was accepted is in the ledger at once, so that trying again sends only the rest.",
    "publish": "Writes the batch's part of the artifacts.",
}


def _stage(name: str, target: str, mode: str, client: str | None, **policy: Any) -> Callable[[str], Any]:
    def run(batch: str) -> dict[str, int]:
        from include.sync import stages

        context = get_current_context()
        context["batch_name"] = batch  # type: ignore[typeddict-unknown-key]  # read by map_index_template
        stage = getattr(stages, "filter_rows" if name == "filter" else name)
        clients = {"canvas": _canvas, "sis": lambda: _sis(target)}
        return stage(_run(target, mode), batch, *([clients[client]()] if client else []))

    return task(task_id=name, map_index_template="{{ batch_name }}", doc_md=_TOLD[name], **policy)(run)


def _close(target: str, mode: str) -> Any:
    @task(trigger_rule=TriggerRule.ALL_DONE, execution_timeout=timedelta(minutes=30), **PURE)
    def close() -> dict[str, Any]:
        """Joins the batches' artifacts, writes the history, and turns the run red where an admin must act."""
        from include.sync.close import close as close_run

        context = get_current_context()
        result = close_run(_run(target, mode))
        context["ti"].xcom_push(key="summary", value=result)
        failed = _failed_tasks(context)
        if result["status"] == "Failed" or failed:
            raise RuntimeError(f"{target}: {result['status']}; failed tasks: {', '.join(failed) or 'none'}; see {result['artifacts']}")
        return result

    return close()


def _failed_tasks(context: Any) -> list[str]:
    """Tasks of this run that failed, by name; `close` runs whatever happened before it, so it has to look."""
    dag_run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])
    return sorted(name for name, state in states.get(dag_run.run_id, {}).items() if state in ("failed", "upstream_failed"))


def _run(target: str, mode: str) -> Run:
    """This run in the product's own words; its moment is read once, when the run starts."""
    from include.sync.run import Run
    from plugins.gradesync_airflow.hooks import located_district

    context = get_current_context()
    dag_run, params = context["dag_run"], context["params"]
    return Run(
        district=located_district(),
        target=target,
        run_id=dag_run.run_id,
        mode=mode,
        posted_by=dag_run.triggering_user_name or "schedule",
        now=dag_run.start_date or dag_run.run_after,
        preview=bool(params.get("preview", False)),
        allow_large_change=bool(params.get("allow_large_change", False)),
    )


def _canvas() -> Any:
    from plugins.gradesync_airflow.hooks import canvas_client, located_district

    return canvas_client(located_district())


def _sis(target: str) -> Any:
    from plugins.gradesync_airflow.hooks import located_district, sis_client

    return sis_client(located_district().target(target))
