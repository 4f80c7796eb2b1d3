"""documents that are issued: what they were made from, and to whom they are addressed

Revision ID: 0008
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import Tagged

revision = "0008"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("documents", sa.Column("template", sa.String(), nullable=True))
    op.add_column("documents", sa.Column("readers", Tagged(), nullable=True))


def downgrade() -> None:
    """Revert."""
    op.drop_column("documents", "readers")
    op.drop_column("documents", "template")
