"""a receipt leads to the account that was made for its sender

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("receipts") as table:
        table.add_column(sa.Column("username", sa.String(), nullable=True))
        table.create_foreign_key(op.f("fk_receipts_username_accounts"), "accounts", ["username"], ["username"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("receipts") as table:
        table.drop_constraint(op.f("fk_receipts_username_accounts"), type_="foreignkey")
        table.drop_column("username")
