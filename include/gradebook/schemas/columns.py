"""Columns that several frames share."""

from __future__ import annotations

from include.gradebook.schemas.frame import Col


def text(doc: str, empty: bool = False) -> Col:
    """A column of text; `empty` says whether it may be null."""
    return Col("text", doc, empty)


# fmt: off
COURSE = {"canvas_course_id": text("Canvas course")}
SIS_SECTION = {"sis_section_id": text("SIS section (class)")}

COPY = {
    **COURSE,
    "canvas_section_id": text("Canvas section"),
    **SIS_SECTION,
    "canvas_assignment_id": text("Canvas assignment"),
}

RUN = {"run_id": text("run"), "target": text("target"), **COURSE}
NAMED_COPY = {
    "canvas_assignment_id": text("Canvas assignment", True),
    "assignment_name": text("name", True),
    "canvas_section_id": text("Canvas section", True),
    "section_name": text("name", True),
    "sis_section_id": text("SIS section", True),
    "sis_assignment_id": text("id in the SIS", True),
}
OUTCOME = {
    "action": text("create, update, adopt, none, delete, clear", True),
    "status": text("updated, failed, unchanged, withheld, unknown, planned"),
    "reason_code": text("why", True),
    "message": text("the sentence", True),
    "sis_error_code": text("the SIS's own code", True),
}
# fmt: on
