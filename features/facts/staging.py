"""A scratch database where an importer lays out the five tables before they are checked and written.

An importer calls :meth:`Staging.stage` with a SELECT for each source of a table's rows; what it leaves
out on purpose it counts with :meth:`Staging.skip`, what it could not read it hands to
:meth:`Staging.reject`. Then :func:`features.facts.publish.publish` does the rest, the same for all.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from features.facts.rejects import Reject, Rejects
from features.facts.schema import TABLES

__all__ = ["ORIGIN_COLUMNS", "Reject", "Staging"]

if TYPE_CHECKING:
    from types import TracebackType

#: Columns that a staged SELECT gives beside the table's own: where the row came from.
ORIGIN_COLUMNS = ("_source", "_row")

# Only ISO 8601 is a time. DuckDB also reads 1/2/25, as a day of the year 1.
# A stamp without a time of day could be any instant of its day, so it counts as known at the day's end.
_MACROS = """
CREATE MACRO iso_time(text) AS CASE
    WHEN substr(trim(text::VARCHAR), 5, 1) = '-' AND substr(trim(text::VARCHAR), 8, 1) = '-'
    THEN TRY_CAST(trim(text::VARCHAR) AS TIMESTAMPTZ) END;
CREATE MACRO day_end(text) AS CASE
    WHEN regexp_full_match(trim(text::VARCHAR), '\\d{4}-\\d{2}-\\d{2}')
    THEN iso_time(text) + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND
    ELSE iso_time(text) END;
CREATE MACRO blank_to_null(text) AS nullif(trim(text::VARCHAR), '');
"""


@dataclass
class Staging:
    """The scratch database and the tallies of one import; use it as a context manager."""

    memory_limit: str = "2GB"
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="leadquality-")
        self.connection = duckdb.connect(str(Path(self._folder.name) / "staging.duckdb"))
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute(f"SET memory_limit = '{self.memory_limit}'")
        self.connection.execute(f"SET temp_directory = '{self._folder.name}'")
        for statement in _MACROS.strip().split(";\n"):
            self.connection.execute(statement)
        self._rejects = Rejects(self.connection)
        self._parts: dict[str, list[str]] = {name: [] for name in TABLES}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        self._folder.cleanup()

    def stage(self, table: str, select: str) -> int:
        """Materialise ``select`` as rows of ``table`` and return how many there are.

        The SELECT gives any of the table's columns, in any order and as text or already typed, and must
        give ``_source`` (file name) and ``_row`` (1 for the first data row). Columns it leaves out are NULL.
        """
        known = {*TABLES[table].column_names, *ORIGIN_COLUMNS}
        part = f"staged_{table}_{len(self._parts[table])}"
        self.connection.execute(f"CREATE TABLE {part} AS {select}")
        given = set(self.columns_of(part))
        if given - known or not given.issuperset(ORIGIN_COLUMNS):
            message = f"staged {table} gives {sorted(given)}, expected some of {sorted(known)}"
            raise ValueError(message)
        self._parts[table].append(part)
        return self.count(part)

    def parts(self, table: str) -> list[str]:
        """Names of the scratch tables staged for ``table``."""
        return list(self._parts[table])

    def columns_of(self, relation: str) -> list[str]:
        """Column names of a relation in the scratch database."""
        return [row[0] for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")]

    def count(self, relation: str, where: str = "true") -> int:
        """Count the rows of a relation for which ``where`` holds."""
        return int(self.rows(f"SELECT count(*) FROM {relation} WHERE {where}")[0][0])

    def rows(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a query and return all of its rows."""
        return self.connection.execute(query, parameters or []).fetchall()

    @property
    def rejects(self) -> list[Reject]:
        """The first rows that could not be taken, at most a million."""
        return self.all_rejects.first()

    @property
    def all_rejects(self) -> Rejects:
        """The rows that could not be taken, however many: on disk, not in memory."""
        return self._rejects

    def reject(self, rejects: list[Reject]) -> None:
        """Keep rows that could not be taken; they are written to ``rejected/`` and counted."""
        self._rejects.add(rejects)

    def skip(self, what: str, rows: int) -> None:
        """Count rows left out on purpose, under a name that a reader of the report understands."""
        if rows:
            self.skipped[what] += rows

    def note(self, text: str) -> None:
        """Keep a sentence that the user must read before training on this dataset."""
        if text not in self.notes:
            self.notes.append(text)
