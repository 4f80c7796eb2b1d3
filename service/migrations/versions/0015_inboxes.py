"""full inboxes in the order in which they are shown, and saved filters

Revision ID: 0015
Revises: 0020
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0015"
down_revision = "0020"
branch_labels = None
depends_on = None

_OPEN: dict[str, Any] = dict.fromkeys(("postgresql_where", "sqlite_where"), sa.text("ended_at IS NULL"))


def upgrade() -> None:
    """Apply."""
    due = sa.text("coalesce(due_at, '9999-12-31 00:00:00.000000')")
    op.create_index("ix_user_tasks_open_due", "user_tasks", [due, "key"], **_OPEN)
    op.create_index("ix_user_tasks_open_created", "user_tasks", ["created_at", "key"], **_OPEN)
    op.create_table(
        "saved_filters",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("box", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_saved_filters_username")),
        sa.PrimaryKeyConstraint("username", "title", name=op.f("pk_saved_filters")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("saved_filters")
    op.drop_index("ix_user_tasks_open_created", "user_tasks")
    op.drop_index("ix_user_tasks_open_due", "user_tasks")
