"""Beta calibration: a curve in log-odds that may bend differently at its two ends."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from models.calibration.log_odds import bounded, from_log_odds
from models.calibration.logistic_fit import checked, fit_logistic


class BetaCurve(BaseModel):
    """``log-odds = a ln p - b ln(1 - p) + c`` with the model's own ``p = expit(total)`` and ``a, b >= 0``.

    Kull, Silva Filho and Flach 2017 (AISTATS, "Beta calibration"). ``a = b = 1, c = 0`` changes nothing, which a
    line in the probability could not say; ``a = b`` is a line in log-odds. The slope lies between ``a`` (where
    p is near 0) and ``b`` (where it is near 1).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["beta"] = "beta"
    a: float = Field(ge=0)
    b: float = Field(ge=0)
    c: float

    @classmethod
    def fit(cls, total: np.ndarray, label: np.ndarray, weight: np.ndarray | None = None) -> Self:
        """Fit to log-odds of a model (n,), labels (n,) and row weights (n,); ``a`` and ``b`` are pulled to 1.

        A coefficient that would be negative is left out and the other fitted again, as in the paper.

        Raises
        ------
        ValueError
            All labels are equal, so there is nothing to fit.

        """
        y, w = checked(label, weight)
        design = _columns(total)
        (a, b), c = fit_logistic(design, y, w, np.ones(2))
        if a < 0 or b < 0:
            kept = 1 if a < 0 else 0
            single, c = fit_logistic(design[:, [kept]], y, w, np.ones(1))
            left = max(float(single[0]), 0.0)
            a, b = (left, 0.0) if kept == 0 else (0.0, left)
            if left == 0.0:
                rate = float(np.average(y, weights=w))
                c = float(np.log(rate / (1 - rate)))
        return cls(a=float(a), b=float(b), c=c)

    def log_odds(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        columns = _columns(total)
        # Not a matrix product, which rounds otherwise for one row than for many.
        return self.a * columns[:, 0] + self.b * columns[:, 1] + self.c

    def probability(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float64 (n,), strictly between 0 and 1."""
        return from_log_odds(self.log_odds(total))


def _columns(total: np.ndarray) -> np.ndarray:
    """Return ln p and -ln(1 - p) of log-odds (n,), float64 (n, 2); never through p itself, which rounds to 1."""
    t = bounded(total)
    return np.column_stack([-np.logaddexp(0.0, -t), np.logaddexp(0.0, t)])
