"""The first tables: ledger, category choices, course settings, leases, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "category_choices",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_group_id", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "sis_section_id", "canvas_group_id", name=op.f("pk_category_choices")),
    )
    op.create_table(
        "course_settings",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("nightly", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "canvas_course_id", name=op.f("pk_course_settings")),
    )
    op.create_table(
        "leases",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "canvas_course_id", name=op.f("pk_leases")),
    )
    op.create_table(
        "ledger_assignments",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_assignment_id", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("sis_assignment_id", sa.Text(), nullable=True),
        sa.Column("our_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'refused', 'unknown')", name=op.f("ck_ledger_assignments_outcome")),
        sa.PrimaryKeyConstraint("target", "sis_section_id", "canvas_assignment_id", name=op.f("pk_ledger_assignments")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ledger_assignments_target_canvas_course_id"), "ledger_assignments", ["target", "canvas_course_id"], unique=False)
    op.create_table(
        "ledger_scores",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis_section_id", sa.Text(), nullable=False),
        sa.Column("canvas_assignment_id", sa.Text(), nullable=False),
        sa.Column("sis_student_id", sa.Text(), nullable=False),
        sa.Column("canvas_user_id", sa.Text(), nullable=True),
        sa.Column("sis_score_id", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'refused', 'unknown')", name=op.f("ck_ledger_scores_outcome")),
        sa.PrimaryKeyConstraint("target", "sis_section_id", "canvas_assignment_id", "sis_student_id", name=op.f("pk_ledger_scores")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("preview", sa.Boolean(), nullable=False),
        sa.Column("courses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("canvas_assignments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_assignments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_assignments_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_grades", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_grades_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warnings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errors", sa.Integer(), server_default="0", nullable=False),
        sa.Column("artifacts", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('Running', 'Completed', 'Completed with errors', 'Failed')", name=op.f("ck_runs_status")),
        sa.PrimaryKeyConstraint("target", "run_id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"], unique=False)
    op.create_table(
        "run_courses",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("canvas_course_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("canvas_assignments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_assignments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_assignments_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_grades", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sis_grades_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warnings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errors", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["target", "run_id"], ["runs.target", "runs.run_id"], name=op.f("fk_run_courses_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("target", "run_id", "canvas_course_id", name=op.f("pk_run_courses")),
    )
    op.create_index(op.f("ix_run_courses_canvas_course_id"), "run_courses", ["canvas_course_id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f("ix_run_courses_canvas_course_id"), table_name="run_courses")
    op.drop_table("run_courses")
    op.drop_index(op.f("ix_runs_started_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("ledger_scores")
    op.drop_index(op.f("ix_ledger_assignments_target_canvas_course_id"), table_name="ledger_assignments")
    op.drop_table("ledger_assignments")
    op.drop_table("leases")
    op.drop_table("course_settings")
    op.drop_table("category_choices")
