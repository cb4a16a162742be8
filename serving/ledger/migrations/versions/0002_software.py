"""Receipts name the software that made them; those of before do not know it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column, empty in every row that is there."""
    op.add_column("receipts", sa.Column("software", sa.Text, nullable=True))
