"""Where a ledger is: a file, or an address of SQLite or PostgreSQL, and how to name it without its password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from serving.ledger.errors import LedgerError

_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXPECTED = "a file, sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def read_address(text: str) -> URL:
    """Return the address of a ledger.

    >>> str(read_address("ledger.db"))
    'sqlite:///ledger.db'

    Raises
    ------
    LedgerError
        It is of another kind of database, is no address, or names nothing that lasts.

    """
    if "://" not in text:
        return _file(URL.create("sqlite", database=text))
    try:
        url = make_url(text)
        driver = _DRIVERS.get(url.drivername)
    except (ArgumentError, ValueError):
        # Its own message would show the password.
        raise LedgerError("the ledger's address cannot be read", hint=f"expected {_EXPECTED}") from None
    if driver is None:
        raise LedgerError(f"{url.drivername}: no such kind of ledger", hint=f"expected {_EXPECTED}")
    url = url.set(drivername=driver)
    return _file(url) if driver == "sqlite" else url


def _file(url: URL) -> URL:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise LedgerError(
            f"{name or 'the address'}: names no file to keep a ledger in", hint=f"expected {_EXPECTED}"
        )
    return url


def place_of(url: URL) -> str:
    """Return how to name a ledger to people: the file, or server and database, with no password.

    >>> place_of(read_address("postgresql://me:secret@db:5432/leads?password=more"))
    'postgresql://me@db:5432/leads'
    """
    if url.drivername == "sqlite":
        return str(url.database)
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string(hide_password=True)


def check_file(url: URL, *, create: bool) -> None:
    """Say in words why a ledger's file cannot be opened, before SQLite does it in its own."""
    if url.drivername != "sqlite":
        return
    file = Path(str(url.database))
    if file.is_dir():
        raise LedgerError(f"{file}: is a folder; expected a file", hint=f"as in {file / 'ledger.db'}")
    if not file.parent.is_dir():
        raise LedgerError(f"{file.parent}: no such folder", hint=f"make it with: mkdir -p {file.parent}")
    if not file.exists() and not create:
        raise LedgerError(f"{file}: no such ledger", hint="make one with: leadquality ledger upgrade")
