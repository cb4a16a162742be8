"""The same windows in Polars: conditional aggregates over one join, lazily, on its streaming engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.features.task import DAY, KINDS, WINDOWS

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path) -> np.ndarray:
    """Return the matrix (rows, 40), rows by lead and moment."""
    return _matrix(folder, "streaming")


def run_in_memory(folder: Path) -> np.ndarray:
    """Return the same by the engine that Polars uses unless told otherwise."""
    return _matrix(folder, "in-memory")


def _matrix(folder: Path, engine: str) -> np.ndarray:
    at, now = pl.col("at").dt.epoch("us"), pl.col("as_of")
    measures = []
    for kind in KINDS:
        mine = pl.col("kind") == kind
        measures += [
            (mine & (at >= now - days * DAY)).sum().cast(pl.Float64).alias(f"{kind}{days}") for days in WINDOWS
        ]
        measures.append(((now - at).filter(mine).min() / DAY).alias(f"{kind}_last"))
    wanted = pl.scan_parquet(folder / "rows.parquet")
    events = pl.scan_parquet(folder / "data" / "events.parquet").select("lead_id", "kind", "at", "known_at")
    seen = wanted.join(events, on="lead_id", how="inner").filter(
        (at < now) & (pl.col("known_at").dt.epoch("us") < now)
    )
    grouped = seen.group_by("lead_id", "as_of").agg(measures)
    full = wanted.join(grouped, on=["lead_id", "as_of"], how="left").sort("lead_id", "as_of")
    matrix = full.drop("lead_id", "as_of").collect(engine=engine).to_numpy(writable=True)
    counts = [i for i in range(matrix.shape[1]) if i % 4 != 3]
    matrix[:, counts] = np.nan_to_num(matrix[:, counts])
    return matrix
