"""Rows of which the SIS may hold more, or something older, than the ledger says: looked at again by the next run (A-22, F-4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "doubts",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_assignment_id", sa.Text(), nullable=False),
        sa.Column("sis_student_id", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("canvas_user_id", sa.Text(), nullable=True),
        sa.Column("sis_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("target", "sis_section_id", "canvas_assignment_id", "sis_student_id", "noted_at", name=op.f("pk_doubts")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("doubts")
