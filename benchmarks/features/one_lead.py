"""One lead with 50 events, after decoding: the single-lead path of the service, beside DuckDB and Polars."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.features.duckdb_sql import select
from benchmarks.features.ours import feature_set
from benchmarks.features.task import DAY, EVENTS_A_LEAD, KINDS, PERIOD, START
from features.history import History
from features.payload import LeadFacts, Vocabulary
from features.plan import compile_plan

if TYPE_CHECKING:
    from collections.abc import Callable


def measure() -> dict[str, float]:
    """Return the median seconds of each way, over the same 50 events."""
    generator = np.random.default_rng(3)
    at = np.sort(START + generator.integers(0, PERIOD, EVENTS_A_LEAD)).tolist()
    kinds = [KINDS[i] for i in generator.integers(0, len(KINDS), EVENTS_A_LEAD)]
    events = [(t, kind, t, float("nan"), None, None) for t, kind in zip(at, kinds, strict=True)]
    as_of = START + 350 * DAY
    facts = LeadFacts("L1", START, as_of, events)
    vocabulary = Vocabulary(KINDS, dict.fromkeys(KINDS, START), {})
    plan = compile_plan(feature_set(), vocabulary.kinds, vocabulary.observed_from)
    first, moment = np.zeros(1, np.int64), np.array([as_of])

    def ours() -> np.ndarray:
        return plan.run(History.of_lead(facts, vocabulary), first, moment, threads=1)

    table = pa.table({"lead_id": ["L1"] * len(events), "kind": kinds, "at": at})
    rows = pa.table({"lead_id": ["L1"], "as_of": [as_of]})
    slow = _in_duckdb(table, rows)
    same = np.array_equal(ours(), slow(), equal_nan=True)
    if not same:
        raise RuntimeError("the single-lead path and DuckDB disagree")
    return {"ours": _median(ours, 3000), "DuckDB SQL": _median(slow, 10)}


def _in_duckdb(table: pa.Table, rows: pa.Table) -> Callable[[], np.ndarray]:
    connection = duckdb.connect()
    connection.register("happened", table)
    connection.register("wanted", rows)
    query = select('(SELECT lead_id, kind, "at" AS at_us, "at" AS known_us FROM happened)', "wanted")

    def run() -> np.ndarray:
        found = connection.execute(query).fetchnumpy()
        return np.column_stack([np.ma.filled(column.astype(np.float64), np.nan) for column in found.values()])

    return run


def _median(call: Callable[[], object], times: int) -> float:
    call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))
