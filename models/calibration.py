"""From a total to a probability: a line in log-odds, fitted on rows that the model did not learn from."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import expit

_STEPS = 60
_TOLERANCE = 1e-10


class LogitLine(BaseModel):
    """``log-odds = intercept + slope * total`` (Platt 1999, on the model's own log-odds or on points).

    A line keeps contributions additive: what a feature added to the total, times the slope, is what it added
    to the calibrated log-odds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    intercept: float

    @classmethod
    def fit(cls, total: np.ndarray, label: np.ndarray, *, prior_slope: float | None = None) -> Self:
        """Fit by penalised maximum likelihood.

        Parameters
        ----------
        total
            float64 (n,), any scale; log-odds of a model or points of a card.
        label
            bool or 0/1 (n,).
        prior_slope
            Pulls the slope towards this value as ten more positives would, which keeps it sane where positives
            are few: 1 for log-odds of a model that is thought calibrated. ``None`` pulls towards 0.

        Raises
        ------
        ValueError
            All labels are equal, so there is nothing to fit.

        """
        y = np.asarray(label, np.float64)
        if y.min() == y.max():
            raise ValueError(f"all {len(y)} labels are {y[0]:.0f}; a calibration needs both outcomes")
        center, scale = float(np.mean(total)), float(np.std(total)) or 1.0
        x = (np.asarray(total, np.float64) - center) / scale
        target = (prior_slope or 0.0) * scale
        b, a = _newton(x, y, target)
        return cls(slope=b / scale, intercept=a - b * center / scale)

    def log_odds(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        return self.intercept + self.slope * np.asarray(total, np.float64)

    def probability(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float64 (n,), strictly between 0 and 1."""
        return from_log_odds(self.log_odds(total))


def from_log_odds(log_odds: np.ndarray) -> np.ndarray:
    """Return probabilities of log-odds, float64 (n,), kept off 0 and 1."""
    return np.clip(expit(log_odds), 1e-9, 1 - 1e-9)


def _newton(x: np.ndarray, y: np.ndarray, target: float) -> tuple[float, float]:
    """Return slope and intercept of the penalised logistic regression of y on standardised x."""
    rate = float(y.mean())
    # Information on the slope from ten positives at this base rate: rate * (1 - rate) * (10 / rate).
    penalty = 10.0 * (1.0 - rate)
    b, a = target, float(np.log(rate / (1 - rate)))
    for _ in range(_STEPS):
        p = expit(a + b * x)
        w = np.maximum(p * (1 - p), 1e-12)
        gradient = np.array([x @ (y - p) - penalty * (b - target), (y - p).sum()])
        hessian = np.array([[(w * x * x).sum() + penalty, (w * x).sum()], [(w * x).sum(), w.sum()]])
        step = np.linalg.solve(hessian, gradient)
        step = step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-12))
        b, a = b + step[0], a + step[1]
        if np.abs(step).max() < _TOLERANCE:
            break
    return float(b), float(a)
