"""Every arm beside the truth on a simulated market: ranking, probabilities, calibration and the 90 % band.

``python -m benchmarks.truth --leads 100000`` trains as ``leadquality train --card b2b_example`` does, on a market
whose true probabilities are known, and scores the held-out rows. Nothing is registered. Figures of one market:
another seed gives others.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.table import Table
from scipy.special import xlogy

from benchmarks.calibration import GROUPS, in_band
from benchmarks.page import write_section
from features.simulation import import_simulated, true_probability
from leadquality.console import out, steps
from models.boosted import raw_log_odds
from models.calibration import VennAbersBand
from training.arms.fit import fit_arms
from training.comparison import Arm, Comparison
from training.footing import footing
from training.material import gather
from training.side_by_side import compare_rows
from training.spec import read_spec
from training.weights import training_weights

if TYPE_CHECKING:
    from training.arms.boosted import FittedTrees
    from training.comparison import Estimate
    from training.material import Material
    from training.spec import TrainingSpec

PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"
#: How far the model's AUC may be from the truth's, and where its calibration slope should lie.
AUC_GOAL, SLOPE_GOAL = 0.01, (0.95, 1.05)
HEADING = (
    "arm",
    "AUC",
    "AUC − truth's",
    "log loss",
    "expected log loss − truth's",
    "calibration slope",
    "error by rows",
    "error by leads",
)


@dataclass(frozen=True)
class Measured:
    """One market measured: ``errors`` has per arm the mean absolute errors and the excess of the log loss.

    ``held`` tells for each group of like scores, at the calibration's time and in the next period, whether its
    true mean probability lies in the 90 % band (0), below (-1) or above (1).
    """

    leads: int
    seed: int
    comparison: Comparison
    errors: dict[str, tuple[float, float, float]]
    held: dict[str, np.ndarray]
    counts: dict[str, object]
    seconds: float


def errors_of(probability: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Return the mean absolute error by rows and by ``weight`` (n,), and the excess of the expected log loss.

    The excess is free of the labels' luck: on average over all outcomes that could have been.
    """
    p, error = np.asarray(probability, np.float64), np.abs(probability - truth)
    expected = -xlogy(truth, p) - xlogy(1 - truth, 1 - p)
    least = -xlogy(truth, truth) - xlogy(1 - truth, 1 - truth)
    return float(error.mean()), float(np.average(error, weights=weight)), float((expected - least).mean())


def band_of(material: Material, spec: TrainingSpec, trees: FittedTrees) -> VennAbersBand:
    """Return the band that the model would be kept with."""
    late = material.rows.take(material.parts.late)
    weight = training_weights(material, spec, material.parts.late)
    return VennAbersBand.fit(trees.late, late.label, weight, late.cluster, seed=spec.seed)


def measure(leads: int, seed: int) -> Measured:
    """Simulate, train and hold everything against the truth."""
    began = time.monotonic()
    spec = read_spec("default", card="b2b_example")
    with tempfile.TemporaryDirectory() as folder, steps() as step:
        step(f"simulating {leads:,} leads")
        material = gather(import_simulated(leads, seed, Path(folder) / "data"), spec, step)
        fitted = fit_arms(material, spec, from_card=False, step=step, on_round=step.round)
        step("holding the arms against the truth")
        rows, parts = material.rows, material.parts
        asked = parts.late | parts.test
        truth = np.full(len(rows), np.nan)
        ids = material.history.lead_ids[rows.lead[asked]]
        truth[asked] = true_probability(Path(folder) / "data", ids, rows.as_of[asked], spec.horizon_us)
    true = truth[parts.test]
    arms = {arm.name: arm.predict(parts.test) for arm in fitted.arms} | {"truth": Arm(true, true)}
    comparison = compare_rows(material, spec, parts.test, arms, reference="truth")
    weight = training_weights(material, spec, parts.test)
    band = band_of(material, spec, fitted.model)
    total = raw_log_odds(fitted.model.grown.booster, material.matrix[parts.test, : material.width])
    held = {
        "same time": in_band(band, fitted.model.late, truth[parts.late]),
        "next period": in_band(band, total, true),
    }
    errors = {name: errors_of(np.asarray(arm.probability), true, weight) for name, arm in arms.items()}
    return Measured(leads, seed, comparison, errors, held, footing(material), time.monotonic() - began)


def table_rows(measured: Measured) -> list[list[str]]:
    """Return a line for each arm, in the order of ``HEADING``."""
    lines = []
    for name, figures in measured.comparison.estimates.items():
        gap = measured.comparison.differences.get(name, {}).get("auc")
        by_rows, by_leads, excess = measured.errors[name]
        lines.append(
            [
                name,
                f"{figures['auc'].value:.4f}",
                "" if gap is None else _interval(gap, 4, "+"),
                f"{figures['log_loss'].value:.4f}",
                f"{excess:.4f}",
                _interval(figures["calibration_slope"], 2),
                f"{by_rows:.4f}",
                f"{by_leads:.4f}",
            ]
        )
    return lines


def _interval(estimate: Estimate, digits: int, sign: str = "") -> str:
    if np.isnan(estimate.value):
        return "–"
    return (
        f"{estimate.value:{sign}.{digits}f} ({estimate.low:{sign}.{digits}f} to {estimate.high:{sign}.{digits}f})"
    )


def verdicts(measured: Measured) -> list[str]:
    """Return a sentence for each goal: what was asked, and what came out."""
    gap = measured.comparison.differences["model"]["auc"]
    slope = measured.comparison.estimates["model"]["calibration_slope"].value
    own = measured.comparison.estimates["truth"]["calibration_slope"].value
    low, high = SLOPE_GOAL
    said = [
        f"AUC within {AUC_GOAL} of the truth's: {_met(abs(gap.value) <= AUC_GOAL)} ({_interval(gap, 4, '+')}).",
        f"Calibration slope {low} to {high}: {_met(low <= slope <= high)} ({slope:.3f}; the truth's own on these "
        f"rows, by the labels' luck: {own:.3f}).",
    ]
    for name, inside in measured.held.items():
        below, above = int((inside < 0).sum()), int((inside > 0).sum())
        said.append(
            f"90 % band, {name}: it holds the true mean of {int((inside == 0).sum())} of {GROUPS} groups of like "
            f"scores ({below} below, {above} above it)."
        )
    return said


def _met(met: bool) -> str:
    return "met" if met else "not met"


def section(measured: Measured) -> str:
    """Return the section of docs/results.md."""
    counts = measured.counts
    return "\n".join(
        [
            f"## Beside the truth: a simulated market of {measured.leads:,} leads",
            "",
            f"`python -m benchmarks.truth --leads {measured.leads} --seed {measured.seed}`. Learnt from "
            f"{counts['training_rows']:,} rows, tested on {counts['test_rows']:,} "
            f"({counts['test_opportunities']:,} positive). Errors are mean absolute ones of the probability "
            "against the true one; by leads, each lead counts the same.",
            "",
            f"| {' | '.join(HEADING)} |",
            "| --- " + "| ---: " * (len(HEADING) - 1) + "|",
            *(f"| {' | '.join(line)} |" for line in table_rows(measured)),
            "",
            *(f"- {sentence}" for sentence in verdicts(measured)),
            "",
        ]
    )


def main() -> None:
    """Measure one market, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    measured = measure(given.leads, given.seed)
    table = Table(title=f"{given.leads:,} leads, seed {given.seed}", box=SIMPLE, padding=0)
    for name in HEADING:
        table.add_column(name, justify="left" if name == "arm" else "right")
    for cells in table_rows(measured):
        table.add_row(*cells)
    out.print(table)
    for sentence in verdicts(measured):
        out.print(sentence)
    out.print(f"{measured.seconds:.0f} s in all")
    if given.write:
        write_section(given.write, section(measured))


if __name__ == "__main__":
    main()
