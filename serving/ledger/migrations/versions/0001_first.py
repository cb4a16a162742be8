"""The first schema: facts, inputs, receipts, shadow scores, API keys and tombstones."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _seq() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("seq", number, primary_key=True, autoincrement=True)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _told() -> tuple[sa.Column[str], sa.Column[int]]:
    return _text("caller"), _time("recorded_at")


def upgrade() -> None:
    """Make every table, and the salt under which forgotten leads are remembered."""
    _make_facts()
    _make_scores()
    _make_the_rest()


def _make_facts() -> None:
    _table("lead_facts", _seq(), _text("lead_id"), _text("account_id", null=True), _time("created_at"),
           _time("known_at"), *_told(), indexes=(("lead_id", "known_at"), ("account_id",)))  # fmt: skip
    _table("attribute_facts", _seq(), _text("entity"), _text("entity_id"), _text("name"),
           _text("value", null=True), _time("known_at"), *_told(), indexes=(("entity_id", "entity"),))  # fmt: skip
    _table("event_facts", _seq(), _text("event_id"), _text("lead_id"), _text("kind"), _time("at"),
           _time("known_at"), _text("channel", null=True), _text("campaign", null=True),
           sa.Column("value", sa.Double), *_told(), unique="event_id", indexes=(("lead_id",),))  # fmt: skip
    _table("opportunity_facts", _seq(), _text("opportunity_id"), _time("created_at"), _time("known_at"),
           _time("closed_at", null=True), sa.Column("won", sa.Boolean), sa.Column("amount", sa.Double),
           _text("lead_id", null=True), _text("account_id", null=True), *_told(),
           indexes=(("opportunity_id",), ("lead_id",), ("account_id",)))  # fmt: skip
    _table("verdict_facts", _seq(), _text("verdict_id"), _text("lead_id"), _time("at"), _text("verdict"),
           _text("reason", null=True), *_told(), unique="verdict_id", indexes=(("lead_id",),))  # fmt: skip


def _make_scores() -> None:
    _table("inputs", _text("digest"), _text("lead_id"), sa.Column("body", sa.LargeBinary, nullable=False),
           key=("digest",), indexes=(("lead_id",),))  # fmt: skip
    _table("input_people", _text("digest"), _text("person"), key=("digest", "person"), indexes=(("person",),))
    _table("receipts", _seq(), _text("receipt_id"), _text("lead_id"), _time("scored_at"), _time("as_of"),
           _text("status"), _text("model_version"), _text("model_digest"), _text("card_version", null=True),
           _text("card_digest", null=True), _text("input_digest", null=True),
           sa.Column("features", sa.LargeBinary), _text("answer", null=True), _text("caller"), _text("request_id"),
           unique="receipt_id", indexes=(("lead_id", "scored_at"), ("input_digest",)))  # fmt: skip
    _table("shadow_scores", _text("receipt_id"), _text("model_version"),
           sa.Column("probability", sa.Double, nullable=False), _text("grade"), sa.Column("points", sa.Double),
           _time("scored_at"), key=("receipt_id", "model_version"))  # fmt: skip


def _make_the_rest() -> None:
    _table("api_keys", _text("key_id"), _text("name"), _text("secret_hash"), _text("scopes"),
           sa.Column("per_minute", sa.Integer), _time("created_at"), _time("revoked_at", null=True),
           key=("key_id",))  # fmt: skip
    _table("tombstones", _text("digest"), _time("forgotten_at"), _text("counts"), key=("digest",))
    settings = _table("settings", _text("name"), _text("value"), key=("name",))
    op.execute(settings.insert().values(name="salt", value=secrets.token_hex(32)))


def _table(
    name: str,
    *columns: sa.Column[Any],
    key: tuple[str, ...] = ("seq",),
    unique: str = "",
    indexes: tuple[tuple[str, ...], ...] = (),
) -> sa.Table:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")]
    if unique:
        constraints.append(sa.UniqueConstraint(unique, name=f"uq_{name}_{unique}"))
    table = op.create_table(name, *columns, *constraints)
    for index in indexes:
        op.create_index(f"ix_{name}_{'_'.join(index)}", name, list(index))
    return table
