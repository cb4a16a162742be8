"""One transaction of the writer: the few statements that it needs, made once for each kind of database."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Select, Table

#: Databases take only so many values in one statement.
CHUNK = 500


class Transaction:
    """What a write is carried out with; begun and ended by whoever made it."""

    def __init__(self, connection: Connection, salt: str) -> None:
        self.connection = connection
        self._salt = salt
        self._mark = "%s" if connection.dialect.name == "postgresql" else "?"
        # The driver's own cursor: through SQLAlchemy a statement costs more than SQLite needs to carry it out.
        self._cursor = connection.connection.cursor()

    def insert(self, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> int:
        """Add rows, passing over those whose key is there already; return how many were added."""
        if not rows:
            return 0
        statement = _insert(table.name, columns, self._mark)
        if len(rows) == 1:
            self._cursor.execute(statement, rows[0])
        else:
            self._cursor.executemany(statement, rows)
        return int(self._cursor.rowcount)

    def rows_for(self, query: Select[Any], column: Any, values: Collection[str]) -> Iterator[Any]:  # noqa: ANN401
        """Yield the rows of a query whose ``column`` is among ``values``."""
        for chunk in chunks(sorted(values)):
            yield from self.connection.execute(query.where(column.in_(chunk)))

    def tombstone(self, lead_id: str) -> str:
        """Return the digest under which a forgotten lead is remembered."""
        return tombstone_of(lead_id, self._salt)

    def forgotten(self, lead_ids: Collection[str]) -> dict[str, str]:
        """Return the tombstones of those of the leads that are forgotten."""
        # Most ledgers have none, and a batch may name thousands of colleagues: none of them need be hashed then.
        self._cursor.execute("SELECT 1 FROM tombstones LIMIT 1")
        if self._cursor.fetchone() is None:
            return {}
        named = {self.tombstone(lead_id): lead_id for lead_id in lead_ids}
        found = {}
        for chunk in chunks(list(named)):
            marks = ", ".join([self._mark] * len(chunk))
            self._cursor.execute(f"SELECT digest FROM tombstones WHERE digest IN ({marks})", tuple(chunk))
            found.update({named[digest]: digest for (digest,) in self._cursor.fetchall()})
        return found

    def no_earlier(self, table: Table, recorded_at: int) -> int:
        """Return ``recorded_at``, or the table's last one where our clock has gone back since."""
        query = select(table.c.recorded_at).order_by(table.c.seq.desc()).limit(1)
        last = self.connection.execute(query).scalar()
        return recorded_at if last is None else max(int(last), recorded_at)


def tombstone_of(lead_id: str, salt: str) -> str:
    """Return the salted SHA-256 of a lead's id."""
    return hashlib.sha256(f"{salt}\0{lead_id}".encode("utf-8", "surrogatepass")).hexdigest()


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield values in parts that fit one statement."""
    for begin in range(0, len(values), CHUNK):
        yield values[begin : begin + CHUNK]


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    marks = ", ".join([mark] * len(columns))
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"
