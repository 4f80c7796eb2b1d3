"""indexes of inboxes: what somebody has done, what belongs to a case, what somebody began

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_user_tasks_completed_by_key", "user_tasks", ["completed_by", "key"])
    op.create_index("ix_user_tasks_root_key_element_id", "user_tasks", ["root_key", "element_id"])
    op.create_index("ix_process_instances_started_by", "process_instances", ["started_by"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_process_instances_started_by", "process_instances")
    op.drop_index("ix_user_tasks_root_key_element_id", "user_tasks")
    op.drop_index("ix_user_tasks_completed_by_key", "user_tasks")
