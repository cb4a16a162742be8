"""The scratch database of one audit: the dataset's tables as views, and what became of each lead."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, Self

import duckdb

from features.facts.schema import TABLES
from features.facts.sql import text

if TYPE_CHECKING:
    from types import TracebackType

    from features.facts import Dataset

#: Leads are compared within stretches of time, so that a rate or a field that drifts over the years
#: (interest rates, a form that changed) is not taken for one that tells the outcome.
MOST_BLOCKS = 20

#: With fewer outcomes than this in a stretch its own rate says nothing.
OUTCOMES_A_BLOCK = 15

# An opportunity without a lead is its account's: it decides every lead that the account had by then.
# The outcome that training labels by: an opportunity of the account alone (a renewal, say) is none of its leads'.
_OUTCOMES = """
CREATE TEMP TABLE outcomes AS
SELECT lead_id, min(created_at) AS outcome_at FROM opportunities WHERE lead_id IS NOT NULL GROUP BY lead_id;
CREATE TEMP TABLE cohort AS
SELECT l.lead_id, l.account_id, l.created_at, strftime(l.created_at, '%Y-%m') AS month,
    (row_number() OVER (ORDER BY l.created_at, l.lead_id) - 1)::INTEGER AS position,
    o.outcome_at, (o.outcome_at IS NOT NULL)::INTEGER AS y
FROM leads l LEFT JOIN outcomes o USING (lead_id)
"""

# Numbers in place of texts: every later question joins 4 bytes, not a text, which is what makes 20 million rows
# a matter of seconds. What else an event says is only ever compared, so its hash stands for it.
_HAPPENED = """
CREATE TYPE kind_name AS ENUM (SELECT DISTINCT kind FROM events ORDER BY kind);
CREATE TEMP TABLE happened AS
SELECT c.position, e.kind::kind_name AS kind, e."at", e.known_at, e.value,
    hash(e.value, e.channel, e.campaign) AS content
FROM events e JOIN (SELECT lead_id, position FROM cohort) c USING (lead_id)
"""


class Workspace:
    """A DuckDB connection over one dataset; use it as a context manager.

    ``cohort`` has a row per lead: lead_id, account_id, created_at, month, position (order of creation, from
    0), block (stretch of time, from 0), outcome_at and y (1 where the lead became an opportunity). ``happened``
    has a row per event: the lead's position, kind, at, known_at, value and a hash of its content.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.undated = dataset.manifest.undated
        self.loaded: tuple[str, str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="leadquality-audit-")
        self.connection = duckdb.connect()
        for setting in ("TimeZone = 'UTC'", f"temp_directory = '{self._folder.name}'", "memory_limit = '3GB'"):
            self.connection.execute(f"SET {setting}")
        # count_if gives NULL, not 0, where every condition is NULL.
        self.connection.execute("CREATE MACRO tally(condition) AS count(*) FILTER (WHERE condition)")
        for name in TABLES:
            self.connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet({text(dataset.file(name))})"
            )
        for statement in _OUTCOMES.split(";\n"):
            self.connection.execute(statement)
        self.leads, self.positives = (int(count or 0) for count in self.one("count(*), sum(y) FROM cohort"))
        self.blocks = max(1, min(MOST_BLOCKS, self.positives // OUTCOMES_A_BLOCK))
        self.connection.execute(
            f"""CREATE TEMP TABLE blocked AS
            SELECT *, (position::BIGINT * {self.blocks} // {max(self.leads, 1)})::INTEGER AS block FROM cohort"""
        )
        self.connection.execute("DROP TABLE cohort")
        self.connection.execute("ALTER TABLE blocked RENAME TO cohort")
        for statement in _HAPPENED.split(";\n"):
            self.connection.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        self._folder.cleanup()

    @property
    def base_rate(self) -> float:
        """Share of leads that became an opportunity."""
        return self.positives / self.leads if self.leads else 0.0

    def run(self, sql: str, parameters: list[Any] | None = None) -> None:
        """Run a statement that returns nothing."""
        self.connection.execute(sql, parameters or [])

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a query and return all of its rows."""
        return self.connection.execute(sql, parameters or []).fetchall()

    def one(self, select: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
        """Return the single row of ``SELECT <select>``."""
        return self.rows(f"SELECT {select}", parameters)[0]

    def months(self, condition: str, parameters: list[Any] | None = None) -> tuple[str, str] | None:
        """First and last month of creation of the leads for which a condition on ``cohort`` holds."""
        if self.undated:
            return None
        first, last = self.one(f"min(month), max(month) FROM cohort WHERE {condition}", parameters)
        return (first, last) if first is not None else None
