"""The same windows in DuckDB SQL: conditional aggregates over one join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np

from benchmarks.features.task import DAY, KINDS, WINDOWS

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path) -> np.ndarray:
    """Return the matrix (rows, 40), rows by lead and moment, of the imported events, which are sorted."""
    return _run(folder, folder / "data" / "events.parquet")


def run_raw(folder: Path) -> np.ndarray:
    """Return the same of the raw events, which are in random order."""
    return _run(folder, folder / "raw.parquet")


def _run(folder: Path, file: Path) -> np.ndarray:
    events = f"""(SELECT lead_id, kind, epoch_us("at") AS at_us, epoch_us(known_at) AS known_us
        FROM read_parquet('{file}'))"""
    with duckdb.connect() as connection:
        found = connection.execute(select(events, f"read_parquet('{folder / 'rows.parquet'}')")).fetchnumpy()
    return np.column_stack([np.ma.filled(column.astype(np.float64), np.nan) for column in found.values()])


def select(events: str, rows: str) -> str:
    """Return the query over two relations: events (lead_id, kind, at_us, known_us) and rows (lead_id, as_of)."""
    columns = []
    for kind in KINDS:
        for days in WINDOWS:
            columns.append(f"count(*) FILTER (kind = '{kind}' AND at_us >= as_of - {days * DAY})::DOUBLE")
        columns.append(f"(as_of - max(at_us) FILTER (kind = '{kind}')) / {DAY}.0")
    return f"""SELECT {", ".join(columns)} FROM {rows} r LEFT JOIN {events} e
        ON e.lead_id = r.lead_id AND e.at_us < r.as_of AND e.known_us < r.as_of
        GROUP BY r.lead_id, r.as_of ORDER BY r.lead_id, r.as_of"""
