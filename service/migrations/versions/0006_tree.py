"""the tree over all events, its signed heads

Revision ID: 0006
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime
from service.models.tree import TREE_POSTGRESQL_TRIGGERS, TREE_SQLITE_TRIGGERS

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Events that are there become leaves in the order in which they happened."""
    op.create_table(
        "tree_leaves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_key", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tree_leaves")),
        sa.UniqueConstraint("event_key", name=op.f("uq_tree_leaves_event_key")),
        sa.UniqueConstraint("position", name=op.f("uq_tree_leaves_position")),
    )
    op.create_table(
        "tree_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile", name=op.f("pk_tree_tiles")),
    )
    op.create_table(
        "tree_heads",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_tree_heads")),
    )
    op.execute("INSERT INTO tree_leaves (event_key) SELECT key FROM events ORDER BY at, instance_key, seq")
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TREE_SQLITE_TRIGGERS if on_sqlite else TREE_POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER events_become_leaves" + ("" if op.get_bind().dialect.name == "sqlite" else " ON events"))
    op.drop_table("tree_heads")
    op.drop_table("tree_tiles")
    op.drop_table("tree_leaves")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION become_leaf()")
