"""What the SIS accepted so far."""

from __future__ import annotations

from include.gradebook.schemas.columns import SIS_SECTION, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
LEDGER_ASSIGNMENTS = Frame("ledger_assignments", {
    **SIS_SECTION,
    "canvas_assignment_id": text("Canvas assignment"),
    "canvas_course_id": text("Canvas course"),
    "sis_assignment_id": text("id in the SIS, once known", True),
    "our_id": text("the stable id that we sent", True),
    "name": text("name as last sent"),
    "due_date": Col("date", "due date as last sent", True),
    "fingerprint": text("digest of what was last accepted; null: nothing was", True),
    "refused": text("digest of what was last refused, and not accepted since", True),
    "reason_code": text("why it was refused", True),
    "message": text("the SIS's words then", True),
    "outcome": text("accepted, refused, unknown"),
    "generation": Col("count", "how often it was made anew"),
    "accepted_at": Col("time", "when the SIS last accepted it", True),
    "adopted": Col("flag", "another tool or a person created it in the SIS; adopted by name and date (F-10)"),
}, ("sis_section_id", "canvas_assignment_id"))

LEDGER_SCORES = Frame("ledger_scores", {
    **SIS_SECTION,
    "canvas_assignment_id": text("Canvas assignment"),
    "sis_student_id": text("student in the SIS"),
    "canvas_user_id": text("Canvas user", True),
    "sis_score_id": text("id in the SIS, once known", True),
    "fingerprint": text("what was last accepted, as text; null: nothing was", True),
    "refused": text("what was last refused, as text, and not accepted since", True),
    "reason_code": text("why it was refused", True),
    "message": text("the SIS's words then", True),
    "outcome": text("accepted, refused, unknown"),
}, ("sis_section_id", "canvas_assignment_id", "sis_student_id"))
# fmt: on
