"""What Alembic runs for each migration: on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from serving.ledger.schema import VERSION_TABLE
from serving.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
