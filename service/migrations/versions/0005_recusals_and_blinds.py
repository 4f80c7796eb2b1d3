"""who may know nothing of an instance, and who does not see who acts

Revision ID: 0005
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recusals",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("source_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "who", "source_key", name=op.f("pk_recusals")),
    )
    op.create_index(op.f("ix_recusals_source_key"), "recusals", ["source_key"])
    op.create_table(
        "blinds",
        sa.Column("task_key", sa.BigInteger(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_key"], ["user_tasks.key"], name=op.f("fk_blinds_task_key")),
        sa.PrimaryKeyConstraint("task_key", "group_name", "until", name=op.f("pk_blinds")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("blinds")
    op.drop_table("recusals")
