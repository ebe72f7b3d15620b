"""`grade_sync_on_demand`: a person syncs chosen courses, sections and assignments, whenever it is needed (A-19, A-21, D-10)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, on_demand

DOC = """
### Sync on demand

Copies chosen courses from Canvas into one SIS, now. Only what changed since it was last accepted is sent; a second run sends nothing.
Choose the target and at least one course; without sections and assignments it is all of them. Concluded courses are refused unless
*Concluded courses too* is on. With *Preview* nothing is sent: the plan is in the log of `close` and in the run's artifacts
(`preview.html`, `preview.md`, and the tables with `status` = planned).

A course that another run holds at this moment is refused, with that run's name. What does not exist is refused before anything is sent.

**Command line:** `airflow dags trigger grade_sync_on_demand --conf '{"target": "genesis", "courses": ["CO-2001"]}'`

**Red?** The failed task's last line says what is wrong, who can mend it, and what happens next. Starting it again is always safe.
"""

_district = load_district()
grade_sync_on_demand = by_hand(
    "grade_sync_on_demand",
    "on_demand",
    lambda: on_demand(_district),
    _district,
    dag_display_name="Grade sync on demand",
    description="Chosen courses from Canvas into one SIS, now",
    doc_md=DOC,
)
