"""One fit from candidates to whole points for each number of rules, on some of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.distil.fits import Sums, cells_of
from training.distil.rounding import Rounded, round_points
from training.distil.search import Search, Support

if TYPE_CHECKING:
    from training.distil.pool import Pool
    from training.distil.scale import Scale


@dataclass(frozen=True)
class Learnt:
    """A support with its whole points: ``points`` int64 (k,), and the line from points to log-odds."""

    support: Support
    points: np.ndarray
    slope: float
    intercept: float
    loss: float

    def total(self, met: np.ndarray) -> np.ndarray:
        """Return the points of rows, float64 (n,), from the candidates that they meet, uint8 (p, n)."""
        if not len(self.points):
            return np.zeros(met.shape[1])
        return self.points.astype(np.float64) @ met[list(self.support.rules)]

    def log_odds(self, met: np.ndarray) -> np.ndarray:
        """Return the log-odds of rows, float64 (n,)."""
        return self.intercept + self.slope * self.total(met)


def learn_path(
    pool: Pool,
    rows: np.ndarray,
    weight: np.ndarray,
    target: np.ndarray,
    fit: int,
    most: int,
    scale: Scale,
    allow_negative: bool = False,
    account: np.ndarray | None = None,
    priced: bool = True,
) -> list[Learnt]:
    """Learn cards of 0, 1, ... rules on some of the pool's rows, a mask (n,).

    ``weight`` and ``target`` (n,) are the rows' weights and labels or probabilities; ``fit`` is the bit of the
    candidates that this fit may use; ``priced`` ends the path where further rules tell too little,
    given which rows decide together: ``account`` int64 (n,).
    """
    met = np.ascontiguousarray(pool.met[:, rows])
    sums = Sums(weight[rows], weight[rows] * target[rows], None if account is None else account[rows])
    search = Search(pool, met, sums, (pool.fits >> fit & 1) > 0, allow_negative, priced)
    return [_rounded(support, met, sums, scale) for support in search.path(most)]


def _rounded(support: Support, met: np.ndarray, sums: Sums, scale: Scale) -> Learnt:
    own = met[list(support.rules)]
    cells = cells_of(own, sums)
    base = float(support.coefficients[0])
    if not support.rules:
        return Learnt(support, np.zeros(0, np.int64), 0.0, base, support.loss)
    per_log_odds = scale.per_log_odds(base + support.coefficients[1:] @ own) / scale.step
    found: Rounded = round_points(cells, support.coefficients, per_log_odds)
    return Learnt(support, found.units * scale.step, found.slope / scale.step, found.intercept, found.loss)
