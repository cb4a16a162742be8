"""How often the 95 % intervals hold what they are to hold: a thousand small markets whose true figures are known.

``python -m benchmarks.coverage`` draws rows directly, since what is asked is the resampling and not the training:
accounts that share a buying decision, leads of theirs with one outcome each, looked at several times, and two
scorers of them, a fine one and a rounded card. What a scorer's true AUC or log loss is, and what the true
difference of the two, is read off one sample so large that it has no luck of its own to speak of. A thousand
markets, since with 200 a method that covers 95 % comes out anywhere from 92 to 98 in one cell, and further in
some of twelve.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.progress import track
from rich.table import Table
from scipy.special import expit
from scipy.stats import norm

from benchmarks.page import write_section
from leadquality.console import errors, out
from training.bootstrap import ArmStatistic, account_codes, expanded_interval, percentile_interval, resample
from training.metrics import METRICS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.95
#: Hits at a capacity depend on the size of the market, and have no true value of their own.
NAMES = tuple(metric.name for metric in METRICS if metric.name != "found_at_capacity")
#: Accounts of the sample that stands for the truth.
TRUTH_ACCOUNTS = 300_000
METHODS = ("percentile", "expanded", "normal")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"


def draw_rows(accounts: int, rng: np.random.Generator) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
    """Return the columns ``account``, ``fine`` and ``rounded`` of simulated rows, and their labels, each (n,).

    An account has one to four leads and a disposition that they share; a lead has one to five rows and one
    outcome, of which some rows are too early or too late to have it within their horizon. About 5 % are positive.
    """
    leads_of = rng.integers(1, 5, accounts)
    account = np.repeat(np.arange(accounts), leads_of)
    disposition = rng.normal(0, 0.7, accounts)[account]
    seen = rng.normal(0, 1.0, len(account))
    won = rng.random(len(account)) < expit(-3.1 + disposition + 1.1 * seen)
    rows_of = rng.integers(1, 6, len(account))
    lead = np.repeat(np.arange(len(account)), rows_of)
    label = won[lead] & (rng.random(len(lead)) < 0.7)
    fine = 1.1 * seen[lead] + 0.4 * disposition[lead] + rng.normal(0, 0.4, len(lead)) - 3.3
    rounded = np.round(1.5 * (0.7 * seen[lead] + rng.normal(0, 0.6, len(lead))))
    return {"account": account[lead], "fine": fine, "rounded": rounded}, label


def statistics_of(columns: dict[str, NDArray[Any]], label: NDArray[np.bool_]) -> tuple[list[ArmStatistic], int]:
    """Return both scorers' figures as functions of account counts, and how many accounts there are."""
    codes = account_codes(columns["account"], columns["account"])
    arms = {"fine": expit(columns["fine"]), "rounded": expit(0.6 * columns["rounded"] - 3.2)}
    nothing = np.zeros(len(label), bool)
    made = [ArmStatistic(columns[name], p, label, codes, nothing) for name, p in arms.items()]
    return made, int(codes.max()) + 1


def figures(statistics: list[ArmStatistic], counts: Floats) -> Floats:
    """Return the fine scorer's figures, the rounded one's, and fine minus rounded: (3, figures)."""
    fine, rounded = (statistic(counts)[: len(NAMES)] for statistic in statistics)
    return np.stack([fine, rounded, fine - rounded])


def intervals(found: Floats, draws: Floats, positive_accounts: int) -> dict[str, tuple[Floats, Floats]]:
    """Return each method's ends, (3, figures), from the estimates and the replicates (replicates, 3, figures)."""
    half = norm.ppf(0.5 + LEVEL / 2) * draws.std(axis=0, ddof=1)
    return {
        "percentile": percentile_interval(draws, LEVEL),
        "expanded": expanded_interval(draws, positive_accounts, LEVEL),
        "normal": (found - half, found + half),
    }


def measure(accounts: int, markets: int, replicates: int, seed: int) -> pd.DataFrame:
    """Return coverage by method, scorer and figure for markets of so many accounts.

    Columns: ``method``, ``of`` (fine, rounded, difference), ``figure``, ``held`` (share of the markets whose
    interval holds the truth), ``below`` and ``above`` (where the truth lay else), ``opportunities`` (mean rows).
    """
    truth_statistics, all_accounts = statistics_of(*draw_rows(TRUTH_ACCOUNTS, np.random.default_rng([seed, 0])))
    truth = figures(truth_statistics, np.ones(all_accounts))
    place: dict[str, list[Floats]] = {method: [] for method in METHODS}
    positives = []
    numbers = range(1, markets + 1)
    for number in track(numbers, f"markets of {accounts} accounts", console=errors, transient=True):
        columns, label = draw_rows(accounts, np.random.default_rng([seed, number]))
        statistics, known = statistics_of(columns, label)
        found = figures(statistics, np.ones(known))
        draws = resample(partial(figures, statistics), known, replicates, seed + number)
        with_one = len(np.unique(columns["account"][label]))
        for method, (low, high) in intervals(found, draws, with_one).items():
            place[method].append(np.where(truth < low, -1, np.where(truth > high, 1, 0)))
        positives.append(int(label.sum()))
    rows = []
    for method in METHODS:
        where = np.stack(place[method])
        for i, of in enumerate(("fine", "rounded", "difference")):
            for j, name in enumerate(NAMES):
                shares = {side: float((where[:, i, j] == at).mean()) for side, at in _SIDES.items()}
                rows.append({"method": method, "of": of, "figure": name, **shares})
    return pd.DataFrame(rows).assign(accounts=accounts, opportunities=float(np.mean(positives)))


_SIDES = {"held": 0, "below": -1, "above": 1}
_SHOWN = ("auc", "log_loss", "brier", "average_precision", "calibration_slope", "found_top_10")


def table_rows(frame: pd.DataFrame) -> list[list[str]]:
    """Return a line for each size, method and scorer: the coverage of each shown figure in per cent."""
    lines = []
    for (accounts, method, of), own in frame.groupby(["accounts", "method", "of"], sort=False):
        held = own.set_index("figure")["held"]
        positives = own["opportunities"].iloc[0]
        cells = [f"{100 * held[name]:.1f}" for name in _SHOWN]
        lines.append([f"{accounts:,}", f"{positives:.0f}", str(method), str(of), *cells])
    return lines


HEADING = ["accounts", "positive rows", "method", "of", *(name.replace("_", " ") for name in _SHOWN)]


def section(frame: pd.DataFrame, markets: int, replicates: int) -> str:
    """Return the section of docs/results.md."""
    core = frame[(frame["method"] == "expanded") & frame["figure"].isin(["auc", "log_loss"])]
    lowest, highest = 100 * core["held"].min(), 100 * core["held"].max()
    luck = 196 * np.sqrt(LEVEL * (1 - LEVEL) / markets)
    lines = [f"| {' | '.join(HEADING)} |", "| ---: | ---: | --- | --- " + "| ---: " * len(_SHOWN) + "|"]
    lines += [f"| {' | '.join(cells)} |" for cells in table_rows(frame)]
    return "\n".join(
        [
            "## Do the intervals hold what they claim?",
            "",
            f"`python -m benchmarks.coverage --markets {markets}`: {markets} small markets of clustered rows for "
            f"each size, {replicates} resamples of accounts each, nominal 95 %. Cells: per cent of the markets "
            "whose interval holds the true figure, of a fine scorer, of a rounded card, of their difference. An "
            f"exact 95 % would come out within {LEVEL * 100 - luck:.1f} to {LEVEL * 100 + luck:.1f} in 19 of 20 "
            "cells. "
            "`expanded` is what the product prints; `percentile` and `normal` are what else it might.",
            "",
            f"AUC, log loss and their differences, expanded: {lowest:.1f} to {highest:.1f} %.",
            "",
            *lines,
            "",
        ]
    )


def main() -> None:
    """Measure, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=1000)
    parser.add_argument("--accounts", type=int, nargs="*", default=[200, 600])
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    found = [measure(accounts, given.markets, given.replicates, given.seed) for accounts in given.accounts]
    frame = pd.concat(found, ignore_index=True)
    table = Table(title="Per cent of markets whose 95 % interval holds the truth", box=SIMPLE, padding=0)
    for name in HEADING:
        table.add_column(name, justify="right")
    for cells in table_rows(frame):
        table.add_row(*cells)
    out.print(table)
    if given.write:
        write_section(given.write, section(frame, given.markets, given.replicates))


if __name__ == "__main__":
    main()
