"""The same windows in featuretools, which runs in an environment of its own: one pass a window.

A training window is one setting of a whole calculation there, so the three counts take three passes, and the days
since the last event a fourth without a window.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import featuretools as ft
import numpy as np
import pandas as pd
from featuretools.primitives import Count, Max

from benchmarks.features.task import DAY, KINDS, WINDOWS

if TYPE_CHECKING:
    from pathlib import Path

warnings.simplefilter("ignore")


def run(folder: Path) -> np.ndarray:
    """Return the matrix (rows, 40), rows by lead and moment."""
    rows = pd.read_parquet(folder / "rows.parquet")
    events = pd.read_parquet(folder / "data" / "events.parquet", columns=["event_id", "lead_id", "kind", "at"])
    events["at"] = events["at"].dt.tz_localize(None).astype("datetime64[ns]")
    events["stamp"] = events["at"].astype("int64") // 1000
    events["event_id"] = events["event_id"].astype("object")
    events["lead_id"] = events["lead_id"].astype("object")
    events["kind"] = events["kind"].astype("object")
    leads = pd.DataFrame({"lead_id": rows["lead_id"].drop_duplicates().astype("object")})
    # A cutoff counts what happens at it; the product's moments do not, so each is a microsecond earlier.
    cutoffs = pd.DataFrame(
        {
            "lead_id": rows["lead_id"].astype("object"),
            "time": pd.to_datetime(rows["as_of"] - 1, unit="us").astype("datetime64[ns]"),
        }
    )
    facts = ft.EntitySet("leads")
    facts.add_dataframe(dataframe_name="leads", dataframe=leads, index="lead_id")
    facts.add_dataframe(dataframe_name="events", dataframe=events, index="event_id", time_index="at")
    facts.add_relationship("leads", "lead_id", "events", "lead_id")
    of_kind = {kind: ft.Feature(facts["events"].ww["kind"]) == kind for kind in KINDS}
    event_id, stamp = ft.Feature(facts["events"].ww["event_id"]), ft.Feature(facts["events"].ww["stamp"])
    counts = [
        ft.Feature(event_id, parent_dataframe_name="leads", primitive=Count, where=w) for w in of_kind.values()
    ]
    last = [ft.Feature(stamp, parent_dataframe_name="leads", primitive=Max, where=w) for w in of_kind.values()]

    def calculate(features: list, window: str | None) -> np.ndarray:
        found = ft.calculate_feature_matrix(
            features, facts, cutoff_time=cutoffs, cutoff_time_in_index=True, training_window=window, n_jobs=1
        )
        frame = found.reset_index().sort_values(["lead_id", "time"])
        return frame.iloc[:, 2:].to_numpy(np.float64)

    by_window = [np.nan_to_num(calculate(counts, f"{days} days")) for days in WINDOWS]
    since = (rows["as_of"].to_numpy()[:, None] - calculate(last, None)) / DAY
    columns = [part[:, i] for i in range(len(KINDS)) for part in (*by_window, since)]
    return np.column_stack(columns)
