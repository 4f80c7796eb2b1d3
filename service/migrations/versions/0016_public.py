"""receipts of what the public sends, one-time links, rates

Revision ID: 0016
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0016"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "receipts",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipts")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_receipts_code_hash")),
        sa.UniqueConstraint("number", name=op.f("uq_receipts_number")),
    )
    op.create_index(op.f("ix_receipts_root_key"), "receipts", ["root_key"])
    op.create_table(
        "receipt_notes",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_key", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_key"], ["receipts.key"], name=op.f("fk_receipt_notes_receipt_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_receipt_notes")),
    )
    op.create_index(op.f("ix_receipt_notes_receipt_key"), "receipt_notes", ["receipt_key"])
    op.create_table(
        "links",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("principal", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_index(op.f("ix_links_instance_key"), "links", ["instance_key"])
    op.create_table(
        "rates",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_rates")),
    )
    op.create_index(op.f("ix_rates_since"), "rates", ["since"])


def downgrade() -> None:
    """Take back."""
    for table in ("rates", "links", "receipt_notes", "receipts"):
        op.drop_table(table)
