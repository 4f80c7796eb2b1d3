"""erasure: salts beside what events are committed to, marks of what was erased, and who may

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SALTED = ("submissions", "records")
_ERASED = ("submissions", "record_versions", "documents")


def upgrade() -> None:
    """Apply. What was committed to before has no salt; the group is there on new databases already."""
    for table in _SALTED:
        op.add_column(table, sa.Column("salt", sa.String(), nullable=False, server_default=""))
    for table in _ERASED:
        op.add_column(table, sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.execute(
        "INSERT INTO groups (name, title, system) SELECT 'archivist', 'archivist', true "
        "WHERE EXISTS (SELECT 1 FROM groups) AND NOT EXISTS (SELECT 1 FROM groups WHERE name = 'archivist')"
    )


def downgrade() -> None:
    """Take back."""
    for table in _ERASED:
        op.drop_column(table, "erased_at")
    for table in _SALTED:
        op.drop_column(table, "salt")
