"""dated substitutes

Revision ID: 0010
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "substitutions",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_substitutions_username")),
        sa.ForeignKeyConstraint(["substitute"], ["accounts.username"], name=op.f("fk_substitutions_substitute")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_substitutions")),
    )
    op.create_index(op.f("ix_substitutions_username"), "substitutions", ["username"])
    op.create_index(op.f("ix_substitutions_substitute"), "substitutions", ["substitute"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("substitutions")
