"""`grade_remaster`: everything of chosen courses is sent again, after a person has seen the plan (A-20, D-9)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, remaster

DOC = """
### Remaster

Sends every score, status and assignment detail of the chosen courses again, whatever was sent before; what was edited in the SIS is
overwritten, and nothing is made twice. Choose the target and at least one course; without sections and assignments it is all of them.
Assignments that cannot be sent (no due date where the SIS requires one, duplicates, …) are refused one by one, with the reason.

1. The plan is made and published: in the log of `propose`, as `preview.html` and `preview.md`, and as tables with `status` = planned.
2. `approve` waits for a person (*Required Actions*), two hours at most. Until then, and until the end, no other run touches these courses.
3. Approved, it is sent. Rejected, or not answered, nothing is sent, and the courses are free again.

With *Ask before sending* off it sends at once; with *Preview* it ends after the plan and holds no course.

**Command line:** `airflow dags trigger grade_remaster --conf '{"target": "genesis", "courses": ["CO-2001"], "approve": false}'`

**Red?** The failed task's last line says what is wrong, who can mend it, and what happens next. Starting it again is always safe.
"""

_district = load_district()
grade_remaster = by_hand(
    "grade_remaster",
    "remaster",
    lambda: remaster(_district),
    _district,
    dag_display_name="Remaster",
    description="Everything of chosen courses again into one SIS, after approval",
    doc_md=DOC,
)
