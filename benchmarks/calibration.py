"""How often the 90 % band of a probability holds the truth, and what each calibration loses, on simulated markets.

``python -m benchmarks.calibration`` trains the trees on a few markets whose true probabilities are known. Leads
with like scores are grouped, and a group's true mean probability either lies between the means of its leads'
bounds or not. "Same time" groups the rows that the calibration was fitted on, by predictions for accounts not
seen; "next period" groups the held-out rows, which come a horizon later, when the market has moved on.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from features.simulation import import_simulated, true_probability
from models.boosted import raw_log_odds
from models.calibration import VennAbersBand
from training.arms.boosted import fit_model
from training.calibrate import KINDS, fit_calibration
from training.material import gather
from training.spec import read_spec
from training.weights import training_weights

GROUPS = 10
QUICK = {"folds": 4, "model": {"learning_rate": 0.1, "n_estimators": 300, "n_jobs": 1}}


def in_band(band: VennAbersBand, total: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return for each group of like totals whether its true mean lies in the band, below it or above: 0, -1, 1."""
    low, high = band.interval(total)
    found = []
    for group in np.array_split(np.argsort(total, kind="stable"), GROUPS):
        mean = truth[group].mean()
        found.append(-1 if mean < low[group].mean() else int(mean > high[group].mean()))
    return np.array(found)


def losses(total: np.ndarray, truth: np.ndarray, fitted: dict[str, object]) -> dict[str, float]:
    """Return what each calibration loses in expectation under the truth, above what the truth itself loses."""

    def loss(p: np.ndarray) -> float:
        return float(-(truth * np.log(p) + (1 - truth) * np.log1p(-p)).mean())

    return {name: loss(one.probability(total)) - loss(truth) for name, one in fitted.items()}


def one_market(leads: int, seed: int, folder: Path) -> tuple[dict[str, np.ndarray], dict[str, float], str]:
    dataset = import_simulated(leads, seed, folder / "data")
    spec = read_spec("default", **QUICK)
    material = gather(dataset, spec)
    rows, parts = material.rows, material.parts
    trees = fit_model(material, spec)
    weight, label = training_weights(material, spec, parts.late), rows.label[parts.late]
    truth = true_probability(folder / "data", material.history.lead_ids[rows.lead], rows.as_of, spec.horizon_us)
    band = VennAbersBand.fit(trees.grown.late, label, weight, rows.cluster[parts.late])
    total = raw_log_odds(trees.grown.booster, material.matrix[parts.test, : material.width])
    fitted = {kind: fit_calibration(kind, trees.grown.late, label, weight) for kind in KINDS}
    sound = np.isfinite(truth[parts.test])
    held = {
        "same time": in_band(band, trees.grown.late, truth[parts.late]),
        "next period": in_band(band, total[sound], truth[parts.test][sound]),
    }
    return held, losses(total[sound], truth[parts.test][sound], fitted), trees.chosen.calibration.kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=6)
    parser.add_argument("--leads", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=100)
    given = parser.parse_args()
    held: dict[str, list[np.ndarray]] = {"same time": [], "next period": []}
    lost, chosen = [], []
    for number in range(given.markets):
        with tempfile.TemporaryDirectory() as folder:
            found, loss, kind = one_market(given.leads, given.seed + number, Path(folder))
        for name, inside in found.items():
            held[name].append(inside)
        lost.append(loss)
        chosen.append(kind)
        print(f"market {number + 1} of {given.markets}: chosen {kind}", flush=True)
    table = pd.DataFrame(
        {
            name: {
                "groups": np.size(inside),
                "truth in the 90 % band": f"{np.mean(np.asarray(inside) == 0):.1%}",
                "below it": f"{np.mean(np.asarray(inside) < 0):.1%}",
                "above it": f"{np.mean(np.asarray(inside) > 0):.1%}",
            }
            for name, inside in held.items()
        }
    ).T
    print(
        f"\n{given.markets} simulated markets of {given.leads:,} leads, {GROUPS} groups of like scores in each\n"
    )
    print(table.to_string())
    print("\nlog loss above the truth's own on the held-out rows, mean over markets, and how often it was chosen")
    frame = pd.DataFrame(lost)
    for kind in KINDS:
        print(f"{kind:12s} {frame[kind].mean():.5f}   chosen {chosen.count(kind)} times")


if __name__ == "__main__":
    main()
