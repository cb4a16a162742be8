"""Two scorers' log loss and AUC on some of the rows, and the difference with its interval.

The same resamples of accounts for both, as in :mod:`training.comparison`; only the two measures that a verdict
rests on, so that it can be done for each of many segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.stats import norm

from training.bootstrap import ArmStatistic, account_codes, expanded_interval, resample
from training.comparison import NAMES, Estimate

if TYPE_CHECKING:
    from training.compare.ground import Ground
    from training.compare.side import Side

#: Which way is better: the sign of a difference that speaks for the first scorer.
BETTER = {"log_loss": -1, "auc": 1}
_PLACES = [NAMES.index(name) for name in BETTER]
#: Leads with an opportunity below which no interval is worth printing.
FEWEST = 5


@dataclass(frozen=True)
class Paired:
    """A measure of both, ``a`` minus ``b`` with its 95 % interval, and the standard error of that difference."""

    metric: str
    a: float
    b: float
    difference: Estimate
    error: float

    def standing(self, tests: int = 1) -> Literal["better", "worse", "unclear"]:
        """Say whether ``a`` is clearly better or worse when so many differences are looked at together.

        One difference is judged by its interval. Of twenty, one would stray from 0 by chance; therefore the
        errors of all together are held to 5 % (Bonferroni).
        """
        low, high = self.difference.low, self.difference.high
        if not low * high > 0:
            return "unclear"
        if tests > 1 and not abs(self.difference.value) > norm.isf(0.025 / tests) * self.error:
            return "unclear"
        return "better" if low * BETTER[self.metric] > 0 else "worse"

    @property
    def lean(self) -> float:
        """The difference in standard errors, above 0 where ``a`` is better; 0 where there is no error."""
        return float(self.difference.value / self.error) * BETTER[self.metric] if self.error > 0 else 0.0


@dataclass(frozen=True)
class Part:
    """Some of the held-out rows and how both scorers do there; ``measures`` is empty where they are too few."""

    rows: int
    leads: int
    accounts: int
    opportunities: int
    measures: dict[str, Paired]

    def counts(self) -> dict[str, int]:
        """Return the numbers that stand behind the measures."""
        return {name: getattr(self, name) for name in ("rows", "leads", "accounts", "opportunities")}


def measure_part(ground: Ground, a: Side, b: Side, chosen: np.ndarray, replicates: int = 500) -> Part:
    """Measure both on the held-out rows under a mask, bool (held,)."""
    held, leads = ground.held.take(chosen), ground.lead_ids[chosen]
    positive = held.label == 1
    opportunities = len(set(leads[positive]))
    codes = account_codes(ground.accounts[chosen], leads)
    accounts = int(codes.max(initial=-1)) + 1
    measures: dict[str, Paired] = {}
    if opportunities >= FEWEST and not positive.all():
        weight = ground.weight[chosen]
        statistics = [_statistic(side, chosen, positive, codes, weight) for side in (a, b)]
        units = len(np.unique(codes[positive]))
        measures = _measures(statistics, accounts, units, replicates, ground.spec.seed)
    return Part(len(held), len(set(leads)), accounts, opportunities, measures)


def _statistic(
    side: Side, chosen: np.ndarray, positive: np.ndarray, codes: np.ndarray, weight: np.ndarray
) -> ArmStatistic:
    nothing = np.zeros(len(positive), bool)
    return ArmStatistic(side.score[chosen], side.probability[chosen], positive, codes, nothing, weight)


def _measures(
    statistics: list[ArmStatistic], accounts: int, units: int, replicates: int, seed: int
) -> dict[str, Paired]:
    def both(counts: np.ndarray) -> np.ndarray:
        return np.array([statistic(counts)[_PLACES] for statistic in statistics])

    value = both(np.ones(accounts))
    draws = resample(both, accounts, replicates, seed)
    gaps = draws[:, 0] - draws[:, 1]
    low, high = expanded_interval(gaps, units)
    error = np.nanstd(gaps, axis=0)
    return {
        name: Paired(
            name,
            float(value[0, i]),
            float(value[1, i]),
            Estimate(float(value[0, i] - value[1, i]), float(low[i]), float(high[i])),
            float(error[i]),
        )
        for i, name in enumerate(BETTER)
    }


def paired_dict(part: Part) -> dict[str, Any]:
    """Return a part's counts and measures as plain values."""
    return part.counts() | {
        name: {
            "a": found.a,
            "b": found.b,
            "difference": found.difference.value,
            "low": found.difference.low,
            "high": found.difference.high,
            "standing": found.standing(),
        }
        for name, found in part.measures.items()
    }
