"""Windows at moments: our kernel beside the same windows in DuckDB SQL and in Polars, in one run.

``python -m benchmarks.features`` (``make bench``). Ten kinds, 40 features (counts in 7, 30 and 90 days, days
since the last event), three moments a lead. All read the same Parquet files, must agree on every number, and
are timed end to end; the ratio is what counts, since absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from features.facts import Source, Staging, publish
from features.facts.clock import DAY, parse_moment
from features.history import History
from features.language import ALL_TIME, Behaviour, FeatureSet, behaviour_feature
from features.payload import LeadFacts, Vocabulary
from features.plan import compile_plan
from leadquality.console import out

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset

KINDS = tuple(f"kind_{i}" for i in range(10))
WINDOWS = (7, 30, 90)
START = parse_moment("2025-01-01")
PERIOD = 365 * DAY
EVENTS_A_LEAD = 50


def main() -> None:
    """Make the data, time the three, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out.print(f"making a dataset of {arguments.events:,} events ...")
        dataset = make_dataset(arguments.events, Path(folder) / "data")
        leads = arguments.events // EVENTS_A_LEAD
        moments = START + np.array([120, 240, 350], np.int64) * DAY
        rows = pa.table({"lead_id": np.repeat(names(leads), 3), "as_of": pa.array(np.tile(moments, leads))})
        compile_kernel(dataset)
        runs = {"ours": ours, "DuckDB SQL": in_duckdb, "Polars": in_polars}
        found = {name: timed(run, dataset, rows) for name, run in runs.items()}
        base_seconds, base = found["ours"]
        out.print(f"{arguments.events:,} events, {len(rows):,} rows, 40 features, from Parquet to matrix:")
        for name, (seconds, matrix) in found.items():
            # Polars multiplies by 1/day where we divide: the last bit may differ.
            same = np.allclose(matrix, base, rtol=1e-14, atol=0, equal_nan=True)
            out.print(
                f"  {name:12} {seconds:7.2f} s   {seconds / base_seconds:6.1f} times ours   "
                + ("same numbers" if same else "DIFFERENT NUMBERS")
            )
        one_lead(dataset)


def names(leads: int) -> np.ndarray:
    """Lead ids that sort as their numbers do."""
    return np.array([f"L{i:08}" for i in range(leads)])


def make_dataset(events: int, folder: Path) -> Dataset:
    """Publish a dataset of evenly spread events."""
    generator = np.random.default_rng(1)
    leads = events // EVENTS_A_LEAD
    at = START + generator.integers(0, PERIOD, events)
    table = pa.table(
        {
            "event_id": pa.array(np.arange(events)),
            "lead_id": names(leads)[generator.integers(0, leads, events)],
            "kind": np.array(KINDS)[generator.integers(0, len(KINDS), events)],
            "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
        }
    )
    people = pa.table({"lead_id": names(leads)})
    with Staging() as staging:
        staging.connection.register("people", people)
        staging.connection.register("happened", table)
        origin = "'benchmark' AS _source, row_number() OVER () AS _row"
        staging.stage(
            "leads", f"SELECT lead_id, TIMESTAMPTZ '2025-01-01 00:00:00Z' AS created_at, {origin} FROM people"
        )
        staging.stage("events", f'SELECT *, "at" AS known_at, {origin} FROM happened')
        observed = dict.fromkeys(KINDS, "2025-01-01")
        return publish(staging, Source("benchmark", "benchmark", 1, "2026-01-02", observed_from=observed), folder)


def feature_set() -> FeatureSet:
    """Declare the 40 features."""
    found = []
    for kind in KINDS:
        spans = [("count", days * DAY) for days in WINDOWS] + [("since_last", ALL_TIME)]
        for measure, span in spans:
            source = Behaviour(scope="lead", kinds=(kind,), measure=measure, span=span)
            found.append(behaviour_feature(name=kind, label=kind, source=source))
    return FeatureSet(name="benchmark", features=tuple(found))


def compile_kernel(dataset: Dataset) -> None:
    """Compile outside the clock, as a service or a second run has it."""
    history = History.from_dataset(dataset)
    plan = compile_plan(feature_set(), history.kinds, history.observed_from)
    plan.run(history, np.zeros(1, np.int64), np.array([START + PERIOD]))


def timed(
    run: Callable[[Dataset, pa.Table], np.ndarray], dataset: Dataset, rows: pa.Table
) -> tuple[float, np.ndarray]:
    """Return the seconds of the best of three runs, and the matrix."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        matrix = run(dataset, rows)
        seconds.append(time.perf_counter() - began)
    return min(seconds), matrix


def ours(dataset: Dataset, rows: pa.Table) -> np.ndarray:
    """Read the dataset's sorted columns and run the compiled plan."""
    history = History.from_dataset(dataset)
    plan = compile_plan(feature_set(), history.kinds, history.observed_from)
    return plan.run(history, history.positions(rows["lead_id"].to_pylist()), rows["as_of"].to_numpy())


def in_duckdb(dataset: Dataset, rows: pa.Table) -> np.ndarray:
    """Write the same windows as conditional aggregates over a join."""
    columns = []
    for kind in KINDS:
        for days in WINDOWS:
            columns.append(f"count(*) FILTER (kind = '{kind}' AND at_us >= as_of - {days * DAY})::DOUBLE")
        columns.append(f"(as_of - max(at_us) FILTER (kind = '{kind}')) / {DAY}.0")
    with duckdb.connect() as connection:
        connection.register("wanted", rows)
        connection.execute(
            f"""SELECT {", ".join(columns)} FROM wanted r LEFT JOIN
            (SELECT lead_id, kind, epoch_us("at") AS at_us, epoch_us(known_at) AS known_us
             FROM read_parquet('{dataset.file("events")}')) e
            ON e.lead_id = r.lead_id AND e.at_us < r.as_of AND e.known_us < r.as_of
            GROUP BY r.lead_id, r.as_of ORDER BY r.lead_id, r.as_of"""
        )
        found = connection.fetchnumpy()
    return np.column_stack([np.ma.filled(column.astype(np.float64), np.nan) for column in found.values()])


def in_polars(dataset: Dataset, rows: pa.Table) -> np.ndarray:
    """Write the same windows as conditional aggregates over a join, lazily."""
    at, now = pl.col("at").dt.epoch("us"), pl.col("as_of")
    measures = []
    for kind in KINDS:
        mine = pl.col("kind") == kind
        measures += [
            (mine & (at >= now - days * DAY)).sum().cast(pl.Float64).alias(f"{kind}{days}") for days in WINDOWS
        ]
        measures.append(((now - at).filter(mine).min() / DAY).alias(f"{kind}_last"))
    wanted = pl.from_arrow(rows).lazy()
    events = pl.scan_parquet(dataset.file("events")).select("lead_id", "kind", "at", "known_at")
    seen = wanted.join(events, on="lead_id", how="inner").filter(
        (at < now) & (pl.col("known_at").dt.epoch("us") < now)
    )
    grouped = seen.group_by("lead_id", "as_of").agg(measures)
    full = wanted.join(grouped, on=["lead_id", "as_of"], how="left").sort("lead_id", "as_of").collect()
    matrix = full.drop("lead_id", "as_of").to_numpy()
    counts = [i for i in range(matrix.shape[1]) if i % 4 != 3]
    matrix[:, counts] = np.nan_to_num(matrix[:, counts])
    return matrix


def one_lead(dataset: Dataset) -> None:
    """Time one lead with 50 events through the single-lead path, and the same lead through DuckDB."""
    history = History.from_dataset(dataset)
    events = dataset.rows(
        """SELECT epoch_us("at"), kind, epoch_us(known_at) FROM events WHERE lead_id = 'L00000000' ORDER BY 1"""
    )[:EVENTS_A_LEAD]
    facts = LeadFacts("L00000000", START, START + PERIOD, [(*event, float("nan")) for event in events])
    vocabulary = Vocabulary(history.kinds, history.observed_from, {})
    plan = compile_plan(feature_set(), history.kinds, history.observed_from)
    first, moment = np.zeros(1, np.int64), np.array([facts.as_of])

    def once() -> None:
        plan.run(History.of_lead(facts, vocabulary), first, moment, threads=1)

    seconds = per_call(once, 2000)
    rows = pa.table({"lead_id": ["L00000000"], "as_of": pa.array([facts.as_of])})
    slow = per_call(lambda: in_duckdb(dataset, rows), 5)
    out.print(
        f"one lead, {len(events)} events, after decoding: {seconds * 1e6:.0f} us; "
        f"through DuckDB {slow / seconds:,.0f} times as long"
    )


def per_call(call: Callable[[], object], times: int) -> float:
    """Return the median seconds of a call."""
    call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
