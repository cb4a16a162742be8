"""How often leads become opportunities with a rule and without it, with intervals over accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.bootstrap import percentile_interval, resample
from training.comparison import Estimate

if TYPE_CHECKING:
    from training.rules.rows import RuleRows


@dataclass(frozen=True)
class Rates:
    """Shares of rows with an opportunity, leads weighing alike: where a rule is met, and where not."""

    with_rule: Estimate
    without: Estimate


def opportunity_rates(rows: RuleRows, replicates: int = 500, seed: int = 0) -> list[Rates]:
    """Return each rule's rates with the 95 % intervals of accounts drawn anew, the same draws for both.

    A rate that does not exist, since all or none meet the rule, is NaN.
    """
    met = rows.met.astype(np.float64)
    heard, won = rows.weight, rows.weight * rows.label
    columns = [met * won[:, None], met * heard[:, None], (1 - met) * won[:, None], (1 - met) * heard[:, None]]
    sums = np.zeros((rows.accounts, 4 * met.shape[1]))
    np.add.at(sums, rows.account, np.hstack(columns))

    def rates(counts: np.ndarray) -> np.ndarray:
        won_with, with_rule, won_without, without = np.split(counts @ sums, 4)
        return np.concatenate([_share(won_with, with_rule), _share(won_without, without)])

    value = rates(np.ones(rows.accounts))
    low, high = percentile_interval(resample(rates, rows.accounts, replicates, seed))
    ends = [Estimate(*map(float, one)) for one in zip(value, low, high, strict=True)]
    half = met.shape[1]
    return [Rates(ends[j], ends[half + j]) for j in range(half)]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 1e-12)
