"""batch operations: the same act for many instances

Revision ID: 0004
Revises: 0003_evaluations
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import Tagged, UtcDateTime

revision = "0004"
down_revision = "0003_evaluations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "batch_operations",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("plan", Tagged(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batch_operations")),
    )
    op.create_table(
        "batch_items",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["batch_key"], ["batch_operations.key"], name=op.f("fk_batch_items_batch_key")),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_batch_items_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batch_items")),
        sa.UniqueConstraint("batch_key", "instance_key", name=op.f("uq_batch_items_batch_key_instance_key")),
    )
    op.create_index("ix_batch_items_batch_key_state", "batch_items", ["batch_key", "state", "instance_key"])
    op.create_index(op.f("ix_batch_items_instance_key"), "batch_items", ["instance_key"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("batch_items")
    op.drop_table("batch_operations")
