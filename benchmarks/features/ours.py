"""Our own: from the imported dataset, and from the raw events with the sort that the import pays once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.features.task import DAY, KINDS, START, WINDOWS
from features.facts import Dataset
from features.history import History
from features.history.tables import Header, Tables, no_attributes
from features.language import ALL_TIME, Behaviour, FeatureSet, behaviour_feature
from features.language.needs import Needs
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
    _run(history, pa.table({"lead_id": history.lead_ids[:2], "as_of": [START, START]}))


def from_dataset(folder: Path) -> np.ndarray:
    """Read the dataset's sorted columns and run the compiled plan."""
    rows = pq.read_table(folder / "rows.parquet")
    return _run(History.from_dataset(Dataset.open(folder / "data"), feature_set()), rows)


def from_raw(folder: Path) -> np.ndarray:
    """Sort the raw events in DuckDB, lay them out, and run the compiled plan."""
    rows = pq.read_table(folder / "rows.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        raw = f"read_parquet('{folder / 'raw.parquet'}')"
        leads = connection.execute(
            f"""SELECT lead_id, NULL::VARCHAR AS account_id, to_timestamp({START / 1e6}) AS created_at,
            count(*) AS events FROM {raw} GROUP BY lead_id ORDER BY lead_id"""
        ).to_arrow_table()
        kinds = ", ".join(f"'{kind}'" for kind in KINDS)
        connection.execute(f"CREATE TYPE kind AS ENUM ({kinds})")
        events = connection.execute(
            f'SELECT kind::kind AS kind, "at", known_at FROM {raw} ORDER BY lead_id, "at", kind, known_at'
        ).to_arrow_table()
    counts = leads["events"].to_numpy()
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    needs = Needs.of(feature_set())
    header = Header(KINDS, (), dict.fromkeys(KINDS, START), ())
    tables = Tables(leads.drop(["events"]), events, no_attributes(), _NO_OPPORTUNITIES, offsets)
    return _run(History.from_tables(tables, header, needs, where="raw events"), rows)


_TIME = pa.timestamp("us", "UTC")
_NO_OPPORTUNITIES = pa.schema(
    [
        ("lead_id", pa.string()),
        ("account_id", pa.string()),
        ("created_at", _TIME),
        ("closed_at", _TIME),
        ("won", pa.bool_()),
    ]
).empty_table()


def _run(history: History, rows: pa.Table) -> np.ndarray:
    plan = compile_plan(feature_set(), history.kinds, history.observed_from)
    return plan.run(history, history.positions(rows["lead_id"]), rows["as_of"].to_numpy())
