"""The two ways to the database: one connection that writes, and a pool of those that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

#: ``power``: acknowledged writes outlive a power cut. ``process``: they outlive only the end of our process.
Durability = Literal["power", "process"]

_SYNCHRONOUS = {"power": "FULL", "process": "NORMAL"}
_READERS = 8


def writing_engine(url: URL, durability: Durability, patience: float) -> Engine:
    """Return the engine of the one connection that writes; it waits ``patience`` seconds for a lock."""
    engine = create_engine(url, poolclass=NullPool, connect_args=_arguments(url, patience))
    if url.drivername == "sqlite":
        _prepare_sqlite(engine, "BEGIN IMMEDIATE", (f"synchronous = {_SYNCHRONOUS[durability]}",), patience)
    else:
        commit = "on" if durability == "power" else "off"
        _prepare_postgres(engine, (f"lock_timeout = {_ms(patience)}", f"synchronous_commit = {commit}"))
    return engine


def reading_engine(url: URL, patience: float) -> Engine:
    """Return the engine of the connections that only read, each transaction one consistent picture."""
    more: dict[str, Any] = {} if url.drivername == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    engine = create_engine(
        url,
        pool_size=_READERS,
        max_overflow=_READERS,
        pool_timeout=patience,
        connect_args=_arguments(url, patience),
        **more,
    )
    if url.drivername == "sqlite":
        _prepare_sqlite(engine, "BEGIN", ("query_only = ON",), patience)
    else:
        _prepare_postgres(
            engine, ("default_transaction_read_only = on", f"statement_timeout = {_ms(10 * patience)}")
        )
    return engine


def _arguments(url: URL, patience: float) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {"timeout": patience}
    # libpq takes whole seconds, 2 at least.
    return {"connect_timeout": max(2, round(patience)), "tcp_user_timeout": _ms(patience)}


def _ms(seconds: float) -> int:
    return max(1, round(1000 * seconds))


def _prepare_sqlite(engine: Engine, begin: str, pragmas: tuple[str, ...], patience: float) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:  # noqa: ANN401 - of whichever driver
        # The driver would begin transactions by rules of its own; ours begin where SQLAlchemy says so.
        connection.isolation_level = None
        every = (
            f"busy_timeout = {_ms(patience)}",
            "journal_mode = WAL",
            "foreign_keys = ON",
            # A forgotten person's rows are overwritten, not merely let go.
            "secure_delete = ON",
            *pragmas,
        )
        for pragma in every:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(begin)
        cursor.close()


def _prepare_postgres(engine: Engine, settings: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:  # noqa: ANN401 - of whichever driver
        connection.autocommit = True
        for setting in settings:
            connection.execute(f"SET {setting}")
        connection.autocommit = False
