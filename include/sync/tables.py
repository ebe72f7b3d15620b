"""The tables of the state database: what each SIS accepted, what people chose, who holds a course, and what ran (design: State).

Ids are text and times are UTC throughout. All tables are keyed by target first, so that targets never see each other's rows.
`migrations/` makes the same tables step by step; a test proves that both agree.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKeyConstraint, Index, MetaData, Table, false

from include.sync.columns import UtcTime, answer, count, flag, key, outcomes, text, time

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# A SQLite table without row ids is kept in the order of its key, so that a section's rows are read in one stretch.
LEDGER_ASSIGNMENTS = Table(
    "ledger_assignments",
    METADATA,
    *(key(name) for name in ("target", "sis_section_id", "canvas_assignment_id")),
    text("canvas_course_id", empty=False),
    text("sis_assignment_id"),
    text("our_id"),
    text("name", empty=False),
    text("due_date"),
    count("generation"),
    text("sent"),
    Column("adopted", Boolean, nullable=False, server_default=false()),
    *answer(),
    outcomes(),
    Index(None, "target", "canvas_course_id"),
    sqlite_with_rowid=False,
)

LEDGER_SCORES = Table(
    "ledger_scores",
    METADATA,
    *(key(name) for name in ("target", "sis_section_id", "canvas_assignment_id", "sis_student_id")),
    text("canvas_user_id"),
    text("sis_score_id"),
    *answer(),
    outcomes(),
    sqlite_with_rowid=False,
)

# Rows of which the SIS may hold more, or something older, than the ledger says (`doubts.py`). `late`: somebody wrote who had lost the course.
DOUBTS = Table(
    "doubts",
    METADATA,
    *(key(name) for name in ("target", "sis_section_id", "canvas_assignment_id", "sis_student_id")),
    Column("noted_at", UtcTime, primary_key=True),
    text("canvas_course_id", empty=False),
    text("canvas_user_id"),
    text("sis_id"),
    text("run_id", empty=False),
    flag("late"),
    sqlite_with_rowid=False,
)

# Which server a target's ledger was written for (I-4, `binding.py`). `trouble`: why nothing may be written until somebody decides.
SIS_BINDINGS = Table(
    "sis_bindings",
    METADATA,
    key("target"),
    text("server", empty=False),
    text("identity", empty=False),
    text("bound_by", empty=False),
    time("bound_at", empty=False),
    text("trouble"),
)

# Which Canvas sections and users map to which of the SIS's, as each course was last read (I-3, I-6, `mappings.py`).
SECTION_MAPPINGS = Table(
    "section_mappings",
    METADATA,
    key("target"),
    key("canvas_section_id"),
    text("canvas_course_id", empty=False),
    text("sis_section_id", empty=False),
    time("mapped_at", empty=False),
    Index(None, "sis_section_id"),
    Index(None, "target", "canvas_course_id"),
)

STUDENT_MAPPINGS = Table(
    "student_mappings",
    METADATA,
    *(key(name) for name in ("target", "canvas_course_id", "canvas_user_id", "sis_student_id")),
    Index(None, "sis_student_id"),
    sqlite_with_rowid=False,
)

CATEGORY_CHOICES = Table(
    "category_choices",
    METADATA,
    *(key(name) for name in ("target", "sis_section_id", "canvas_group_id")),
    text("category_id"),
    text("chosen_by", empty=False),
    time("chosen_at", empty=False),
)

COURSE_SETTINGS = Table(
    "course_settings",
    METADATA,
    key("target"),
    key("canvas_course_id"),
    flag("nightly"),
    text("changed_by", empty=False),
    time("changed_at", empty=False),
)

LEASES = Table(
    "leases",
    METADATA,
    key("target"),
    key("canvas_course_id"),
    text("holder", empty=False),
    text("run_id", empty=False),
    time("acquired_at", empty=False),
    time("beat_at", empty=False),
    time("expires_at", empty=False),
)


def _counts() -> list[Column[int]]:
    names = ("canvas_assignments", "sis_assignments", "sis_assignments_done", "sis_grades", "sis_grades_done", "warnings", "errors")
    return [count(name) for name in names]


RUNS = Table(
    "runs",
    METADATA,
    key("target"),
    key("run_id"),
    text("mode", empty=False),
    text("posted_by", empty=False),
    time("started_at", empty=False),
    time("updated_at", empty=False),
    text("stage", empty=False),
    text("status", empty=False),
    flag("preview"),
    count("courses"),
    *_counts(),
    text("artifacts"),
    text("dag_id"),
    text("dag_run_id"),
    CheckConstraint("status IN ('Running', 'Completed', 'Completed with errors', 'Failed')", name="status"),
    Index(None, "started_at"),
)

RUN_COURSES = Table(
    "run_courses",
    METADATA,
    *(key(name) for name in ("target", "run_id", "canvas_course_id")),
    text("name"),
    text("status", empty=False),
    *_counts(),
    ForeignKeyConstraint(["target", "run_id"], ["runs.target", "runs.run_id"], ondelete="CASCADE"),
    Index(None, "canvas_course_id"),
)

# Which SIS a target sent to, and from which of its names our IDs there are made (`renaming.py`).
TARGET_NAMES = Table(
    "target_names",
    METADATA,
    key("target"),
    text("sis", empty=False),
    text("id_name", empty=False),
)

# What was last seen, for the pages alone: nothing that is sent is decided by it (`seen.py` writes, `directory.py` reads).
SEEN_COURSES = Table(
    "seen_courses",
    METADATA,
    key("target"),
    key("canvas_course_id"),
    *(text(name) for name in ("name", "sis_course_id", "workflow_state", "sis_term_id", "nightly_setting", "reason_code", "reason_value")),
    count("students"),
    time("seen_at", empty=False),
)

SEEN_SECTIONS = Table(
    "seen_sections",
    METADATA,
    key("target"),
    key("canvas_section_id"),
    text("canvas_course_id", empty=False),
    text("name"),
    text("sis_section_id"),
    Index(None, "target", "canvas_course_id"),
)

SEEN_GROUPS = Table(
    "seen_groups",
    METADATA,
    key("target"),
    key("canvas_group_id"),
    text("canvas_course_id", empty=False),
    text("name"),
    text("integration_data"),
    Index(None, "target", "canvas_course_id"),
)

SEEN_CLASSES = Table(
    "seen_classes",
    METADATA,
    key("target"),
    key("sis_section_id"),
    flag("found"),
    text("title"),
    text("term_start"),
    time("seen_at", empty=False),
)

SEEN_CATEGORIES = Table(
    "seen_categories",
    METADATA,
    *(key(name) for name in ("target", "sis_section_id", "category_id")),
    text("title"),
    text("state", empty=False),
    sqlite_with_rowid=False,
)

CHECKUPS = Table(
    "checkups",
    METADATA,
    key("connection"),
    key("target"),
    flag("well"),
    text("told", empty=False),
    text("checked_by", empty=False),
    time("checked_at", empty=False),
)
