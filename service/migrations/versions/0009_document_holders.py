"""what holds a document: who may see that may read the file

Revision ID: 0009
Revises: 0005
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

_REFERENCE = re.compile(r'"documentId": ?"([0-9a-f]{32})"')


def upgrade() -> None:
    """Apply; what was handed in and recorded before is looked through once."""
    table = op.create_table(
        "document_holders",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("holder_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("document_id", "kind", "holder_key", name=op.f("pk_document_holders")),
    )
    connection = op.get_bind()
    held = {
        (id, kind, key)
        for kind, query in (
            ("task", "SELECT task_key, data FROM submissions"),
            ("record", "SELECT record_key, data FROM record_versions"),
        )
        for key, data in connection.execute(sa.text(query))
        for id in _REFERENCE.findall(data if isinstance(data, str) else bytes(data).decode())
    }
    rows = [{"document_id": id, "kind": kind, "holder_key": key} for id, kind, key in sorted(held)]
    if rows:
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Take back."""
    op.drop_table("document_holders")
