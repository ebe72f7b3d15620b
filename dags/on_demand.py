"""`grade_sync_on_demand`: a person syncs chosen courses, sections and assignments, whenever it is needed (A-19, A-21, D-10)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, on_demand

DOC = """
### Sync on demand

Copies the selected courses from Canvas into one SIS now. Only changes since the last accepted sync are sent; a second run sends nothing.
Enter the target and at least one course. Without sections and assignments, all of them are included. Concluded courses are rejected unless
*Include concluded courses* is selected. With *Preview*, nothing is sent: the plan is in the log of `close` and in the run's artifacts
(`preview.html`, `preview.md`, and the tables with `status` = planned).

A course that another run is using is rejected with the name of that run. IDs that do not exist are rejected before anything is sent.

**Command line:** `airflow dags trigger grade_sync_on_demand --conf '{"target": "genesis", "courses": ["CO-2001"]}'`

**Failed?** The last line of the failed task's log says what is wrong, who fixes it, and what to do. It is always safe to start the run again.
"""

_district = load_district()
grade_sync_on_demand = by_hand(
    "grade_sync_on_demand",
    "on_demand",
    lambda: on_demand(_district),
    _district,
    dag_display_name="Grade Sync on demand",
    description="Selected courses from Canvas into one SIS, now",
    doc_md=DOC,
)
