"""The tables that every run leaves behind (E)."""

from __future__ import annotations

from include.gradebook.schemas.columns import NAMED_COPY, OUTCOME, RUN, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
FILTERED_CANVAS_DATA = Frame("filtered_canvas_data", {
    **RUN,
    "kind": text("course, section, assignment (unique ones), grade"),
    "outcome": text("kept, withheld"),
    "reason_code": text("why withheld", True),
    "count": Col("count", "how many"),
})

ASSIGNMENTS_SYNC = Frame("assignments_sync", {
    **RUN,
    **NAMED_COPY,
    "category": text("category id in the SIS", True),
    "due_date": Col("date", "local due date", True),
    "points_possible": Col("number", "points", True),
    **OUTCOME,
    "scores_sent": Col("count", "accepted scores"),
    "scores_failed": Col("count", "refused or unknown scores"),
    "finished_at": Col("time", "when the answer came", True),
})

GRADES_LOG = Frame("grades_log", {
    **RUN,
    **NAMED_COPY,
    "canvas_user_id": text("Canvas user"),
    "sis_user_id": text("student in the SIS, as the target's identity rule finds it; null where it finds none", True),
    "student_name": text("sortable name", True),
    "submitted_score": Col("number", "number as sent or as it stands in Canvas", True),
    "excused": Col("flag", "excused"),
    "missing": Col("flag", "missing"),
    "late": Col("flag", "late"),
    **OUTCOME,
    "finished_at": Col("time", "when the answer came", True),
})

MESSAGES = Frame("messages", {
    **RUN,
    "severity": text("warning, error"),
    "type": text("stable code"),
    "message": text("the sentence"),
    "stage": text("extract, filter, transform, validate, load"),
    "canvas_assignment_id": text("Canvas assignment", True),
    "assignment_name": text("name", True),
    "canvas_user_id": text("Canvas user", True),
    "student_name": text("sortable name", True),
    "canvas_section_id": text("Canvas section", True),
    "sis_section_id": text("SIS section", True),
    "sis_error_code": text("the SIS's own code", True),
    "who": text("teacher, admin, SIS staff"),
    "next": text("what happens next"),
})

ARTIFACTS = (FILTERED_CANVAS_DATA, ASSIGNMENTS_SYNC, GRADES_LOG, MESSAGES)
# fmt: on
