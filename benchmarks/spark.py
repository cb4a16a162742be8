"""The default training's matrix on this machine's engine and on Spark's, in one run: the table of docs/scale.md.

``python -m benchmarks.spark`` (``--leads 5000 --master "local[2]" --rounds 3``). The data are simulated in
a temporary folder. Both engines are asked in turn, so that what else the machine does falls on both: read the
ratio, not the seconds. Needs pyspark and Java.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from features.engines import LocalEngine, choose_engine
from features.engines.spark_session import pandas_allowed, start_spark
from features.facts.publish import silent
from features.simulation import import_simulated
from leadquality.console import steps
from training.material import gather
from training.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.engines import Engine
    from features.facts import Dataset
    from training.material import Material


def main() -> None:
    """Print how long each engine took, as the page shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=5_000)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadquality-benchmark-") as folder, steps() as step:
        spark = choose_engine("spark", master=given.master)
        dataset = import_simulated(given.leads, 7, Path(folder) / "data", step)
        step("gathering the training's rows, kernels compiled meanwhile")
        material = gather(dataset, read_spec("default", card="b2b_example"), silent)
        lines = measure(dataset, material, spark, given.master, given.rounds, step)
    counts = dataset.manifest.counts
    rows, features = material.matrix.shape
    print(
        f"{given.leads:,} leads, {counts['events']:,} events; {rows:,} rows with {features} features; "
        f"{given.rounds} rounds: middle (least to most)\n"
    )
    print("| Engine | Seconds | Times local |")
    print("|---|---|---|")
    for line in lines:
        print(line)


def measure(
    dataset: Dataset,
    material: Material,
    spark: Engine,
    master: str,
    rounds: int,
    step: Callable[[str], None],
) -> list[str]:
    """Return the table's lines; the bits of the two engines are compared on the way."""

    def run(engine: Engine) -> float:
        began = time.perf_counter()
        history = engine.history(dataset, material.feature_set)
        rows = material.rows
        matrix = engine.matrix(dataset, history, material.feature_set, rows.lead, rows.as_of, silent)
        seconds = time.perf_counter() - began
        same = matrix.view(np.int64) == material.matrix.view(np.int64)
        assert (same | (np.isnan(matrix) & np.isnan(material.matrix))).all(), "the engines differ"
        return seconds

    began = time.perf_counter()
    step(f"starting Spark on {master}")
    with pandas_allowed():
        session = start_spark(master)
        started = time.perf_counter() - began
        step("the first run of a fresh Spark")
        first = run(spark)
        seconds: dict[str, list[float]] = {"local": [], "spark": []}
        for number in range(rounds):
            step(f"round {number + 1} of {rounds}")
            seconds["local"].append(run(LocalEngine()))
            seconds["spark"].append(run(spark))
        session.stop()
    base = median(seconds["local"])
    warm = f"spark, `{master}`, once started and warm"
    return [
        _line("local", seconds["local"], base),
        _line(warm, seconds["spark"], base),
        _line("spark, first run of a fresh session", [first], base),
        _line("starting Spark itself", [started], base),
    ]


def _line(name: str, seconds: list[float], base: float) -> str:
    spread = f" ({min(seconds):.1f} to {max(seconds):.1f})" if len(seconds) > 1 else ""
    return f"| {name} | {median(seconds):.1f}{spread} | {median(seconds) / base:.1f} |"


if __name__ == "__main__":
    main()
