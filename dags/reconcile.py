"""`grade_reconcile`: reads assignments and scores back from a SIS, compares them with Canvas, and repairs them if asked (F-2)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, reconcile, reconcile_scheduled

DOC = """
### Reconcile

Reads the SIS's gradebook and compares it with Canvas and with what was sent. Its artifact `reconciliation` has one result per assignment and
score:

| result | meaning |
|---|---|
| same | the SIS matches Canvas; where the values look different, `reason_code` says why (excused as 0, rounded, late not sent, …) |
| missing | it is missing in the SIS |
| different | Canvas changed and the change was not sent yet, or a rule withholds it |
| edited | it was changed in the SIS after it was sent |
| twin | the SIS has a second assignment with the same name and date |
| orphan | it is in the SIS but not in Canvas |
| stale | the score was cleared in Canvas but is still in the SIS |
| wrong student | the score was sent for a Canvas user who has a different SIS ID now |
| not readable | the SIS could not be read there |

Without *Repair*, nothing is written and no course is reserved. With it, items that are missing, different, or edited are sent, under the same rules,
safety limit, and reservations as any sync; items that a rule withholds are not changed and are explained. Duplicates, items that are not in Canvas,
and cleared scores are never removed unless the district opted in. Enter the target; without courses, all courses in the nightly sync are compared.
A target with `reconcile:` in the district file has a separate DAG that runs on that schedule.

**One score:** `python -m include.why --target genesis --course CO-2001 --assignment 1234 --student 5678` explains why it differs.

**Command line:** `airflow dags trigger grade_reconcile --conf '{"target": "genesis", "courses": ["CO-2001"], "repair": true}'`

**Failed?** The last line of the failed task's log says what is wrong, who fixes it, and what to do. It is always safe to start the run again.
"""

_district = load_district()
grade_reconcile = by_hand(
    "grade_reconcile",
    "reconcile",
    lambda: reconcile(_district),
    _district,
    dag_display_name="Reconcile",
    description="Compares the SIS with Canvas, and repairs it if selected",
    doc_md=DOC,
)


for _target in _district.targets.values():
    if _target.reconcile:
        globals()[f"grade_reconcile_{_target.name}"] = reconcile_scheduled(_district, _target, doc_md=DOC)
