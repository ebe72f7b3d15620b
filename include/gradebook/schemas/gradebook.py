"""The gradebook that we want, and what was withheld on the way to it."""

from __future__ import annotations

from include.gradebook.schemas.columns import COPY, COURSE, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
COPIES = Frame("copies", {
    **COPY,
    "canvas_group_id": text("assignment group", True),
    "group_name": text("its name", True),
    "name": text("name as sent (R-9)"),
    "description": text("description as typed", True),
    "points_possible": Col("number", "points"),
    "due_date": Col("date", "local due date in this section", True),
    "due_at": Col("time", "the same as an instant", True),
    "assign_date": Col("date", "local date from which it is available, never after the due date", True),
    "category_id": text("SIS category; null is uncategorized, or not looked up yet", True),
}, ("sis_section_id", "canvas_assignment_id"))

SCORES = Frame("scores", {
    **COPY,
    "canvas_user_id": text("Canvas user"),
    "sis_student_id": text("student in the SIS"),
    "score": Col("number", "number as sent; null only with exempt or missing", True),
    "exempt": Col("flag", "sent as exempt"),
    "missing": Col("flag", "sent as missing"),
    "late": Col("flag", "sent as late"),
    "scored_on": Col("date", "local date of the grade"),
    "comment": text("comment that goes along (A-11)", True),
}, ("sis_section_id", "canvas_assignment_id", "sis_student_id"))

WITHHELD = Frame("withheld", {
    "kind": text("course, section, assignment, grade"),
    **COURSE,
    "canvas_section_id": text("Canvas section", True),
    "sis_section_id": text("SIS section", True),
    "canvas_assignment_id": text("Canvas assignment", True),
    "canvas_user_id": text("Canvas user", True),
    "reason_code": text("code in include/gradebook/reasons.py"),
    "value": text("the value that broke the rule", True),
    "limit": text("what is allowed", True),
    "stage": text("filter, transform, validate"),
})
# fmt: on
