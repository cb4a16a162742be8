"""API keys in the ledger: added, revoked, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update

from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.ledger.transaction import Transaction
    from serving.ledger.writes import AddKey, RevokeKey

_COLUMNS = ("key_id", "name", "secret_hash", "scopes", "per_minute", "created_at", "revoked_at")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as the ledger holds it: its secret only as a hash."""

    key_id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    per_minute: int | None
    created_at: int
    revoked_at: int | None


def add_keys(tx: Transaction, writes: Sequence[AddKey]) -> list[bool]:
    """Add keys; return for each whether its id was new."""
    return [_add(tx, write) for write in writes]


def _add(tx: Transaction, key: AddKey) -> bool:
    row = (
        key.key_id,
        key.name,
        key.secret_hash,
        " ".join(key.scopes),
        key.per_minute,
        key.created_at,
        None,
    )
    return tx.insert(tables.api_keys, _COLUMNS, [row]) == 1


def revoke_keys(tx: Transaction, writes: Sequence[RevokeKey]) -> list[bool]:
    """Revoke keys; return for each whether there was one to revoke."""
    keys = tables.api_keys
    return [
        tx.connection.execute(
            update(keys)
            .where(keys.c.key_id == write.key_id, keys.c.revoked_at.is_(None))
            .values(revoked_at=write.revoked_at)
        ).rowcount
        == 1
        for write in writes
    ]
