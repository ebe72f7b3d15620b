"""What a reconcile found (F-2)."""

from __future__ import annotations

from include.gradebook.schemas.columns import COURSE, NAMED_COPY, RUN, SIS_SECTION, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
VERDICTS = Frame("verdicts", {
    "kind": text("assignment, grade"),
    **COURSE,
    "canvas_section_id": text("Canvas section", True),
    **SIS_SECTION,
    "canvas_assignment_id": text("Canvas assignment", True),
    "canvas_user_id": text("Canvas user, for a grade", True),
    "sis_student_id": text("student in the SIS, for a grade", True),
    "sis_assignment_id": text("id in the SIS", True),
    "sis_score_id": text("id of the score in the SIS", True),
    "verdict": text("same, missing, different, edited, twin, orphan, stale, wrong student, not readable"),
    "canvas_value": text("what Canvas holds", True),
    "sent_value": text("what the SIS last accepted from this sync", True),
    "sis_value": text("what the SIS holds now", True),
    "reason_code": text("the rule that explains it", True),
    "value": text("the value that the rule speaks of", True),
    "limit": text("the limit that the rule speaks of", True),
    "repairable": Col("flag", "a repair may send it"),
})

RECONCILIATION = Frame("reconciliation", {
    **RUN,
    "kind": text("assignment, grade"),
    **NAMED_COPY,
    "canvas_user_id": text("Canvas user, for a grade", True),
    "sis_user_id": text("student in the SIS, for a grade", True),
    "student_name": text("sortable name", True),
    "verdict": text("same, missing, different, edited, twin, orphan, stale, wrong student, not readable"),
    "canvas_value": text("what Canvas holds", True),
    "sent_value": text("what the SIS last accepted from this sync", True),
    "sis_value": text("what the SIS holds now", True),
    "reason_code": text("the rule that explains it", True),
    "message": text("the sentence", True),
    "action": text("what a repair does: create, update, adopt, delete, clear; null: nothing", True),
    "status": text("how that ended: updated, failed, unknown, planned, withheld; null: nothing was to be done", True),
    "finished_at": Col("time", "when the answer came", True),
})
# fmt: on
