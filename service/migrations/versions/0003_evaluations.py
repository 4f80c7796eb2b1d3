"""evaluations of a graph: their order, and the decision that was asked

Revision ID: 0003_evaluations
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_evaluations"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What was stored before is taken for asked by itself."""
    op.add_column("decision_instances", sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "decision_instances", sa.Column("root_definition_key", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE decision_instances SET root_definition_key = definition_key")


def downgrade() -> None:
    """Take back."""
    op.drop_column("decision_instances", "root_definition_key")
    op.drop_column("decision_instances", "position")
