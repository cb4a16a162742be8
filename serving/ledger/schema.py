"""Which schema a database has, and bringing it to ours, by one process at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from serving.ledger.errors import LedgerError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Every schema there has been, oldest first; a migration is named after each.
REVISIONS = ("0001", "0002", "0003")
#: A name of our own: other programs that use Alembic would write into the usual one.
VERSION_TABLE = "ledger_version"
#: Number of PostgreSQL's advisory lock, held while the schema changes or facts are written.
LOCK = 0x1EAD


def check_schema(engine: Engine, place: str, *, create: bool) -> None:
    """See that the database has our schema; lay it out in an empty one, if ``create``.

    Raises
    ------
    LedgerError
        The database is of another program or of another version of this one, or is empty and is not to be made.

    """
    with engine.begin() as connection:
        version, others = read_version(connection), _foreign_tables(connection)
    if version == REVISIONS[-1]:
        return
    if version is None:
        if others:
            message = f"{place}: holds the tables of something else ({', '.join(others[:5])}), and no ledger"
            raise LedgerError(message, hint="name another file or database after --ledger")
        if not create:
            hint = "make one with: leadquality ledger upgrade"
            raise LedgerError(f"{place}: has no ledger in it", hint=hint)
        upgrade(engine, place)
        return
    if version in REVISIONS:
        message = f"{place}: has schema {version}; this program needs {REVISIONS[-1]}"
        raise LedgerError(message, hint="bring it up to date with: leadquality ledger upgrade")
    raise _newer(place, version)


def upgrade(engine: Engine, place: str) -> tuple[str | None, str]:
    """Bring the schema to this program's; return the versions before and after.

    Several processes may call this at once: one works, the others wait and find it done.
    """
    # Alembic takes long to import, and is needed once in a ledger's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        hold_lock(connection)
        before = read_version(connection)
        if before is not None and before not in REVISIONS:
            raise _newer(place, before)
        if before != REVISIONS[-1]:
            config.attributes["connection"] = connection
            command.upgrade(config, REVISIONS[-1])
    return before, REVISIONS[-1]


def hold_lock(connection: Connection, *, shared: bool = False) -> None:
    """Hold the ledger's lock to the end of the transaction; SQLite's own transaction is one already."""
    if connection.dialect.name == "postgresql":
        kind = "_shared" if shared else ""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{kind}({LOCK})")


def read_version(connection: Connection) -> str | None:
    """Return the schema's version, None where there is no ledger."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def _foreign_tables(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names()) if read_version(connection) is None else []


def _newer(place: str, version: str) -> LedgerError:
    message = f"{place}: has schema {version}, which is newer than this program's {REVISIONS[-1]}"
    return LedgerError(message, hint="install the newer leadquality")
