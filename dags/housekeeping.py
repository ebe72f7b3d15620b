"""`grade_housekeeping`: runs and artifacts that the district does not keep any longer are removed every morning (D-2)."""

from __future__ import annotations

from airflow.sdk import DAG

from include.district import load_district
from plugins.gradesync_airflow.at_times import at_times
from plugins.gradesync_airflow.tasks import tidy

DOC = """
### Housekeeping

Removes runs from the history that ended longer ago than `retention` in the district file allows ({completed} days, {failed} for runs with errors or
that did not complete), and deletes their folders in `artifacts`. The record of what was sent is kept: the ledger is not changed. Unpaused by default.

**Failed?** The last line of the task's log says what could not be removed. It is always safe to start it again.
"""

_district = load_district()

with DAG(
    dag_id="grade_housekeeping",
    dag_display_name="Grade Sync: housekeeping",
    description="Removes runs and artifacts past their retention time",
    schedule=at_times("30 5 * * *", _district.time_zone),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["grade-sync"],
    default_args={"owner": "gradesync"},
    doc_md=DOC.format(completed=_district.retention.completed_days, failed=_district.retention.failed_days),
) as grade_housekeeping:
    tidy()
