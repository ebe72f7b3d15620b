"""What was last seen of courses, sections, groups and categories, and how the connections were: for the pages (D-11, D-12)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "seen_courses",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sis_course_id", sa.Text(), nullable=True),
        sa.Column("workflow_state", sa.Text(), nullable=True),
        sa.Column("sis_term_id", sa.Text(), nullable=True),
        sa.Column("nightly_setting", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_value", sa.Text(), nullable=True),
        sa.Column("students", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "canvas_course_id", name=op.f("pk_seen_courses")),
    )
    op.create_table(
        "seen_sections",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sis_section_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("target", "canvas_section_id", name=op.f("pk_seen_sections")),
    )
    op.create_index(op.f("ix_seen_sections_target_canvas_course_id"), "seen_sections", ["target", "canvas_course_id"], unique=False)
    op.create_table(
        "seen_groups",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_group_id", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("integration_data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("target", "canvas_group_id", name=op.f("pk_seen_groups")),
    )
    op.create_index(op.f("ix_seen_groups_target_canvas_course_id"), "seen_groups", ["target", "canvas_course_id"], unique=False)
    op.create_table(
        "seen_classes",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("term_start", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "sis_section_id", name=op.f("pk_seen_classes")),
    )
    op.create_table(
        "seen_categories",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("target", "sis_section_id", "category_id", name=op.f("pk_seen_categories")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkups",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", "target", name=op.f("pk_checkups")),
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("checkups", "seen_categories", "seen_classes"):
        op.drop_table(name)
    for name in ("seen_groups", "seen_sections"):
        op.drop_index(op.f(f"ix_{name}_target_canvas_course_id"), table_name=name)
        op.drop_table(name)
    op.drop_table("seen_courses")
