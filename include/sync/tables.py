"""The tables of the state database: what each SIS accepted, what people chose, who holds a course, and what ran (design: State).

Ids are text and times are UTC throughout. All tables are keyed by target first, so that targets never see each other's rows.
`migrations/` makes the same tables step by step; a test proves that both agree.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKeyConstraint, Index, Integer, MetaData, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets zones, so they are taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The moment in UTC; a time without a zone is refused, for nobody knows which moment it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str, empty: bool = True) -> Column[str]:
    return Column(name, Text, nullable=empty)


def _time(name: str, empty: bool = True) -> Column[datetime]:
    return Column(name, UtcTime, nullable=empty)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _answer() -> list[Column[Any]]:
    """How the last attempt at a row ended: `accepted` only after a confirmed answer (design, invariant 3)."""
    return [
        _text("fingerprint"),
        _text("refused"),
        _text("outcome", empty=False),
        _text("reason_code"),
        _text("message"),
        _text("run_id"),
        _time("finished_at"),
        _time("accepted_at"),
    ]


def _outcomes() -> CheckConstraint:
    return CheckConstraint("outcome IN ('accepted', 'refused', 'unknown')", name="outcome")


# A SQLite table without row ids is kept in the order of its key, so that a section's rows are read in one stretch.
LEDGER_ASSIGNMENTS = Table(
    "ledger_assignments",
    METADATA,
    *(_key(name) for name in ("target", "sis_section_id", "canvas_assignment_id")),
    _text("canvas_course_id", empty=False),
    _text("sis_assignment_id"),
    _text("our_id"),
    _text("name", empty=False),
    _text("due_date"),
    _count("generation"),
    _text("sent"),
    *_answer(),
    _outcomes(),
    Index(None, "target", "canvas_course_id"),
    sqlite_with_rowid=False,
)

LEDGER_SCORES = Table(
    "ledger_scores",
    METADATA,
    *(_key(name) for name in ("target", "sis_section_id", "canvas_assignment_id", "sis_student_id")),
    _text("canvas_user_id"),
    _text("sis_score_id"),
    *_answer(),
    _outcomes(),
    sqlite_with_rowid=False,
)

# Rows of which the SIS may hold more, or something older, than the ledger says (`doubts.py`). `late`: somebody wrote who had lost the course.
DOUBTS = Table(
    "doubts",
    METADATA,
    *(_key(name) for name in ("target", "sis_section_id", "canvas_assignment_id", "sis_student_id")),
    Column("noted_at", UtcTime, primary_key=True),
    _text("canvas_course_id", empty=False),
    _text("canvas_user_id"),
    _text("sis_id"),
    _text("run_id", empty=False),
    _flag("late"),
    sqlite_with_rowid=False,
)

CATEGORY_CHOICES = Table(
    "category_choices",
    METADATA,
    *(_key(name) for name in ("target", "sis_section_id", "canvas_group_id")),
    _text("category_id"),
    _text("chosen_by", empty=False),
    _time("chosen_at", empty=False),
)

COURSE_SETTINGS = Table(
    "course_settings",
    METADATA,
    _key("target"),
    _key("canvas_course_id"),
    _flag("nightly"),
    _text("changed_by", empty=False),
    _time("changed_at", empty=False),
)

LEASES = Table(
    "leases",
    METADATA,
    _key("target"),
    _key("canvas_course_id"),
    _text("holder", empty=False),
    _text("run_id", empty=False),
    _time("acquired_at", empty=False),
    _time("beat_at", empty=False),
    _time("expires_at", empty=False),
)


def _counts() -> list[Column[int]]:
    names = ("canvas_assignments", "sis_assignments", "sis_assignments_done", "sis_grades", "sis_grades_done", "warnings", "errors")
    return [_count(name) for name in names]


RUNS = Table(
    "runs",
    METADATA,
    _key("target"),
    _key("run_id"),
    _text("mode", empty=False),
    _text("posted_by", empty=False),
    _time("started_at", empty=False),
    _time("updated_at", empty=False),
    _text("stage", empty=False),
    _text("status", empty=False),
    _flag("preview"),
    _count("courses"),
    *_counts(),
    _text("artifacts"),
    CheckConstraint("status IN ('Running', 'Completed', 'Completed with errors', 'Failed')", name="status"),
    Index(None, "started_at"),
)

RUN_COURSES = Table(
    "run_courses",
    METADATA,
    *(_key(name) for name in ("target", "run_id", "canvas_course_id")),
    _text("name"),
    _text("status", empty=False),
    *_counts(),
    ForeignKeyConstraint(["target", "run_id"], ["runs.target", "runs.run_id"], ondelete="CASCADE"),
    Index(None, "canvas_course_id"),
)

# What was last seen, for the pages alone: nothing that is sent is decided by it (`seen.py` writes, `directory.py` reads).
SEEN_COURSES = Table(
    "seen_courses",
    METADATA,
    _key("target"),
    _key("canvas_course_id"),
    *(_text(name) for name in ("name", "sis_course_id", "workflow_state", "sis_term_id", "nightly_setting", "reason_code", "reason_value")),
    _count("students"),
    _time("seen_at", empty=False),
)

SEEN_SECTIONS = Table(
    "seen_sections",
    METADATA,
    _key("target"),
    _key("canvas_section_id"),
    _text("canvas_course_id", empty=False),
    _text("name"),
    _text("sis_section_id"),
    Index(None, "target", "canvas_course_id"),
)

SEEN_GROUPS = Table(
    "seen_groups",
    METADATA,
    _key("target"),
    _key("canvas_group_id"),
    _text("canvas_course_id", empty=False),
    _text("name"),
    _text("integration_data"),
    Index(None, "target", "canvas_course_id"),
)

SEEN_CLASSES = Table(
    "seen_classes",
    METADATA,
    _key("target"),
    _key("sis_section_id"),
    _flag("found"),
    _text("title"),
    _text("term_start"),
    _time("seen_at", empty=False),
)

SEEN_CATEGORIES = Table(
    "seen_categories",
    METADATA,
    *(_key(name) for name in ("target", "sis_section_id", "category_id")),
    _text("title"),
    _text("state", empty=False),
    sqlite_with_rowid=False,
)

CHECKUPS = Table(
    "checkups",
    METADATA,
    _key("connection"),
    _key("target"),
    _flag("well"),
    _text("told", empty=False),
    _text("checked_by", empty=False),
    _time("checked_at", empty=False),
)
