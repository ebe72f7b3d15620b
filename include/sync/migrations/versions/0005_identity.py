"""Whose scores these are, which SIS a ledger belongs to, and which Canvas sections and users map to which of the SIS's (I-2 to I-6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column("ledger_assignments", sa.Column("adopted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "sis_bindings",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_sis_bindings")),
    )
    op.create_table(
        "section_mappings",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "canvas_section_id", name=op.f("pk_section_mappings")),
    )
    op.create_index(op.f("ix_section_mappings_sis_section_id"), "section_mappings", ["sis_section_id"], unique=False)
    op.create_index(op.f("ix_section_mappings_target_canvas_course_id"), "section_mappings", ["target", "canvas_course_id"], unique=False)
    op.create_table(
        "student_mappings",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("canvas_user_id", sa.Text(), nullable=False),
        sa.Column("sis_student_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("target", "canvas_course_id", "canvas_user_id", "sis_student_id", name=op.f("pk_student_mappings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_student_mappings_sis_student_id"), "student_mappings", ["sis_student_id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("student_mappings")
    op.drop_table("section_mappings")
    op.drop_table("sis_bindings")
    with op.batch_alter_table("ledger_assignments") as table:
        table.drop_column("adopted")
