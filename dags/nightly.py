"""One DAG per target of the district file: `grade_sync_<target>` copies assignments and scores from Canvas into that SIS every night (A-18)."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from include.district import Target, load_district
from plugins.gradesync_airflow.at_times import at_times
from plugins.gradesync_airflow.tasks import sync

DOC = """
### Canvas → {target}

Copies assignments and scores of the courses below Canvas account **{account}** into **{sis}**, one way.
An unchanged night writes nothing. Schedule: `{schedule}` ({zone}).

| task | what it does |
|---|---|
| choose | lists the courses and deals them into batches |
| extract, filter | reads Canvas; keeps what may be sent, and gives everything else a reason |
| transform, validate | the gradebook that the SIS should hold, less what it has accepted: the plan; checked before the first write |
| load | sends the plan; each answer is kept at once |
| publish, close | artifacts, history, the colour of this run |

**Red?** Open the failed task's log: its last line says what is wrong, who can mend it, and what happens next. *AccessError* and *ConfigError*
name the connection or the key to change. Trying again is always safe: whatever was accepted is not sent twice. A stop by the safety valve is let
through by triggering this DAG with *Allow a large change*. What teachers must mend (*Completed with errors*) does not turn a run red: it is in
`messages.csv`.
"""


def _params() -> dict[str, Param]:
    return {
        "preview": Param(False, type="boolean", title="Preview", description="Show what would be sent, and send nothing (F-1)."),
        "allow_large_change": Param(
            False, type="boolean", title="Allow a large change", description="Let a plan through that the safety valve stopped (F-8)."
        ),
    }


def nightly(target: Target) -> DAG:
    """The DAG of one target."""
    with DAG(
        dag_id=f"grade_sync_{target.name}",
        dag_display_name=f"Grade sync: {target.name}",
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
