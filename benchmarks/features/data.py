"""Making the data: one dataset, imported (sorted) and raw (in random order)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.features.task import DAY, EVENTS_A_LEAD, KINDS, MOMENTS, PERIOD, START
from features.facts import Source, Staging, publish

if TYPE_CHECKING:
    from pathlib import Path

#: Events generated and written at a time.
_CHUNK = 2_000_000


def names(leads: int) -> np.ndarray:
    """Return lead ids that sort as their numbers do."""
    return np.array([f"L{i:08}" for i in range(leads)])


def make(events: int, folder: Path) -> None:
    """Write ``raw.parquet``, ``rows.parquet`` and the dataset ``data`` into ``folder``."""
    leads = events // EVENTS_A_LEAD
    ids = names(leads)
    generator = np.random.default_rng(1)
    raw = folder / "raw.parquet"
    with pq.ParquetWriter(raw, _SCHEMA) as writer:
        for begin in range(0, events, _CHUNK):
            writer.write_table(_chunk(generator, ids, begin, min(_CHUNK, events - begin)))
    moments = np.tile(START + np.array(MOMENTS, np.int64) * DAY, leads)
    rows = pa.table({"lead_id": np.repeat(ids, len(MOMENTS)), "as_of": moments})
    pq.write_table(rows, folder / "rows.parquet")
    with Staging() as staging:
        staging.connection.register("people", pa.table({"lead_id": ids}))
        origin = "'benchmark' AS _source, row_number() OVER () AS _row"
        created = "TIMESTAMPTZ '2025-01-01 00:00:00Z' AS created_at"
        staging.stage("leads", f"SELECT lead_id, {created}, {origin} FROM people")
        staging.stage("events", f"SELECT *, {origin} FROM read_parquet('{raw}')")
        observed = dict.fromkeys(KINDS, "2025-01-01")
        publish(
            staging,
            Source("benchmark", "benchmark", 1, "2026-01-02", observed_from=observed),
            folder / "data",
        )


_TIME = pa.timestamp("us", "UTC")
_SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("lead_id", pa.string()),
        ("kind", pa.string()),
        ("at", _TIME),
        ("known_at", _TIME),
    ]
)


def _chunk(generator: np.random.Generator, ids: np.ndarray, begin: int, size: int) -> pa.Table:
    at = pa.array(START + generator.integers(0, PERIOD, size)).cast(_TIME)
    return pa.table(
        {
            "event_id": pa.array(np.arange(begin, begin + size)).cast(pa.string()),
            "lead_id": ids[generator.integers(0, len(ids), size)],
            "kind": np.array(KINDS)[generator.integers(0, len(KINDS), size)],
            "at": at,
            "known_at": at,
        },
        schema=_SCHEMA,
    )
