"""Alembic's entry: the service hands in a connection; the models are the target."""

from alembic import context

from service.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    # SQLite cannot alter most things in place. Batch mode recreates a table and drops its triggers,
    # so the table of events is never altered that way (tests/contract/test_migrations.py).
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
