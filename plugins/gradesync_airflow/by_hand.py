"""Runs that a person starts: one DAG for all targets, with a form. Which tasks there are; what they do stands in `include/sync`.

An Airflow task's pool is fixed when its DAG is read. So that every SIS keeps its pace, each target has its tasks, in its own pool, in a
group of its own; `pick` lets the run go on in the group of the target that was asked for, and the others are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, TaskGroup, TriggerRule, get_current_context, task

from include.district import District, Target
from include.sync.request import APPROVAL, form
from plugins.gradesync_airflow.at_times import at_times
from plugins.gradesync_airflow.tasks import PLAN, PURE, RECONCILE, SEND, batches, choose, close, current_run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.sync.run import Run


def by_hand(dag_id: str, mode: str, tasks: Callable[[], None], district: District, **more: Any) -> DAG:
    """A DAG with the form of this mode, without a schedule unless `more` has one; `tasks` defines what is in it."""
    with DAG(
        dag_id=dag_id,
        schedule=more.pop("schedule", None),
        catchup=False,
        tags=["grade-sync", "by-hand"],
        default_args={"owner": "gradesync"},
        params={name: Param(**schema) for name, schema in form(mode, district.targets).items()},
        **more,
    ) as dag:
        tasks()
    return dag


def on_demand(district: District) -> None:
    """choose → pick → the target's batches → close."""
    chosen = choose("on_demand")
    picked = _pick(chosen, "{target}.extract")
    last = close("on_demand")
    for target in district.targets.values():
        picked >> batches(target.name, (*PLAN, *SEND), target, "on_demand", chosen) >> last


def reconcile(district: District) -> None:
    """choose → pick → the target's batches → close."""
    chosen = choose("reconcile")
    picked = _pick(chosen, "{target}.extract")
    last = close("reconcile")
    for target in district.targets.values():
        picked >> batches(target.name, RECONCILE, target, "reconcile", chosen) >> last


def reconcile_scheduled(district: District, target: Target, **more: Any) -> DAG:
    """The DAG of one target that is read back on a schedule; without parameters it looks at all its courses, and repairs nothing."""
    alone = replace(district, targets={target.name: target})
    return by_hand(
        f"grade_reconcile_{target.name}",
        "reconcile",
        lambda: reconcile(alone),
        alone,
        schedule=at_times(str(target.reconcile), target.time_zone),
        max_active_runs=1,
        dag_display_name=f"Reconcile: {target.name}",
        description=f"Compares {target.sis} with Canvas on its schedule",
        **more,
    )


def remaster(district: District) -> None:
    """choose → pick → the target's plan → propose → ask → approve → send → close."""
    chosen = choose("remaster")
    picked = _pick(chosen, "{target}.plan.extract")
    last = close("remaster", answer=_answer)
    for target in district.targets.values():
        with TaskGroup(group_id=target.name):
            plan = batches("plan", PLAN, target, "remaster", chosen)
            proposed = _propose(target.name)
            asked, approved = _ask(target.name), _approve(target.name)
            send = batches("send", SEND, target, "remaster", proposed, trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
            picked >> plan >> proposed >> asked >> [approved, send]
            approved >> send >> last


def _pick(chosen: Any, first_task: str) -> Any:
    @task.branch(task_id="pick", execution_timeout=timedelta(minutes=5), **PURE)
    def pick() -> str:
        """Goes on with the tasks of the target that was asked for."""
        return first_task.format(target=get_current_context()["params"]["target"])

    picked = pick()
    chosen >> picked
    return picked


def _propose(target: str) -> Any:
    @task(task_id="propose", trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, execution_timeout=timedelta(minutes=30), **PURE)
    def propose() -> list[str]:
        """Publishes the plan as artifacts, a page and a table in this log. Its answer are the batches that have a plan."""
        from include.sync.remaster import propose as propose_run

        proposal = propose_run(current_run("remaster", target))
        for name in ("subject", "body", "writes"):
            get_current_context()["ti"].xcom_push(key=name, value=proposal[name])
        return list(proposal["batches"])

    return propose()


def _ask(target: str) -> Any:
    @task.branch(task_id="ask", execution_timeout=timedelta(minutes=5), **PURE)
    def ask() -> list[str]:
        """Does a person have to approve? Not for a preview, which ends here, nor without `approve`, nor where nothing would be sent."""
        context = get_current_context()
        params, writes = context["params"], context["ti"].xcom_pull(task_ids=f"{target}.propose", key="writes")
        if params["preview"]:
            return []
        return [f"{target}.approve" if params["approve"] and writes else f"{target}.send.load"]

    return ask()


class PlanApproval(ApprovalOperator):
    """Waits for a person, without holding a worker. A rejection is an answer and no failure: what follows is skipped.

    Airflow drops the answer of a task that skips others, so it is put down under a key of its own.
    """

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Someone answered, or the time is over."""
        if "error" not in event:
            who = (event.get("responded_by_user") or {}).get("name")
            context["ti"].xcom_push(key="answer", value={"approved": self.APPROVE in event["chosen_options"], "who": who})
        return super().execute_complete(context, event)


def _approve(target: str) -> PlanApproval:
    told = f"ti.xcom_pull(task_ids='{target}.propose', key='%s')"
    return PlanApproval(
        task_id="approve",
        subject="{{ " + told % "subject" + " }}",
        body="{{ " + told % "body" + " }}",
        defaults=PlanApproval.REJECT,
        response_timeout=APPROVAL,
        doc_md="Shows the plan summary and waits until a user approves or rejects it.",
        **PURE,  # one more try asks again: Airflow loses an answer that comes within a second of the question
    )


def _answer(run: Run) -> tuple[Run, str]:
    """What a person answered. A rejected run has sent nothing: what is left of it is its preview."""
    given = get_current_context()["ti"].xcom_pull(task_ids=f"{run.target}.approve", key="answer")
    if not given:
        return run, ""
    if given["approved"]:
        return run, f"approved by {given['who']}"
    return replace(run, preview=True), f"rejected by {given['who']}" if given["who"] else "rejected: no one responded in time"
