"""One DAG per target of the district file: `grade_sync_<target>` copies assignments and scores from Canvas into that SIS every night (A-18)."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from include.district import Target, load_district
from plugins.gradesync_airflow.at_times import at_times
from plugins.gradesync_airflow.tasks import sync

DOC = """
### Canvas → {target}

Copies assignments and scores of the courses in Canvas account **{account}** into **{sis}**, one way.
A run without changes writes nothing. Schedule: `{schedule}` ({zone}).

| task | what it does |
|---|---|
| choose | lists the courses and divides them into batches |
| extract, filter | reads Canvas; keeps the rows that can be sent and records a reason for every other row |
| transform, validate | compares the desired gradebook with what the SIS has accepted: the plan, validated before the first write |
| load | sends the plan; each response is recorded immediately |
| publish, close | artifacts, history, and the status of this run |

**Failed?** The last line of the failed task's log says what is wrong, who fixes it, and what to do. *AccessError* and *ConfigError* name the
connection or the key to change. It is always safe to start the run again: accepted rows are not sent twice. If the safety limit stopped a change
that is expected, trigger this DAG with *Allow a large change*. Problems that teachers must fix (*Completed with errors*) do not fail a run: they
are in `messages.csv`.
"""


def _params() -> dict[str, Param]:
    return {
        "preview": Param(False, type="boolean", title="Preview", description="Show what would be sent and send nothing (F-1)."),
        "allow_large_change": Param(False, type="boolean", title="Allow a large change", description="Override the safety limit for this run (F-8)."),
    }


def nightly(target: Target) -> DAG:
    """The DAG of one target."""
    with DAG(
        dag_id=f"grade_sync_{target.name}",
        dag_display_name=f"Grade Sync: {target.name}",
        description=f"Canvas to {target.sis}, every night",
        schedule=at_times(target.schedule, target.time_zone) if target.schedule else None,
        catchup=False,
        max_active_runs=1,
        tags=["grade-sync", target.sis],
        default_args={"owner": target.owner},
        params=_params(),
        doc_md=DOC.format(
            target=target.name, account=target.canvas_account, sis=target.sis, schedule=target.schedule or "none", zone=target.time_zone
        ),
    ) as dag:
        sync(target)
    return dag


for _target in load_district().targets.values():
    globals()[f"grade_sync_{_target.name}"] = nightly(_target)
