"""`grade_remaster`: everything of chosen courses is sent again, after a person has seen the plan (A-20, D-9)."""

from __future__ import annotations

from include.district import load_district
from plugins.gradesync_airflow.by_hand import by_hand, remaster

DOC = """
### Remaster

Sends every score, status, and assignment detail of the selected courses again and overwrites edits made in the SIS. It does not create duplicates.
Enter the target and at least one course. Without sections and assignments, all of them are included.
Assignments that cannot be sent (no due date where the SIS requires one, duplicates, …) are withheld one by one, with the reason.

1. The plan is prepared and saved: in the log of `propose`, as `preview.html` and `preview.md`, and as tables with `status` = planned.
2. `approve` waits for a user (*Required Actions*) for at most 2 hours. Until the remaster ends, no other run can use these courses.
3. If it is approved, it is sent. If it is rejected, or no one responds, nothing is sent, and other runs can use the courses again.

With *Require approval* off, it sends immediately. With *Preview*, it ends after the plan and reserves no course.

**Command line:** `airflow dags trigger grade_remaster --conf '{"target": "genesis", "courses": ["CO-2001"], "approve": false}'`

**Failed?** The last line of the failed task's log says what is wrong, who fixes it, and what to do. It is always safe to start the run again.
"""

_district = load_district()
grade_remaster = by_hand(
    "grade_remaster",
    "remaster",
    lambda: remaster(_district),
    _district,
    dag_display_name="Remaster",
    description="Everything in selected courses again into one SIS, after approval",
    doc_md=DOC,
)
