"""deployment drafts: files that wait for another person's release

Revision ID: 0014
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "deployment_drafts",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("base_release_key", sa.BigInteger(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("release_key", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["base_release_key"], ["releases.key"]),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_deployment_drafts_content_hash"), "deployment_drafts", ["content_hash"])
    op.create_table(
        "deployment_files",
        sa.Column("draft_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["draft_key"], ["deployment_drafts.key"]),
        sa.ForeignKeyConstraint(["hash"], ["contents.hash"]),
        sa.PrimaryKeyConstraint("draft_key", "name"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("deployment_files")
    op.drop_index(op.f("ix_deployment_drafts_content_hash"), "deployment_drafts")
    op.drop_table("deployment_drafts")
