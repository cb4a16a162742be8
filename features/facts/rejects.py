"""Rows that were not taken: kept in the scratch database, however many, and written beside the dataset."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from features.facts.sql import text, texts

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


@dataclass(frozen=True)
class Reject:
    """One row that was not taken: where it stands, what was wrong, and the row as it came (JSON)."""

    table: str
    source: str
    row: int | None
    column: str
    value: str | None
    reason: str
    record: str


COLUMNS = tuple(field.name for field in fields(Reject))
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)


class Rejects:
    """All rejects of an import, in the order in which they were found; they may be millions."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute("CREATE SEQUENCE reject_order")
        connection.execute(
            """CREATE TABLE rejects (place BIGINT DEFAULT nextval('reject_order'), "table" VARCHAR, source VARCHAR,
            "row" BIGINT, "column" VARCHAR, "value" VARCHAR, reason VARCHAR, record VARCHAR)"""
        )

    def add(self, rejects: list[Reject]) -> None:
        """Keep a few rejects."""
        if rejects:
            marks = ", ".join("?" * len(COLUMNS))
            self._connection.executemany(
                f"INSERT INTO rejects ({_NAMES}) VALUES ({marks})", [astuple(each) for each in rejects]
            )

    def add_from(self, select: str) -> None:
        """Keep the rows of a SELECT that gives the fields of :class:`Reject` in their order."""
        self._connection.execute(f"INSERT INTO rejects ({_NAMES}) {select}")

    def counts(self) -> dict[str, int]:
        """Return how many rows of each table were rejected."""
        query = 'SELECT "table", count(*) FROM rejects GROUP BY 1 ORDER BY 1'
        return dict(self._connection.execute(query).fetchall())

    def first(self, limit: int = 1_000_000) -> list[Reject]:
        """Return the first rejects."""
        query = f"SELECT {_NAMES} FROM rejects ORDER BY place LIMIT {limit}"
        return [Reject(*row) for row in self._connection.execute(query).fetchall()]

    def add_written(self, folder: Path) -> None:
        """Add the rejects that an earlier import wrote to ``folder``, but for those that are here already."""
        files = sorted(folder.glob("*.csv"))
        if not files:
            return
        types = ", ".join(f"'{name}': '{'BIGINT' if name == 'row' else 'VARCHAR'}'" for name in COLUMNS)
        same = " AND ".join(
            f"coalesce(r.\"{n}\"::VARCHAR, '') = coalesce(w.\"{n}\"::VARCHAR, '')" for n in COLUMNS
        )
        self.add_from(
            f"""SELECT {_NAMES} FROM read_csv([{texts(files)}], header = true, auto_detect = false, quote = '"',
                escape = '"', delim = ',', columns = {{{types}}}) w
            WHERE NOT EXISTS (SELECT 1 FROM rejects r WHERE {same})"""
        )

    def write(self, folder: Path) -> None:
        """Write ``<table>.csv`` into ``folder`` for each table with rejects; nothing, where there are none."""
        for name in self.counts():
            folder.mkdir(parents=True, exist_ok=True)
            target = text(folder / f"{name}.csv")
            self._connection.execute(
                f"""COPY (SELECT {_NAMES} FROM rejects WHERE "table" = '{name}' ORDER BY place)
                TO {target} (FORMAT csv, HEADER)"""
            )
