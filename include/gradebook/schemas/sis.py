"""What the SIS holds."""

from __future__ import annotations

from include.gradebook.schemas.columns import SIS_SECTION, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
SIS_SECTIONS = Frame("sis_sections", {
    **SIS_SECTION,
    "found": Col("flag", "the SIS knows this section"),
    "title": text("name in the SIS", True),
    "school_id": text("school of the section", True),
    "term_start": Col("date", "first day of its term", True),
    "term_end": Col("date", "last day of its term, inclusive", True),
}, ("sis_section_id",))

SIS_STUDENTS = Frame("sis_students", {**SIS_SECTION, "sis_student_id": text("enrolled student")}, ("sis_section_id", "sis_student_id"))

SIS_CATEGORIES = Frame("sis_categories", {
    **SIS_SECTION,
    "category_id": text("category (Synergy: assignment type)"),
    "title": text("its name"),
    "state": text("active, hidden, deleted"),
}, ("sis_section_id", "category_id"))

SIS_ASSIGNMENTS = Frame("sis_assignments", {
    **SIS_SECTION,
    "sis_assignment_id": text("id in the SIS"),
    "our_id": text("our stable id or mark that it carries", True),
    "ours": Col("flag", "made by this product"),
    "name": text("name in the SIS", True),
    "due_date": Col("date", "due date in the SIS", True),
    "points_possible": Col("number", "points in the SIS", True),
    "category_id": text("category in the SIS", True),
    "state": text("active, trashed"),
    "locked": Col("flag", "locked for editing in the SIS"),
}, ("sis_section_id", "sis_assignment_id"))

SIS_SCORES = Frame("sis_scores", {
    **SIS_SECTION,
    "sis_assignment_id": text("id in the SIS"),
    "sis_student_id": text("student"),
    "sis_score_id": text("id of the score in the SIS", True),
    "score": Col("number", "number; null is none", True),
    "exempt": Col("flag", "exempt"),
    "missing": Col("flag", "missing"),
    "late": Col("flag", "late"),
}, ("sis_section_id", "sis_assignment_id", "sis_student_id"))

SIS_MARKS = Frame("sis_marks", {
    **SIS_SECTION,
    "sis_assignment_id": text("id in the SIS"),
    "our_id": text("our id of the score, which the record carries"),
    "sis_score_id": text("id of the record in the SIS"),
}, ("sis_section_id", "sis_score_id"))
# fmt: on
