"""The same windows in pandas: one merge, a mask a window, one grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.features.task import DAY, KINDS, WINDOWS

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path) -> np.ndarray:
    """Return the matrix (rows, 40), rows by lead and moment."""
    rows = pd.read_parquet(folder / "rows.parquet")
    events = pd.read_parquet(folder / "data" / "events.parquet", columns=["lead_id", "kind", "at", "known_at"])
    events["kind"] = events["kind"].astype("category")
    at = events["at"].astype("int64")
    events = pd.DataFrame(
        {
            "lead_id": events["lead_id"],
            "kind": events["kind"],
            "at": at,
            "known": events["known_at"].astype("int64"),
        }
    )
    rows["row"] = np.arange(len(rows))
    seen = rows.merge(events, on="lead_id")
    seen = seen[(seen["at"] < seen["as_of"]) & (seen["known"] < seen["as_of"])]
    age = seen["as_of"] - seen["at"]
    place = seen["row"].to_numpy() * len(KINDS) + seen["kind"].cat.codes.to_numpy()
    matrix = np.full((len(rows) * len(KINDS), len(WINDOWS) + 1), np.nan)
    matrix[:, : len(WINDOWS)] = 0
    grouped = pd.DataFrame({"age": age} | {f"{days}": age <= days * DAY for days in WINDOWS}).groupby(place)
    found = grouped.agg({"age": "min"} | {f"{days}": "sum" for days in WINDOWS})
    matrix[found.index, : len(WINDOWS)] = found[[f"{days}" for days in WINDOWS]].to_numpy()
    matrix[found.index, len(WINDOWS)] = found["age"].to_numpy() / DAY
    return matrix.reshape(len(rows), -1)
