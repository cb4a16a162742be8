"""Receipts, inputs, keys and counts as they stand in the ledger."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from serving.ledger import tables
from serving.ledger.keys import ApiKey
from serving.ledger.writes import ShadowScore

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

_receipts = tables.receipts


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as it was written; ``seq`` is its place in the ledger.

    ``features`` and ``answer`` are None for what was pruned or forgotten, ``input_digest`` for what was forgotten,
    ``software`` for what was written before receipts named theirs.
    """

    seq: int
    receipt_id: str
    lead_id: str
    scored_at: int
    as_of: int
    status: str
    model_version: str
    model_digest: str
    card_version: str | None
    card_digest: str | None
    input_digest: str | None
    features: bytes | None
    answer: str | None
    caller: str
    request_id: str
    software: str | None

    @property
    def is_forgotten(self) -> bool:
        """Whether the person it was of is forgotten."""
        return self.lead_id.startswith("forgotten:") and self.input_digest is None


_SELECT = select(*(_receipts.c[name] for name in StoredReceipt.__slots__))


def read_receipt(connection: Connection, receipt_id: str) -> StoredReceipt | None:
    """Return one receipt."""
    row = connection.execute(_SELECT.where(_receipts.c.receipt_id == receipt_id)).first()
    return None if row is None else _receipt(row)


def read_receipts_of(connection: Connection, lead_id: str, limit: int, before: int | None) -> list[StoredReceipt]:
    """Return a lead's receipts, of the latest ``as_of`` first, of one moment the last written first.

    ``before`` leaves out those as of that moment or later.
    """
    query = _SELECT.where(_receipts.c.lead_id == lead_id)
    if before is not None:
        query = query.where(_receipts.c.as_of < before)
    # Not by when it was scored: a moment of the past that was asked for today is no news.
    order = (_receipts.c.as_of.desc(), _receipts.c.seq.desc())
    return _all(connection, query.order_by(*order).limit(limit))


def read_receipts_after(connection: Connection, after: int, chunk: int) -> list[StoredReceipt]:
    """Return the next receipts in the order of ``seq``."""
    return _all(connection, _SELECT.where(_receipts.c.seq > after).order_by(_receipts.c.seq).limit(chunk))


def _all(connection: Connection, query: Select[Any]) -> list[StoredReceipt]:
    return [_receipt(row) for row in connection.execute(query)]


def _receipt(row: Row[Any]) -> StoredReceipt:
    return StoredReceipt(*tuple(row))


def read_old(connection: Connection, before: int, after: int, chunk: int) -> list[int]:
    """Return the next ``seq`` of receipts scored before then that still have features or an input."""
    inputs = tables.inputs
    has_input = select(inputs.c.digest).where(inputs.c.digest == _receipts.c.input_digest).exists()
    old = select(_receipts.c.seq).where(
        _receipts.c.seq > after, _receipts.c.scored_at < before, _receipts.c.features.is_not(None) | has_input
    )
    return list(connection.execute(old.order_by(_receipts.c.seq).limit(chunk)).scalars())


def read_input(connection: Connection, digest: str) -> bytes | None:
    """Return a canonical input, None where it is unknown, pruned or forgotten."""
    inputs = tables.inputs
    body = connection.execute(select(inputs.c.body).where(inputs.c.digest == digest)).scalar()
    return None if body is None else zlib.decompress(body)


def read_shadow(connection: Connection, receipt_id: str) -> list[ShadowScore]:
    """Return what challengers would have answered in a receipt's place."""
    scores = tables.shadow_scores
    query = select(*(scores.c[name] for name in ShadowScore.__slots__)).where(scores.c.receipt_id == receipt_id)
    return sorted((ShadowScore(*row) for row in connection.execute(query)), key=lambda s: s.model_version)


def read_keys(connection: Connection) -> list[ApiKey]:
    """Return every API key, in the order in which they were made, revoked ones too."""
    keys = tables.api_keys
    query = select(*(keys.c[name] for name in ApiKey.__slots__)).order_by(keys.c.created_at, keys.c.key_id)
    rows = (row._mapping for row in connection.execute(query))
    return [ApiKey(**{**row, "scopes": tuple(row["scopes"].split())}) for row in rows]


def read_counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in tables.metadata.tables.items()
        if name != "settings"
    }


def read_setting(connection: Connection, name: str) -> str | None:
    """Return a setting of the ledger itself."""
    settings = tables.settings
    return connection.execute(select(settings.c.value).where(settings.c.name == name)).scalar()


def has_tombstone(connection: Connection, digest: str) -> bool:
    """Tell whether a tombstone stands under this digest."""
    stones = tables.tombstones
    return connection.execute(select(stones.c.digest).where(stones.c.digest == digest)).first() is not None
