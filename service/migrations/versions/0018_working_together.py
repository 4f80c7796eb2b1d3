"""working together: comments on tasks, tasks handed on for preparation, drafts of start forms

Revision ID: 0018
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import Tagged, UtcDateTime

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("user_tasks", sa.Column("delegated_by", sa.String(), nullable=True))
    op.create_index("ix_user_tasks_delegated_by_key", "user_tasks", ["delegated_by", "key"])
    op.create_table(
        "start_drafts",
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process_id", "username", name=op.f("pk_start_drafts")),
    )
    op.create_table(
        "comments",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_key"], ["user_tasks.key"], name=op.f("fk_comments_task_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_task_key"), "comments", ["task_key"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("comments")
    op.drop_table("start_drafts")
    op.drop_index("ix_user_tasks_delegated_by_key", "user_tasks")
    op.drop_column("user_tasks", "delegated_by")
