"""What is to be sent, and what was answered."""

from __future__ import annotations

from include.gradebook.schemas.columns import SIS_SECTION, text
from include.gradebook.schemas.frame import Col, Frame
from include.gradebook.schemas.gradebook import COPIES, SCORES

# fmt: off
PLAN_ASSIGNMENTS = Frame("plan_assignments", {
    **COPIES.columns,
    "action": text("create, update, adopt, none, delete"),
    "sis_assignment_id": text("id in the SIS; null for a create", True),
    "our_id": text("our stable id"),
    "fingerprint": text("digest of what is to be sent"),
    "adopted": Col("flag", "another tool or a person created it in the SIS (F-10)"),
}, COPIES.key)

PLAN_SCORES = Frame("plan_scores", {
    **SCORES.columns,
    "action": text("create, update, none, clear"),
    "sis_score_id": text("id in the SIS, where it has one", True),
    "our_id": text("our stable id; null where nothing is sent", True),
    "fingerprint": text("what is to be sent, as text"),
}, SCORES.key)

RECEIPTS = Frame("receipts", {
    "kind": text("assignment, grade"),
    **SIS_SECTION,
    "canvas_assignment_id": text("Canvas assignment"),
    "sis_student_id": text("student, for a grade", True),
    "outcome": text("accepted, refused, unknown"),
    "sis_id": text("id in the SIS", True),
    "reason_code": text("code, where it was not accepted", True),
    "message": text("the SIS's own words", True),
    "sis_error_code": text("HTTP status or the SIS's own code", True),
    "finished_at": Col("time", "when the answer came"),
})
# fmt: on
