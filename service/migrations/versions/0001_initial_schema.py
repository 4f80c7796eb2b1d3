"""initial schema

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from service.models.base import Tagged, UtcDateTime
from service.models.events import POSTGRESQL_TRIGGERS, SQLITE_TRIGGERS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accounts",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_accounts")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_identity"), ["identity"], unique=False)

    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "calendars",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("provisional_from", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_calendars")),
    )
    op.create_table(
        "cancelled_calls",
        sa.Column("parent_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("call", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("parent_key", "call", name=op.f("pk_cancelled_calls")),
    )
    op.create_table(
        "contents",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_contents")),
    )
    op.create_table(
        "deadlines",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_deadlines")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.String(), nullable=False),
        sa.Column("custom", Tagged(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_hash"), ["hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_task_key"), ["task_key"], unique=False)

    op.create_table(
        "failed_sign_ins",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_failed_sign_ins")),
    )
    op.create_table(
        "groups",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_groups")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("username", "path", "key", name=op.f("uq_idempotency_keys_username_path_key")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "messages",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("variables", Tagged(), nullable=False),
        sa.Column("taken_by", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_messages_name_key", ["name", "correlation_key"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_series")),
    )
    op.create_table(
        "parties",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_parties")),
    )
    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_key", sa.BigInteger(), nullable=False),
        sa.Column("pinned_at", UtcDateTime(), nullable=True),
        sa.Column("calendar_hash", sa.String(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_platform_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
    )
    op.create_table(
        "releases",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("deployed_at", UtcDateTime(), nullable=False),
        sa.Column("deployed_by", sa.String(), nullable=False),
        sa.Column("founding", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_releases")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_content_hash"), ["content_hash"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_api_tokens_username")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_username"), ["username"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_memberships_username")),
        sa.PrimaryKeyConstraint("username", "group_name", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_group_name"), ["group_name"], unique=False)

    op.create_table(
        "records",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("release_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"], name=op.f("fk_records_release_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_records")),
    )
    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_records_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index("ix_records_register_state", ["register", "state"], unique=False)

    op.create_table(
        "resources",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("release_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["contents.hash"], name=op.f("fk_resources_hash")),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"], name=op.f("fk_resources_release_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resources")),
        sa.UniqueConstraint("kind", "resource_id", "version", name=op.f("uq_resources_kind_resource_id_version")),
        sa.UniqueConstraint(
            "release_key", "kind", "resource_id", name=op.f("uq_resources_release_key_kind_resource_id")
        ),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["accounts.username"], name=op.f("fk_sign_ins_username")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_ins_username"), ["username"], unique=False)

    op.create_table(
        "process_instances",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("release_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("parent_key", sa.BigInteger(), nullable=True),
        sa.Column("parent_call", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(), nullable=True),
        sa.Column("tags", Tagged(), nullable=False),
        sa.Column("attributes", Tagged(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(status = 'ACTIVE') = (ended_at IS NULL)", name=op.f("ck_process_instances_ended_when_not_active")
        ),
        sa.ForeignKeyConstraint(
            ["definition_key"], ["resources.key"], name=op.f("fk_process_instances_definition_key")
        ),
        sa.ForeignKeyConstraint(
            ["parent_key"], ["process_instances.key"], name=op.f("fk_process_instances_parent_key")
        ),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"], name=op.f("fk_process_instances_release_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_instances")),
    )
    with op.batch_alter_table("process_instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_instances_business_id"), ["business_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_instances_definition_key"), ["definition_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_instances_parent_key"), ["parent_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_instances_process_id"), ["process_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_instances_root_key"), ["root_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_process_instances_started_at"), ["started_at"], unique=False)
        batch_op.create_index("ix_process_instances_status_key", ["status", "key"], unique=False)

    op.create_table(
        "record_keys",
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("record_key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["record_key"], ["records.key"], name=op.f("fk_record_keys_record_key")),
        sa.PrimaryKeyConstraint("register", "name", "value", "slot", name=op.f("pk_record_keys")),
    )
    with op.batch_alter_table("record_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_keys_record_key"), ["record_key"], unique=False)

    op.create_table(
        "record_versions",
        sa.Column("record_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["record_key"], ["records.key"], name=op.f("fk_record_versions_record_key")),
        sa.PrimaryKeyConstraint("record_key", "version", name=op.f("pk_record_versions")),
    )
    op.create_table(
        "release_entries",
        sa.Column("release_key", sa.BigInteger(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"], name=op.f("fk_release_entries_release_key")),
        sa.ForeignKeyConstraint(["resource_key"], ["resources.key"], name=op.f("fk_release_entries_resource_key")),
        sa.PrimaryKeyConstraint("release_key", "resource_key", name=op.f("pk_release_entries")),
    )
    op.create_table(
        "decision_instances",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evaluation_key", sa.BigInteger(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("evaluated_at", UtcDateTime(), nullable=False),
        sa.Column("inputs", Tagged(), nullable=False),
        sa.Column("rules", Tagged(), nullable=False),
        sa.Column("result", Tagged(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_key"], ["resources.key"], name=op.f("fk_decision_instances_definition_key")
        ),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instances.key"], name=op.f("fk_decision_instances_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_instances")),
    )
    with op.batch_alter_table("decision_instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_instances_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_instances_evaluation_key"), ["evaluation_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_instances_instance_key"), ["instance_key"], unique=False)

    op.create_table(
        "element_instances",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instances.key"], name=op.f("fk_element_instances_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_element_instances")),
    )
    with op.batch_alter_table("element_instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_element_instances_instance_key"), ["instance_key"], unique=False)

    op.create_table(
        "events",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=True),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_events_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_events")),
        sa.UniqueConstraint("instance_key", "seq", name=op.f("uq_events_instance_key_seq")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_at"), ["at"], unique=False)

    op.create_table(
        "flows_taken",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_flows_taken_instance_key")),
        sa.PrimaryKeyConstraint("instance_key", "flow_id", name=op.f("pk_flows_taken")),
    )
    op.create_table(
        "incidents",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_incidents_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incidents")),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incidents_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_job_key"), ["job_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_root_key"), ["root_key"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("root_key", sa.BigInteger(), nullable=True),
        sa.Column("wait", sa.Integer(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("deadline", sa.String(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_jobs_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_deadline"), ["deadline"], unique=False)
        batch_op.create_index("ix_jobs_due", ["kind", "due_at"], unique=False)
        batch_op.create_index("ix_jobs_instance_wait", ["instance_key", "wait"], unique=False)
        batch_op.create_index("ix_jobs_root_due", ["root_key", "due_at"], unique=False)
        batch_op.create_index("ix_jobs_type", ["type", "due_at"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("wait", sa.Integer(), nullable=True),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=True),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["definition_key"], ["resources.key"], name=op.f("fk_subscriptions_definition_key")),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instances.key"], name=op.f("fk_subscriptions_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subscriptions")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index("ix_subscriptions_name_key", ["kind", "name", "correlation_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscriptions_process_id"), ["process_id"], unique=False)

    op.create_table(
        "urns",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("electorate", Tagged(), nullable=False),
        sa.Column("voted", Tagged(), nullable=False),
        sa.Column("counts", Tagged(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_urns_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_urns")),
        sa.UniqueConstraint("name", name=op.f("uq_urns_name")),
    )
    with op.batch_alter_table("urns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urns_instance_key"), ["instance_key"], unique=False)

    op.create_table(
        "user_tasks",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("form_key", sa.BigInteger(), nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("candidate_groups", sa.JSON(), nullable=False),
        sa.Column("candidate_users", sa.JSON(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("follow_up_at", UtcDateTime(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("completed_by", sa.String(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "completed_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_user_tasks_completed_has_end")
        ),
        sa.ForeignKeyConstraint(["definition_key"], ["resources.key"], name=op.f("fk_user_tasks_definition_key")),
        sa.ForeignKeyConstraint(["form_key"], ["resources.key"], name=op.f("fk_user_tasks_form_key")),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_user_tasks_instance_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_user_tasks")),
    )
    with op.batch_alter_table("user_tasks", schema=None) as batch_op:
        batch_op.create_index("ix_user_tasks_assignee_open", ["assignee", "ended_at", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_tasks_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_tasks_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index("ix_user_tasks_open", ["ended_at", "key"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_tasks_process_id"), ["process_id"], unique=False)

    op.create_table(
        "variables",
        sa.Column("scope_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_variables_instance_key")),
        sa.PrimaryKeyConstraint("scope_key", "name", name=op.f("pk_variables")),
        sa.UniqueConstraint("key", name=op.f("uq_variables_key")),
    )
    with op.batch_alter_table("variables", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_variables_instance_key"), ["instance_key"], unique=False)
        batch_op.create_index("ix_variables_name_value", ["name"], unique=False)

    op.create_table(
        "candidates",
        sa.Column("task_key", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_key"], ["user_tasks.key"], name=op.f("fk_candidates_task_key")),
        sa.PrimaryKeyConstraint("task_key", "who", name=op.f("pk_candidates")),
    )
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.create_index("ix_candidates_who_task", ["who", "task_key"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("task_key", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_key"], ["user_tasks.key"], name=op.f("fk_drafts_task_key")),
        sa.PrimaryKeyConstraint("task_key", "username", name=op.f("pk_drafts")),
    )
    op.create_table(
        "submissions",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("form_key", sa.BigInteger(), nullable=False),
        sa.Column("data", Tagged(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["form_key"], ["resources.key"], name=op.f("fk_submissions_form_key")),
        sa.ForeignKeyConstraint(["instance_key"], ["process_instances.key"], name=op.f("fk_submissions_instance_key")),
        sa.ForeignKeyConstraint(["task_key"], ["user_tasks.key"], name=op.f("fk_submissions_task_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
        sa.UniqueConstraint("task_key", name=op.f("uq_submissions_task_key")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_instance_key"), ["instance_key"], unique=False)
    for statement in SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submissions_instance_key"))

    op.drop_table("submissions")
    op.drop_table("drafts")
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.drop_index("ix_candidates_who_task")

    op.drop_table("candidates")
    with op.batch_alter_table("variables", schema=None) as batch_op:
        batch_op.drop_index("ix_variables_name_value")
        batch_op.drop_index(batch_op.f("ix_variables_instance_key"))

    op.drop_table("variables")
    with op.batch_alter_table("user_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_tasks_process_id"))
        batch_op.drop_index("ix_user_tasks_open")
        batch_op.drop_index(batch_op.f("ix_user_tasks_instance_key"))
        batch_op.drop_index(batch_op.f("ix_user_tasks_due_at"))
        batch_op.drop_index("ix_user_tasks_assignee_open")

    op.drop_table("user_tasks")
    with op.batch_alter_table("urns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urns_instance_key"))

    op.drop_table("urns")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_process_id"))
        batch_op.drop_index("ix_subscriptions_name_key")
        batch_op.drop_index(batch_op.f("ix_subscriptions_instance_key"))

    op.drop_table("subscriptions")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_type")
        batch_op.drop_index("ix_jobs_root_due")
        batch_op.drop_index("ix_jobs_instance_wait")
        batch_op.drop_index("ix_jobs_due")
        batch_op.drop_index(batch_op.f("ix_jobs_deadline"))

    op.drop_table("jobs")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incidents_root_key"))
        batch_op.drop_index(batch_op.f("ix_incidents_job_key"))
        batch_op.drop_index(batch_op.f("ix_incidents_instance_key"))

    op.drop_table("incidents")
    op.drop_table("flows_taken")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_at"))

    op.drop_table("events")
    with op.batch_alter_table("element_instances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_element_instances_instance_key"))

    op.drop_table("element_instances")
    with op.batch_alter_table("decision_instances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_instances_instance_key"))
        batch_op.drop_index(batch_op.f("ix_decision_instances_evaluation_key"))
        batch_op.drop_index(batch_op.f("ix_decision_instances_decision_id"))

    op.drop_table("decision_instances")
    op.drop_table("release_entries")
    op.drop_table("record_versions")
    with op.batch_alter_table("record_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_keys_record_key"))

    op.drop_table("record_keys")
    with op.batch_alter_table("process_instances", schema=None) as batch_op:
        batch_op.drop_index("ix_process_instances_status_key")
        batch_op.drop_index(batch_op.f("ix_process_instances_started_at"))
        batch_op.drop_index(batch_op.f("ix_process_instances_root_key"))
        batch_op.drop_index(batch_op.f("ix_process_instances_process_id"))
        batch_op.drop_index(batch_op.f("ix_process_instances_parent_key"))
        batch_op.drop_index(batch_op.f("ix_process_instances_definition_key"))
        batch_op.drop_index(batch_op.f("ix_process_instances_business_id"))

    op.drop_table("process_instances")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_username"))
        batch_op.drop_index(batch_op.f("ix_sign_ins_expires_at"))

    op.drop_table("sign_ins")
    op.drop_table("resources")
    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.drop_index("ix_records_register_state")
        batch_op.drop_index(batch_op.f("ix_records_instance_key"))

    op.drop_table("records")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_group_name"))

    op.drop_table("memberships")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_username"))

    op.drop_table("api_tokens")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releases_content_hash"))

    op.drop_table("releases")
    op.drop_table("platform")
    op.drop_table("parties")
    op.drop_table("number_series")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_name_key")
        batch_op.drop_index(batch_op.f("ix_messages_expires_at"))

    op.drop_table("messages")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    op.drop_table("groups")
    op.drop_table("failed_sign_ins")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_task_key"))
        batch_op.drop_index(batch_op.f("ix_documents_instance_key"))
        batch_op.drop_index(batch_op.f("ix_documents_hash"))

    op.drop_table("documents")
    op.drop_table("deadlines")
    op.drop_table("contents")
    op.drop_table("cancelled_calls")
    op.drop_table("calendars")
    op.drop_table("calendar_days")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_identity"))

    op.drop_table("accounts")
