"""Which DAG started a run, and under which ID Airflow knows it: `run_id` is the name of the run's key from now on (I-1).

Rows from before keep Airflow's own ID as `run_id`, and nothing in the two columns: they stay listed, and are read as they were.
And which SIS each target sent to, and from which name its IDs there were made, so that a renamed target keeps its ledger (I-6).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.create_table(
        "target_names",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sis", sa.Text(), nullable=False),
        sa.Column("id_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_target_names")),
    )
    op.add_column("runs", sa.Column("dag_id", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("dag_run_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("runs", "dag_run_id")
    op.drop_column("runs", "dag_id")
    op.drop_table("target_names")
