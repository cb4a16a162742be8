"""Carrying out a group of writes in one transaction, so that many share one wait for the disk."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy.exc import StatementError

from serving.ledger.errors import LedgerRefused, first_line
from serving.ledger.forget import forget, prune
from serving.ledger.keys import add_keys, revoke_keys
from serving.ledger.probe import try_writing
from serving.ledger.record_facts import record_facts
from serving.ledger.record_receipts import record_receipts, record_shadow
from serving.ledger.schema import hold_lock
from serving.ledger.transaction import Transaction
from serving.ledger.writes import (
    AddKey,
    Forget,
    Prune,
    RecordFacts,
    RecordReceipts,
    RecordShadow,
    RevokeKey,
    TryWriting,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

# In this order, whatever the order in the queue: none of a group's callers has an answer yet, so none can tell.
# Receipts, their inputs and shadow scores go in by key, so that processes which share the lock never deadlock.
_APPLY: dict[type, Callable[[Transaction, Any], Sequence[Any]]] = {
    RecordFacts: record_facts,
    RecordReceipts: record_receipts,
    RecordShadow: record_shadow,
    AddKey: add_keys,
    RevokeKey: revoke_keys,
    Forget: forget,
    Prune: prune,
    TryWriting: try_writing,
}
_TOGETHER = {RecordReceipts, RecordShadow}
#: What a write itself is to blame for, rather than the database.
_ITS_OWN = (
    *(sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError),
    *(psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError),
    *(LedgerRefused, ValueError, TypeError, AttributeError, OverflowError),
)
#: These PostgreSQL counts among them, although it is the database that lacks a table or a right.
_SCHEMA = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InsufficientPrivilege)


def carry_out(connection: Connection, salt: str, writes: Sequence[Write]) -> list[Any]:
    """Carry out all writes in one transaction; return the result or, for one at fault, the error of each.

    Whatever is returned is committed. A write at fault does not harm the others: the group is then begun again,
    one write after the other.

    Raises
    ------
    sqlalchemy.exc.DBAPIError, sqlite3.Error, psycopg.Error
        The database is at fault, and nothing was committed, as far as can be known.

    """
    try:
        with connection.begin():
            return _together(_begun(connection, salt, writes), writes)
    except Exception as error:
        if not _is_own(error):
            raise
    with connection.begin():
        tx = _begun(connection, salt, writes)
        return [_alone(tx, write) for write in writes]


def _begun(connection: Connection, salt: str, writes: Sequence[Write]) -> Transaction:
    hold_lock(connection, shared=all(type(write) in _TOGETHER for write in writes))
    return Transaction(connection, salt)


def _together(tx: Transaction, writes: Sequence[Write]) -> list[Any]:
    results: list[Any] = [None] * len(writes)
    for kind, apply in _APPLY.items():
        places = [i for i, write in enumerate(writes) if type(write) is kind]
        if places:
            for place, result in zip(places, apply(tx, [writes[i] for i in places]), strict=True):
                results[place] = result
    return results


def _alone(tx: Transaction, write: Write) -> Any:  # noqa: ANN401 - each kind has its own
    try:
        with tx.connection.begin_nested():
            return _APPLY[type(write)](tx, [write])[0]
    except Exception as error:
        if not _is_own(error):
            raise
        return LedgerRefused(type(write).__name__, f"cannot be kept: {first_line(error)}")


def _is_own(error: Exception) -> bool:
    # What the driver says comes as it is or, of what went through SQLAlchemy, wrapped.
    cause = error.orig if isinstance(error, StatementError) else error
    return isinstance(cause, _ITS_OWN) and not isinstance(cause, _SCHEMA)
