"""invitations, dated memberships, lists of sessions, kept forms, acts of administrators

Revision ID: 0013
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import UtcDateTime
from service.models.people import ACTS_POSTGRESQL_TRIGGERS, ACTS_SQLITE_TRIGGERS

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("accounts", sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("accounts", sa.Column("invitation_hash", sa.String(), nullable=True))
    op.add_column("accounts", sa.Column("invitation_until", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_accounts_invitation_hash"), "accounts", ["invitation_hash"])
    for name in ("agent", "address"):
        op.add_column("sign_ins", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_table(
        "membership_terms",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_membership_terms_username")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_membership_terms")),
    )
    for name in ("username", "group_name", "ended_at"):
        op.create_index(op.f(f"ix_membership_terms_{name}"), "membership_terms", [name])
    op.create_table(
        "kept_forms",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_kept_forms_username")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_kept_forms")),
    )
    op.create_index(op.f("ix_kept_forms_kept_at"), "kept_forms", ["kept_at"])
    op.create_table(
        "administrative_acts",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("actor", "subject", "reason", "body", "previous", "hash")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_administrative_acts")),
    )
    for name in ("kind", "subject"):
        op.create_index(op.f(f"ix_administrative_acts_{name}"), "administrative_acts", [name])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ACTS_SQLITE_TRIGGERS if sqlite else ACTS_POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in ("administrative_acts", "kept_forms", "membership_terms"):
        op.drop_table(table)
    for name in ("agent", "address"):
        op.drop_column("sign_ins", name)
    op.drop_index(op.f("ix_accounts_invitation_hash"), "accounts")
    for name in ("must_change", "invitation_hash", "invitation_until"):
        op.drop_column("accounts", name)
