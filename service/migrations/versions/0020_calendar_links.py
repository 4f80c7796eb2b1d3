"""secret addresses of calendars

Revision ID: 0020
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("view_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_calendar_links_username")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_calendar_links")),
    )
    op.create_index(op.f("ix_calendar_links_username"), "calendar_links", ["username"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("calendar_links")
