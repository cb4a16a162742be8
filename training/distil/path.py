"""What each further rule brings: cards of 1 to N rules, each fold scored by cards that did not see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.calibration import from_log_odds
from training.bootstrap import percentile_interval, resample
from training.comparison import Estimate
from training.distil.learn import Learnt, learn_path
from training.metrics import auc, row_losses

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.distil.pool import Pool
    from training.distil.scale import Scale

REPLICATES = 500


@dataclass(frozen=True)
class PathStep:
    """A card of so many rules: its rules' names, and log loss (nats) and AUC over accounts that it did not see.

    ``gain`` is how much lower the log loss is than with one rule fewer, with its 95 % interval; above 0 is better.
    """

    rules: int
    names: tuple[str, ...]
    points: tuple[int, ...]
    log_loss: float
    auc: float
    gain: Estimate


@dataclass(frozen=True)
class FoldedOut:
    """``log_odds`` float64 (N + 1, n) of each row by cards of 0 to N rules that did not see its account."""

    log_odds: np.ndarray


def fold_out(
    pool: Pool,
    fold: np.ndarray,
    weight: np.ndarray,
    target: np.ndarray,
    most: int,
    scale: Scale,
    allow_negative: bool,
    step: Callable[[str], None],
) -> FoldedOut:
    """Learn the path again without each fold of accounts and let it speak of that fold.

    ``fold`` int64 (n,) numbers each row's fold. A path that can go no further keeps its last card.
    """
    found = np.zeros((most + 1, len(fold)))
    for number in np.unique(fold):
        step(f"learning without fold {int(number) + 1} of the accounts")
        held = fold == number
        cards = learn_path(pool, ~held, weight, target, int(number) + 1, most, scale, allow_negative, priced=False)
        met = pool.met[:, held]
        for size in range(most + 1):
            found[size, held] = cards[min(size, len(cards) - 1)].log_odds(met)
    return FoldedOut(found)


def measure_path(
    cards: list[Learnt],
    out: FoldedOut,
    names: list[str],
    label: np.ndarray,
    weight: np.ndarray,
    codes: np.ndarray,
    seed: int,
) -> tuple[PathStep, ...]:
    """Measure each size over the rows by the cards that did not see their accounts, given as codes (n,)."""
    losses = np.array([row_losses(from_log_odds(log_odds), label)[0] for log_odds in out.log_odds])
    accounts = int(codes.max()) + 1
    sums = np.array([np.bincount(codes, weight * loss, accounts) for loss in losses])
    mass = np.bincount(codes, weight, accounts)

    def means(counts: np.ndarray) -> np.ndarray:
        return (sums @ counts) / (mass @ counts)

    value = means(np.ones(accounts))
    draws = resample(means, accounts, REPLICATES, seed)
    low, high = percentile_interval(draws[:, :-1] - draws[:, 1:])
    steps = []
    for size, card in enumerate(cards[1:], start=1):
        gain = Estimate(float(value[size - 1] - value[size]), float(low[size - 1]), float(high[size - 1]))
        rules = tuple(names[i] for i in card.support.rules)
        points = tuple(int(p) for p in card.points)
        ranked = auc(out.log_odds[size], label, weight)
        steps.append(PathStep(size, rules, points, float(value[size]), ranked, gain))
    return tuple(steps)
