"""What learning from young rows is worth, and what weighing leads alike is worth, where the truth is known.

``python -m benchmarks.delay`` trains the model four ways (labels mature or delay_aware, weights by lead or by row)
on simulated markets and on olist_funnel, scores the same held-out rows, and prints one table. On simulated markets
the probabilities are held against the true ones too. The data are made in a temporary folder.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from scipy.special import xlogy
from sklearn.metrics import roc_auc_score

import features
from features.importers import import_tables
from features.simulation import import_simulated, true_probability
from leadquality.console import out
from training.arms.boosted import fit_model
from training.material import gather
from training.side_by_side import compare_rows
from training.spec import TrainingSpec, read_spec

if TYPE_CHECKING:
    from training.comparison import Arm
    from training.material import Material

ROOT = Path(__file__).resolve().parent.parent
WAYS = tuple(product(("mature", "delay_aware"), ("lead", "row")))
REFERENCE = "mature, lead"


def main() -> None:
    """Measure every data set and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000, help="size of each simulated market")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2], help="of the simulated markets")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="public data sets")
    parser.add_argument("--csv", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in arguments.seeds:
            path = Path(folder) / f"market{seed}"
            import_simulated(arguments.leads, seed, path)
            figures += _measure(f"market {seed}", path, read_spec("default"), truth=True)
        if (arguments.data / "olist_funnel").is_dir():
            path = Path(folder) / "olist_funnel"
            mapping = Path(features.__file__).parent / "mappings" / "olist_funnel.yaml"
            import_tables(mapping, path, data=arguments.data)
            figures += _measure("olist_funnel", path, read_spec("olist_funnel"), truth=False)
    frame = pd.DataFrame(figures)
    _print(frame)
    if arguments.csv:
        frame.to_csv(arguments.csv, index=False)


def _measure(name: str, path: Path, spec: TrainingSpec, *, truth: bool) -> list[dict[str, Any]]:
    from features.facts import Dataset  # noqa: PLC0415 - beside its use

    material = gather(Dataset.open(path), spec)
    test = material.rows.take(material.parts.test)
    ids = material.history.lead_ids[test.lead]
    true = true_probability(path, ids, test.as_of, spec.horizon_us) if truth else None
    arms, seconds = {}, {}
    for labels, weight in WAYS:
        own = spec.model_copy(update={"labels": labels, "weight": weight})
        began = time.monotonic()
        way = f"{labels}, {weight}"
        arms[way] = fit_model(material, own).arm(material).predict(material.parts.test)
        seconds[way] = time.monotonic() - began
    comparison = compare_rows(material, spec, material.parts.test, arms, reference=REFERENCE)
    found = []
    for way, arm in arms.items():
        gap = comparison.differences.get(way, {}).get("log_loss")
        found.append(
            {
                "data": name,
                "way": way,
                "test rows": len(test),
                "young rows": int(material.parts.young.sum()),
                "auc": comparison.estimates[way]["auc"].value,
                "log loss": comparison.estimates[way]["log_loss"].value,
                "difference": "" if gap is None else f"{gap.value:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})",
                **_against_truth(arm, true, material),
                "seconds": seconds[way],
            }
        )
    return found


def _against_truth(arm: Arm, true: np.ndarray | None, material: Material) -> dict[str, float]:
    """Return figures free of the labels' own luck; NaN where the truth is not known.

    The errors are mean absolute ones of the probability; ``excess`` is by how much the log loss, on average over
    all outcomes that could have been, lies above that of the true probabilities.
    """
    if true is None:
        nothing = ("true auc", "error by rows", "error by leads", "excess")
        return dict.fromkeys(nothing, np.nan)
    p = np.asarray(arm.probability, np.float64)
    test = material.rows.take(material.parts.test)
    leads = test.weights(np.ones(len(test), bool))
    expected = float(np.mean(-true * np.log(p) - (1 - true) * np.log1p(-p)))
    least = float(np.mean(-xlogy(true, true) - xlogy(1 - true, 1 - true)))
    return {
        "true auc": float(roc_auc_score(test.label, true)),
        "error by rows": float(np.abs(p - true).mean()),
        "error by leads": float(np.average(np.abs(p - true), weights=leads)),
        "excess": expected - least,
    }


def _print(frame: pd.DataFrame) -> None:
    """Print every data set's rows, and the means over the simulated markets."""
    numbers = ["auc", "true auc", "log loss", "error by leads", "excess", "seconds"]
    markets = frame[frame["excess"].notna()].groupby("way", sort=False)[numbers].mean().reset_index()
    frame = pd.concat([frame, markets.assign(data="mean of markets")])
    table = Table(title=f"Differences in log loss are to: {REFERENCE}", box=SIMPLE, padding=0)
    columns = ["data", "way", "auc", "true auc", "log loss", "difference", *numbers[3:]]
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", no_wrap=True)
    for row in frame[columns].itertuples(index=False):
        table.add_row(*(_shown(column, value) for column, value in zip(columns, row, strict=True)))
    out.print(table)


def _shown(column: str, value: str | float) -> str:
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else f"{value:.{1 if column == 'seconds' else 4}f}"


if __name__ == "__main__":
    main()
