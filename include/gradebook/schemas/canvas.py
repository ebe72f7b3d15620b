"""What Canvas holds, and what people chose about it."""

from __future__ import annotations

from include.gradebook.schemas.columns import COURSE, SIS_SECTION, text
from include.gradebook.schemas.frame import Col, Frame

# fmt: off
COURSES = Frame("courses", {
    **COURSE,
    "name": text("course name", True),
    "sis_course_id": text("course's SIS id", True),
    "workflow_state": text("unpublished, available, completed, deleted"),
    "time_zone": text("IANA zone of the course", True),
    "nightly_setting": text("Canvas's own grade_passback_setting", True),
    "term_id": text("Canvas term", True),
    "sis_term_id": text("the term's SIS id", True),
    "term_start": Col("time", "first moment of the term; null is open", True),
    "term_end": Col("time", "last moment of the term; null is open", True),
    "course_end": Col("time", "the course's own end; null is open", True),
    "complete": Col("flag", "everything of this course was read (invariant 6)"),
}, ("canvas_course_id",))

SECTIONS = Frame("sections", {
    **COURSE,
    "canvas_section_id": text("Canvas section"),
    "name": text("section name", True),
    "sis_section_id": text("SIS id that Canvas holds", True),
    "nonxlist_course_id": text("course it was cross-listed from", True),
}, ("canvas_section_id",))

ENROLLMENTS = Frame("enrollments", {
    **COURSE,
    "canvas_section_id": text("Canvas section"),
    "canvas_user_id": text("Canvas user"),
    "sis_user_id": text("SIS id that Canvas holds", True),
    "student_name": text("sortable name", True),
    "type": text("StudentEnrollment, StudentViewEnrollment"),
    "state": text("active, invited, inactive, completed, deleted"),
}, ("canvas_section_id", "canvas_user_id", "type", "state"))

GROUPS = Frame("assignment_groups", {
    **COURSE,
    "canvas_group_id": text("Canvas assignment group"),
    "name": text("group name", True),
    "integration_data": text("JSON object that an integrator stored: SIS section id to category id", True),
}, ("canvas_group_id",))

ASSIGNMENTS = Frame("assignments", {
    **COURSE,
    "canvas_assignment_id": text("Canvas assignment"),
    "canvas_group_id": text("its assignment group", True),
    "name": text("name as typed", True),
    "description": text("HTML as typed", True),
    "points_possible": Col("number", "points; null is none", True),
    "grading_type": text("points, percent, pass_fail, letter_grade, gpa_scale, not_graded", True),
    "submission_types": text("joined by a space", True),
    "due_at": Col("time", "base due date", True),
    "unlock_at": Col("time", "base available-from date", True),
    "created_at": Col("time", "when it was made", True),
    "published": Col("flag", "visible to students"),
    "post_to_sis": Col("flag", "the Sync to SIS switch (A-2)"),
    "omit_from_final_grade": Col("flag", "do not count towards the final grade (A-3)"),
    "only_visible_to_overrides": Col("flag", "the base date is for nobody"),
}, ("canvas_assignment_id",))

OVERRIDES = Frame("overrides", {
    **COURSE,
    "canvas_assignment_id": text("Canvas assignment"),
    "override_id": text("Canvas override"),
    "kind": text("section, student, group, course, module, mastery_path"),
    "canvas_section_id": text("the section, for kind section", True),
    "due_at": Col("time", "due date for this target; null with due_set: has none", True),
    "due_set": Col("flag", "the override changes the due date (the key is present)"),
    "unassign": Col("flag", "this target is not assigned (unassign_item)"),
}, ("canvas_assignment_id", "override_id"))

SUBMISSIONS = Frame("submissions", {
    **COURSE,
    "canvas_assignment_id": text("Canvas assignment"),
    "canvas_user_id": text("Canvas user"),
    "score": Col("number", "points after deductions; null is blank", True),
    "excused": Col("flag", "excused"),
    "late": Col("flag", "late"),
    "missing": Col("flag", "missing"),
    "graded_at": Col("time", "when graded", True),
    "posted_at": Col("time", "when shown to the student; null is hidden", True),
    "workflow_state": text("unsubmitted, submitted, graded, pending_review", True),
    "comment": text("newest comment that is no student's; read only where the rules send it (A-11)", True),
    "open_parts": text("checkpoints without a score, where another one has one (R-17)", True),
}, ("canvas_assignment_id", "canvas_user_id"))

CANVAS_FRAMES = (COURSES, SECTIONS, ENROLLMENTS, GROUPS, ASSIGNMENTS, OVERRIDES, SUBMISSIONS)

CHOICES = Frame("category_choices", {
    **SIS_SECTION,
    "canvas_group_id": text("Canvas assignment group"),
    "category_id": text("the chosen category; null is unassociated (B-3)", True),
}, ("sis_section_id", "canvas_group_id"))
# fmt: on
