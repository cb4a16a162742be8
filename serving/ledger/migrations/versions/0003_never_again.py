"""On SQLite the number of a row that was deleted is never given again; PostgreSQL's sequences are so already."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBERED = ("lead_facts", "attribute_facts", "event_facts", "opportunity_facts", "verdict_facts", "receipts")


def upgrade() -> None:
    """Make the tables anew with AUTOINCREMENT, which SQLite adds to none that is there; numbers stay."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in _NUMBERED:
        with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
            pass
