"""Our own: from the imported dataset, and from the raw events, the sort included, which an import pays once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.features.task import DAY, KINDS, START, WINDOWS
from features.facts import Dataset
from features.history import History
from features.language import ALL_TIME, Behaviour, FeatureSet, behaviour_feature
from features.plan import compile_plan

if TYPE_CHECKING:
    from pathlib import Path


def feature_set() -> FeatureSet:
    """Declare the 40 features."""
    found = []
    for kind in KINDS:
        for measure, span in [*(("count", days * DAY) for days in WINDOWS), ("since_last", ALL_TIME)]:
            source = Behaviour(scope="lead", kinds=(kind,), measure=measure, span=span)
            found.append(behaviour_feature(name=kind, label=kind, source=source))
    return FeatureSet(name="benchmark", features=tuple(found))


def warm_up(folder: Path) -> None:
    """Load the compiled kernel, as a service or a second run has it."""
    history = History.from_dataset(Dataset.open(folder / "data"), feature_set())
    rows = pa.table({"lead_id": history.leads[:2], "as_of": [START, START]})
    _run(history, rows)
    events = {"lead_id": history.leads[:1], "kind": [KINDS[0]], "at": [START], "known_at": [START]}
    leads = {"lead_id": history.leads[:2], "created_at": [START, START]}
    _run(History.from_unsorted(pa.table(leads), pa.table(events), only=feature_set()), rows)


def from_dataset(folder: Path) -> np.ndarray:
    """Read the dataset's sorted columns and run the compiled plan."""
    rows = pq.read_table(folder / "rows.parquet")
    return _run(History.from_dataset(Dataset.open(folder / "data"), feature_set()), rows)


def from_raw(folder: Path) -> np.ndarray:
    """Sort the raw events of the leads that are asked about, and run the compiled plan."""
    rows = pq.read_table(folder / "rows.parquet")
    ids = rows["lead_id"].unique()
    leads = pa.table({"lead_id": ids, "created_at": np.full(len(ids), START)})
    observed = dict.fromkeys(KINDS, START)
    history = History.from_unsorted(leads, folder / "raw.parquet", observed_from=observed, only=feature_set())
    return _run(history, rows)


def _run(history: History, rows: pa.Table) -> np.ndarray:
    plan = compile_plan(feature_set(), history.kinds, history.observed_from)
    return plan.run(history, history.positions(rows["lead_id"]), rows["as_of"].to_numpy())
