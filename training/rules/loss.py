"""The log loss of a card with other points, its total turned into a probability by a line fitted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from models.card.points import points_of
from training.metrics import row_losses
from training.rules.points import with_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.rules.rows import RuleRows

_STEPS, _TOLERANCE = 50, 1e-10


class PointsTable:
    """Rows of like units put together: what any points would give them, at the price of the distinct rows alone.

    Changes are given as rule numbers with their new points.
    """

    def __init__(self, rows: RuleRows) -> None:
        self.card = rows.card
        kind = pd.DataFrame(rows.units).groupby(list(range(rows.units.shape[1])), sort=False).ngroup().to_numpy()
        _, first = np.unique(kind, return_index=True)
        self.reads = rows.reads[first]
        self.weight = np.bincount(kind, weights=rows.weight)
        self.won = np.bincount(kind, weights=rows.weight * rows.label)
        self._points = rows.points[first]
        self._columns: dict[tuple[int, int], np.ndarray] = {}

    def total(self, changes: Mapping[int, int]) -> np.ndarray:
        """Return the totals of the distinct rows, float64 (u,), with all caps."""
        return changed_total(self, self._points, changes)

    def column(self, rule: int, points: int) -> np.ndarray:
        """Return what a rule gives the distinct rows with other points, int64 (u,)."""
        if (rule, points) not in self._columns:
            other = with_points(self.card.card.rules[rule], points)
            self._columns[rule, points] = points_of(other, self.reads[:, rule])
        return self._columns[rule, points]

    def line(self, changes: Mapping[int, int]) -> tuple[float, float]:
        """Return intercept and log-odds a point of the line from the total to the log-odds."""
        return self._fitted(changes)[:2]

    def loss(self, changes: Mapping[int, int]) -> float:
        """Return the mean log loss of the card with changes, leads weighing alike."""
        return self._fitted(changes)[2]

    def _fitted(self, changes: Mapping[int, int]) -> tuple[float, float, float]:
        total = self.total(changes).astype(np.int64)
        place = total - total.min()
        weight, won = (np.bincount(place, weights=part) for part in (self.weight, self.won))
        kept = weight > 0
        value = np.flatnonzero(kept) + float(total.min())
        return fit_line(value, won[kept], weight[kept])


def changed_total(table: PointsTable, points: np.ndarray, changes: Mapping[int, int]) -> np.ndarray:
    """Return totals (u,) of rule points (u, rules) in which the columns of changed rules are replaced."""
    if not changes:
        return table.card.total_of(points)
    points = points.copy()
    for rule, given in changes.items():
        points[:, rule] = table.column(rule, given)
    return table.card.total_of(points)


def total_with(rows: RuleRows, changes: Mapping[int, int]) -> np.ndarray:
    """Return the total of each row, float64 (n,), where some rules have other points."""
    points = rows.points.copy()
    for rule, given in changes.items():
        points[:, rule] = points_of(with_points(rows.rules[rule], given), rows.reads[:, rule])
    return rows.card.total_of(points)


def losses_with(rows: RuleRows, changes: Mapping[int, int], line: tuple[float, float]) -> np.ndarray:
    """Return each row's log loss, float64 (n,), under a line fitted elsewhere."""
    return row_losses(expit(line[0] + line[1] * total_with(rows, changes)), rows.label > 0)[0]


def fit_line(total: np.ndarray, won: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Return intercept, slope and mean log loss of the likeliest line; each argument is (u,).

    A slope below 0 is returned as it is; totals that are all alike have slope 0.
    """
    middle = float(np.average(total, weights=weight))
    spread = float(np.sqrt(np.average((total - middle) ** 2, weights=weight)))
    x = (total - middle) / spread if spread > 0 else np.zeros(len(total))
    rate = float(won.sum() / weight.sum())
    a, b = float(np.log(rate / (1 - rate))), 0.0
    for _ in range(_STEPS):
        p = expit(a + b * x)
        v = weight * p * (1 - p)
        error = won - weight * p
        # A trace of ridge on the slope: without spread, or perfectly told apart, it stays finite.
        hessian = np.array([[v.sum(), v @ x], [v @ x, v @ (x * x) + 1e-6 * weight.sum()]])
        step = np.linalg.solve(hessian, np.array([error.sum(), error @ x - 1e-6 * weight.sum() * b]))
        a, b = a + step[0], b + step[1]
        if np.abs(step).max() < _TOLERANCE:
            break
    log_odds = a + b * x
    loss = float((weight * np.logaddexp(0, log_odds) - won * log_odds).sum() / weight.sum())
    slope = b / spread if spread > 0 else 0.0
    return a - slope * middle, slope, loss
