"""`grade_reconcile`: reads assignments and scores back from a SIS, compares them with Canvas, and repairs them if asked (F-2)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, reconcile, reconcile_scheduled

DOC = """
### Reconcile

Reads the SIS's gradebook back and compares it with Canvas and with what was sent. Its artifact `reconciliation` has one verdict per assignment
and score:

| verdict | what it means |
|---|---|
| same | the SIS holds what Canvas holds; where it looks otherwise, `reason_code` says why (excused as 0, rounded, late not sent, …) |
| missing | the SIS does not hold it |
| different | Canvas changed and that was not sent yet, or a rule holds it back |
| edited | somebody changed it in the SIS after it was sent |
| twin | a second assignment of the same name and date stands beside ours |
| orphan | it stands in the SIS and is gone in Canvas |
| stale | the score was cleared in Canvas and stands in the SIS |
| not readable | the SIS could not be read there |

Without *Repair* nothing is written and no course is held. With it, what is missing, different or edited is sent, by the same rules, safety valve and
holds as any sync; what a rule forbids is left alone and explained. Twins, orphans and stale scores are never removed, unless the district opted in.
Choose the target; without courses it is all that sync by night. A target with `reconcile:` in the district file has a DAG of its own that runs
on that schedule.

**One score:** `python -m include.why --target genesis --course CO-2001 --assignment 1234 --student 5678` tells why it differs.

**Command line:** `airflow dags trigger grade_reconcile --conf '{"target": "genesis", "courses": ["CO-2001"], "repair": true}'`

**Red?** The failed task's last line says what is wrong, who can mend it, and what happens next. Starting it again is always safe.
"""

_district = load_district()
grade_reconcile = by_hand(
    "grade_reconcile",
    "reconcile",
    lambda: reconcile(_district),
    _district,
    dag_display_name="Reconcile",
    description="What the SIS holds, compared with Canvas; repairs it if asked",
    doc_md=DOC,
)


for _target in _district.targets.values():
    if _target.reconcile:
        globals()[f"grade_reconcile_{_target.name}"] = reconcile_scheduled(_district, _target, doc_md=DOC)
