"""Two markets in which a model must find nothing: outcomes shuffled, and outcomes that follow the agreed card.

``python -m benchmarks.null_test`` takes the rows of a simulated market with all their features and gives them
other outcomes. Shuffled within each month, they have nothing to do with anything that is known, and every scorer's
AUC must be 0.5 within its interval, on the held-out rows and in the backtest. Drawn from the card's points, they
leave nothing that the card does not know, and the recommendation must be to keep the card.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.table import Table
from scipy.special import expit

from benchmarks.page import write_section
from features.facts.publish import silent
from features.simulation import import_simulated
from leadquality.console import out, steps
from training.backtest.folds import rolling_folds
from training.backtest.run import run_backtest
from training.fit import fit_all
from training.material import gather
from training.spec import read_spec
from training.train import compare_on, recommend_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.comparison import Comparison
    from training.material import Material
    from training.recommend import Recommendation
    from training.spec import TrainingSpec

PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"
#: Of the market that the card made: log-odds a point, and the share of rows with an opportunity.
PER_POINT, RATE = 0.05, 0.08


@dataclass(frozen=True)
class Outcome:
    """What the pipeline says of a market: on the held-out rows, pooled over the backtest, and what to use."""

    held_out: Comparison
    backtest: Comparison
    recommendation: Recommendation


def shuffled_within_month(material: Material, horizon: int, seed: int = 0) -> Material:
    """Return the material with the waiting times until an opportunity shuffled among the rows of each month (UTC).

    The base rate of a month stays, and which rows are decided: that depends on ``as_of`` alone.
    """
    rows = material.rows
    rng = np.random.default_rng(seed)
    month = rows.as_of.astype("datetime64[us]").astype("datetime64[M]")
    waited = np.where(rows.outcome >= 0, rows.outcome - rows.as_of, -1)
    for one in np.unique(month):
        own = np.flatnonzero(month == one)
        waited[own] = waited[rng.permutation(own)]
    return _with_outcomes(material, waited, horizon)


def drawn_from_card(material: Material, horizon: int, seed: int = 0) -> Material:
    """Return the material with opportunities drawn from the card's points, each at any time within the horizon."""
    if material.card is None:
        raise ValueError("this training has no card to draw from")
    rng = np.random.default_rng(seed)
    probability = with_mean(PER_POINT * material.card.total(material.card_matrix), RATE)
    won = rng.random(len(probability)) < probability
    waited = np.where(won, (rng.random(len(won)) * horizon).astype(np.int64), -1)
    return _with_outcomes(material, waited, horizon)


def with_mean(log_odds: np.ndarray, mean: float) -> np.ndarray:
    """Return probabilities (n,) whose log-odds are those given, moved alike so that their mean is as wanted."""
    low, high = -50.0, 50.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(log_odds + middle).mean() < mean else (low, middle)
    return expit(log_odds + low)


def _with_outcomes(material: Material, waited: np.ndarray, horizon: int) -> Material:
    """Put in waiting times (n,) in microseconds, -1 for none; what came after the observed period is not seen."""
    rows, until = material.rows, material.dataset.observed_until
    outcome = np.where((waited >= 0) & (rows.as_of + waited <= until), rows.as_of + waited, -1)
    moved = replace(rows, outcome=outcome)
    return replace(material, rows=replace(moved, label=moved.label_at(horizon, until)))


def put_through(material: Material, spec: TrainingSpec, step: Callable[[str], None] = silent) -> Outcome:
    """Backtest, train, compare on the held-out rows and recommend, as a training does.

    Raises
    ------
    ValueError
        No origin can be used.

    """
    backtest = run_backtest(
        material, spec, rolling_folds(material.rows, material.history, material.parts, spec), None, step
    )
    if backtest is None:
        raise ValueError("this market is too small for a backtest")
    said = recommend_from(material, spec, backtest)
    return Outcome(compare_on(material, fit_all(material, spec, step), spec), backtest.pooled, said)


def _lines(name: str, outcome: Outcome) -> list[list[str]]:
    lines = []
    for arm in outcome.held_out.arms:
        cells = [name, arm]
        for comparison in (outcome.backtest, outcome.held_out):
            auc, loss = comparison.estimates[arm]["auc"], comparison.estimates[arm]["log_loss"]
            cells += [f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})", f"{loss.value:.4f}"]
        lines.append([*cells, "recommended" if arm == outcome.recommendation.arm else ""])
    return lines


HEADING = ("market", "arm", "AUC, backtest", "log loss", "AUC, held out", "log loss", "")


def held(shuffles: list[Outcome]) -> list[str]:
    """Return for each arm in how many shuffles the AUC's 95 % interval holds 0.5, in a sentence."""
    said = []
    for arm in shuffles[0].held_out.arms:
        counts = []
        for comparisons in ([one.backtest for one in shuffles], [one.held_out for one in shuffles]):
            aucs = [comparison.estimates[arm]["auc"] for comparison in comparisons]
            inside = sum(auc.low <= 0.5 <= auc.high for auc in aucs)
            counts.append(f"{inside} of {len(aucs)} (mean {sum(auc.value for auc in aucs) / len(aucs):.3f})")
        said.append(
            f"- {arm}: 0.5 is within the interval in {counts[0]} backtests and {counts[1]} held-out periods."
        )
    return said


def section(outcomes: dict[str, Outcome], shuffles: list[Outcome], leads: int) -> str:
    """Return the section of docs/results.md."""
    lines = [line for name, outcome in outcomes.items() for line in _lines(name, outcome)]
    said = [f"- {name}: {outcome.recommendation.sentence}" for name, outcome in outcomes.items()]
    return "\n".join(
        [
            "## Markets in which there is nothing to find",
            "",
            f"`python -m benchmarks.null_test --leads {leads} --shuffles {len(shuffles)}`: the rows and features "
            "of a simulated market with other outcomes, put through the whole of a training. Shuffled within each "
            "month, AUC must be 0.5 within its interval; drawn from the points of the example card, the card must "
            "be kept (as it is, or recalibrated).",
            "",
            f"| {' | '.join(HEADING)} |",
            "| --- " * len(HEADING) + "|",
            *(f"| {' | '.join(line)} |" for line in lines),
            "",
            *said,
            "",
            f"Of {len(shuffles)} shuffles, the first of which is above:",
            "",
            *held(shuffles),
            "",
        ]
    )


def main() -> None:
    """Make both markets, put them through, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shuffles", type=int, default=10, help="how often outcomes are shuffled")
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    spec = read_spec("default", card="b2b_example", seed=given.seed)
    with tempfile.TemporaryDirectory() as folder, steps() as step:
        step("simulating")
        material = gather(import_simulated(given.leads, given.seed + 1, Path(folder) / "data"), spec, step)
        shuffles = [
            put_through(shuffled_within_month(material, spec.horizon_us, given.seed + number), spec, step)
            for number in range(given.shuffles)
        ]
        outcomes = {
            "shuffled within month": shuffles[0],
            "drawn from the card": put_through(drawn_from_card(material, spec.horizon_us, given.seed), spec, step),
        }
    table = Table(box=SIMPLE, padding=0)
    for name in HEADING:
        table.add_column(name)
    for name, outcome in outcomes.items():
        for line in _lines(name, outcome):
            table.add_row(*line)
    out.print(table)
    for outcome in outcomes.values():
        out.print(outcome.recommendation.sentence)
    out.print("\n".join(held(shuffles)))
    if given.write:
        write_section(given.write, section(outcomes, shuffles, given.leads))


if __name__ == "__main__":
    main()
