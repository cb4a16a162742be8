"""What can go wrong with the ledger, in words: the cause, and what to do next. Passwords are never shown."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from features.errors import LeadQualityError


class LedgerError(LeadQualityError):
    """The ledger cannot be opened or used as it is."""


class LedgerUnavailable(LedgerError):  # noqa: N818 - its name says it
    """The database is not to be had just now. Whether a write was kept is unknown; to tell it again is safe."""


class LedgerBusy(LedgerError):  # noqa: N818
    """More writes wait than may wait; this one was not taken."""


class LedgerRefused(LedgerError):  # noqa: N818
    """A write that no database could take: ``field`` says what of it is at fault."""

    def __init__(self, field: str, message: str, *, hint: str | None = None) -> None:
        self.field = field
        super().__init__(f"{field}: {message}", hint=hint)


#: What a database throws: its driver's own, or SQLAlchemy's around it.
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error)

_FULL = ("database or disk is full", "no space left on device", "disk i/o error")

# A part of the driver's text, what it means, and what to do.
_CAUSES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (_FULL, "the disk is full, or may not be written to", "make room on the disk"),
    (("readonly database", "read-only"), "is read-only", "give this user the right to write file and folder"),
    (("is locked", "lock timeout"), "another process holds it", "end what holds it, then try again"),
    (
        ("password authentication failed", "no password supplied"),
        "the server refused user or password",
        "check the user and password in the address",
    ),
    (("does not exist",), "there is no such database, role or table", "create the database and its user first"),
    (
        ("permission denied",),
        "the database user may not do this",
        "grant it the right to create and write tables",
    ),
)
_NO_DATABASE = ("file is not a database", "file is encrypted", "malformed")


def first_line(error: BaseException) -> str:
    """Return the driver's own first line: the further ones may quote what was to be written."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = str(origin).strip()
    return text.split("\n")[0] if text else type(origin).__name__


def explain(error: BaseException, place: str) -> LedgerError:
    """Return a database's failure in words; ``place`` names the ledger without its password."""
    if isinstance(error, LedgerError):
        return error
    line = first_line(error)
    lower = line.lower()
    if any(part in lower for part in _NO_DATABASE):
        return LedgerError(
            f"{place}: is not a database, or a damaged one: {line}", hint="name another file after --ledger"
        )
    if "unable to open database file" in lower:
        return LedgerError(f"{place}: cannot be opened", hint="check that this user may read and write the file")
    for parts, cause, hint in _CAUSES:
        if any(part in lower for part in parts):
            return LedgerUnavailable(f"{place}: {cause}: {line}", hint=hint)
    return LedgerUnavailable(f"{place}: the database does not answer: {line}", hint="check that it runs")
