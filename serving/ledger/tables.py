"""The ledger's tables. Times are int64 microseconds since 1970 UTC; ``recorded_at`` is our clock when written.

Rows are only ever added, but for three ends: a person is forgotten, what is old is pruned, a key is revoked.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# Tables numbered by it say ``sqlite_autoincrement``: else SQLite gives the numbers of deleted rows again, and who
# reads on from the last one passes over new rows.
def _seq() -> Column[int]:
    # SQLite numbers rows by itself only where the type is called INTEGER.
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _time(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


lead_facts = Table(
    "lead_facts",
    metadata,
    _seq(),
    _text("lead_id"),
    _text("account_id", null=True),
    _time("created_at"),
    _time("known_at"),
    _text("caller"),
    _time("recorded_at"),
    Index(None, "lead_id", "known_at"),
    Index(None, "account_id"),
    sqlite_autoincrement=True,
)
attribute_facts = Table(
    "attribute_facts",
    metadata,
    _seq(),
    _text("entity"),
    _text("entity_id"),
    _text("name"),
    _text("value", null=True),
    _time("known_at"),
    _text("caller"),
    _time("recorded_at"),
    Index(None, "entity_id", "entity"),
    sqlite_autoincrement=True,
)
event_facts = Table(
    "event_facts",
    metadata,
    _seq(),
    _text("event_id"),
    _text("lead_id"),
    _text("kind"),
    _time("at"),
    _time("known_at"),
    _text("channel", null=True),
    _text("campaign", null=True),
    Column("value", Double),
    _text("caller"),
    _time("recorded_at"),
    UniqueConstraint("event_id"),
    Index(None, "lead_id"),
    sqlite_autoincrement=True,
)
opportunity_facts = Table(
    "opportunity_facts",
    metadata,
    _seq(),
    _text("opportunity_id"),
    _time("created_at"),
    _time("known_at"),
    _time("closed_at", null=True),
    Column("won", Boolean),
    Column("amount", Double),
    _text("lead_id", null=True),
    _text("account_id", null=True),
    _text("caller"),
    _time("recorded_at"),
    Index(None, "opportunity_id"),
    Index(None, "lead_id"),
    Index(None, "account_id"),
    sqlite_autoincrement=True,
)
verdict_facts = Table(
    "verdict_facts",
    metadata,
    _seq(),
    _text("verdict_id"),
    _text("lead_id"),
    _time("at"),
    _text("verdict"),
    _text("reason", null=True),
    _text("caller"),
    _time("recorded_at"),
    UniqueConstraint("verdict_id"),
    Index(None, "lead_id"),
    sqlite_autoincrement=True,
)
#: What was scored: canonical JSON, zlib. Equal facts are kept once.
inputs = Table(
    "inputs",
    metadata,
    Column("digest", Text, primary_key=True),
    _text("lead_id"),
    Column("body", LargeBinary, nullable=False),
    Index(None, "lead_id"),
)
#: The other people that an input tells of.
input_people = Table(
    "input_people",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Index(None, "person"),
)
receipts = Table(
    "receipts",
    metadata,
    _seq(),
    _text("receipt_id"),
    _text("lead_id"),
    _time("scored_at"),
    _time("as_of"),
    _text("status"),
    _text("model_version"),
    _text("model_digest"),
    _text("card_version", null=True),
    _text("card_digest", null=True),
    _text("input_digest", null=True),
    Column("features", LargeBinary),
    _text("answer", null=True),
    _text("caller"),
    _text("request_id"),
    _text("software", null=True),
    UniqueConstraint("receipt_id"),
    Index(None, "lead_id", "scored_at"),
    Index(None, "input_digest"),
    sqlite_autoincrement=True,
)
shadow_scores = Table(
    "shadow_scores",
    metadata,
    Column("receipt_id", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("probability", Double, nullable=False),
    _text("grade"),
    Column("points", Double),
    _time("scored_at"),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    _text("name"),
    _text("secret_hash"),
    _text("scopes"),
    Column("per_minute", Integer),
    _time("created_at"),
    _time("revoked_at", null=True),
)
#: Who is forgotten: no id, only its salted SHA-256, and how many rows went (JSON).
tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", Text, primary_key=True),
    _time("forgotten_at"),
    _text("counts"),
)
settings = Table("settings", metadata, Column("name", Text, primary_key=True), _text("value"))
