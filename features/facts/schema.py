"""The five tables that every source is brought to, all times UTC.

One row of ``leads`` is a lead; the other tables say what was true of it or its account, what it did,
what it became and what sales said of it. ``known_at`` is when a fact could first have been used, not
when it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal["text", "time", "number", "flag"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be missing, and the values it may take (any, where empty)."""

    name: str
    type: ColumnType
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: columns, unique key, and the order that its Parquet file is written in.

    ``sort`` may name ``account_id``, which is looked up through ``leads`` where the table lacks it.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...]
    required: bool = field(default=False)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in file order."""
        return tuple(column.name for column in self.columns)


LEADS = Table(
    "leads",
    (Column("lead_id", "text"), Column("account_id", "text", required=False), Column("created_at", "time")),
    key=("lead_id",),
    sort=("account_id", "lead_id"),
    required=True,
)
ATTRIBUTES = Table(
    "attributes",
    (
        Column("entity", "text", choices=("lead", "account")),
        Column("entity_id", "text"),
        Column("name", "text"),
        Column("value", "text", required=False),
        Column("known_at", "time"),
    ),
    key=("entity", "entity_id", "name", "known_at"),
    sort=("entity", "entity_id", "name", "known_at"),
)
EVENTS = Table(
    "events",
    (
        Column("event_id", "text"),
        Column("lead_id", "text"),
        Column("kind", "text"),
        Column("at", "time"),
        Column("known_at", "time"),
        Column("channel", "text", required=False),
        Column("campaign", "text", required=False),
        Column("value", "number", required=False),
    ),
    key=("event_id",),
    # Ties at one instant are broken by content, never by id, so that equal facts give equal bits.
    sort=("account_id", "lead_id", "at", "kind", "known_at", "value", "channel", "campaign", "event_id"),
)
OPPORTUNITIES = Table(
    "opportunities",
    (
        Column("opportunity_id", "text"),
        Column("lead_id", "text", required=False),
        Column("account_id", "text", required=False),
        Column("created_at", "time"),
        Column("amount", "number", required=False),
        Column("closed_at", "time", required=False),
        Column("won", "flag", required=False),
    ),
    key=("opportunity_id",),
    sort=("created_at", "opportunity_id"),
)
VERDICTS = Table(
    "verdicts",
    (
        Column("lead_id", "text"),
        Column("at", "time"),
        Column("verdict", "text", choices=("accepted", "rejected", "recycled")),
        Column("reason", "text", required=False),
    ),
    key=("lead_id", "at"),
    sort=("lead_id", "at"),
)
TABLES: dict[str, Table] = {table.name: table for table in (LEADS, ATTRIBUTES, EVENTS, OPPORTUNITIES, VERDICTS)}
