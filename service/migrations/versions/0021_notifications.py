"""notifications: what people are told, in the page and by mail

Revision ID: 0021
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notifications",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("mail_state", sa.String(), nullable=True),
        sa.Column("mail_due_at", UtcDateTime(), nullable=True),
        sa.Column("mail_attempts", sa.Integer(), nullable=False),
        sa.Column("mail_error", sa.String(), nullable=True),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name="fk_notifications_username_accounts"),
        sa.PrimaryKeyConstraint("key", name="pk_notifications"),
        sa.UniqueConstraint("username", "about", name="uq_notifications_username_about"),
    )
    op.create_index("ix_notifications_about", "notifications", ["about"])
    op.create_index("ix_notifications_mail", "notifications", ["mail_state", "mail_due_at"])
    op.create_index("ix_notifications_username_key", "notifications", ["username", "key"])
    op.create_table(
        "notification_settings",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name="fk_notification_settings_username_accounts"),
        sa.PrimaryKeyConstraint("username", name="pk_notification_settings"),
    )
    op.create_table(
        "notification_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("looked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notification_marks"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("notification_marks")
    op.drop_table("notification_settings")
    op.drop_table("notifications")
