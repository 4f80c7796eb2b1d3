"""search attributes: what cases are found by

Revision ID: 0017
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Cases that run already get theirs with their next step."""
    op.create_table(
        "search_attributes",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "name", name="pk_search_attributes"),
    )
    op.create_index("ix_search_attributes_name_value", "search_attributes", ["name", "value"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("search_attributes")
