"""From the ledger's facts to a dataset folder, so that a model can be trained on what webhooks told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import select

from features.facts import Dataset, Source, Staging, publish, silent
from features.facts.clock import format_moment
from serving.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from serving.ledger.ledger import Ledger

#: Rows read at a time.
_CHUNK = 50_000
_TIME, _TEXT, _NUMBER, _FLAG = pa.timestamp("us", "UTC"), pa.string(), pa.float64(), pa.bool_()
_TYPES: dict[str, Any] = {
    "seq": pa.int64(),
    **dict.fromkeys(("created_at", "known_at", "at", "closed_at"), _TIME),
    "amount": _NUMBER,
    "won": _FLAG,
}
_TOLD = {
    "leads": (tables.lead_facts, ("lead_id", "account_id", "created_at", "known_at")),
    "attributes": (tables.attribute_facts, ("entity", "entity_id", "name", "value", "known_at")),
    "events": (
        tables.event_facts,
        ("event_id", "lead_id", "kind", "at", "known_at", "channel", "campaign", "value"),
    ),
    "opportunities": (
        tables.opportunity_facts,
        ("opportunity_id", "lead_id", "account_id", "created_at", "amount", "closed_at", "won", "known_at"),
    ),
    "verdicts": (tables.verdict_facts, ("lead_id", "at", "verdict", "reason")),
}

_SELECTS = {
    # A dataset has one row a lead and opportunity: as last known.
    "leads": """SELECT lead_id, account_id, created_at, seq FROM told_leads
        QUALIFY row_number() OVER (PARTITION BY lead_id ORDER BY known_at DESC, seq DESC) = 1""",
    "opportunities": """SELECT * EXCLUDE (known_at) FROM told_opportunities
        QUALIFY row_number() OVER (PARTITION BY opportunity_id ORDER BY known_at DESC, seq DESC) = 1""",
    # As serving.ledger.stored.append_version has it: the last told of a moment holds, no change is no version.
    "attributes": """SELECT entity, entity_id, name, value, known_at, seq FROM (
            SELECT * FROM told_attributes
            QUALIFY row_number() OVER (PARTITION BY entity, entity_id, name, known_at ORDER BY seq DESC) = 1)
        WINDOW versions AS (PARTITION BY entity, entity_id, name ORDER BY known_at)
        QUALIFY row_number() OVER versions = 1 OR value IS DISTINCT FROM lag(value) OVER versions""",
    "events": "SELECT * FROM told_events",
    "verdicts": "SELECT * FROM told_verdicts",
}


def export_dataset(ledger: Ledger, into: Path, now: int, step: Callable[[str], None] = silent) -> Dataset:
    """Write all facts told so far as a dataset folder, checked as every import is.

    ``now`` (microseconds) ends the observed period. Facts of unknown leads, and of the future, go to
    ``rejected/``.

    Raises
    ------
    DataError
        The ledger knows no lead.
    DatasetError
        ``into`` holds something else than a dataset.

    """
    source = Source("ledger", "ledger", 1, format_moment(now))
    with Staging() as staging:
        step("reading the ledger's facts")
        ledger.read(lambda connection: _copy(connection, staging))
        for name, query in _SELECTS.items():
            staging.stage(name, f"SELECT * EXCLUDE (seq), 'ledger' AS _source, seq AS _row FROM ({query})")
        return publish(staging, source, into, step)


def _copy(connection: Connection, staging: Staging) -> None:
    """Bring the facts into the scratch database, a part at a time, all as of one moment."""
    for name, (table, columns) in _TOLD.items():
        wanted = ("seq", *columns)
        numbers = {"value"} if table is tables.event_facts else set()
        schema = pa.schema([(c, _NUMBER if c in numbers else _TYPES.get(c, _TEXT)) for c in wanted])
        reader = pa.RecordBatchReader.from_batches(schema, _batches(connection, table, wanted, schema))
        staging.connection.register("incoming", reader)
        staging.connection.execute(f"CREATE TABLE told_{name} AS SELECT * FROM incoming")
        staging.connection.unregister("incoming")


def _batches(
    connection: Connection, table: Table, columns: tuple[str, ...], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    query = select(*(table.c[column] for column in columns)).execution_options(yield_per=_CHUNK)
    for rows in connection.execute(query).partitions():
        values = zip(*rows, strict=True)
        arrays = [pa.array(list(column), pa_type) for column, pa_type in zip(values, schema.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
