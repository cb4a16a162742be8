"""From a total to a probability: a line in log-odds, fitted on rows that the model did not learn from."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from models.calibration.log_odds import bounded, from_log_odds
from models.calibration.logistic_fit import checked, fit_logistic


class LogitLine(BaseModel):
    """``log-odds = intercept + slope * total`` (Platt 1999, on the model's own log-odds or on points).

    A line keeps contributions additive: what a feature added to the total, times the slope, is what it added
    to the calibrated log-odds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["line"] = "line"
    slope: float
    intercept: float

    @classmethod
    def fit(
        cls,
        total: np.ndarray,
        label: np.ndarray,
        weight: np.ndarray | None = None,
        *,
        prior_slope: float | None = None,
    ) -> Self:
        """Fit by penalised maximum likelihood.

        Parameters
        ----------
        total
            float64 (n,), any scale; log-odds of a model or points of a card.
        label
            bool or 0/1 (n,).
        weight
            What each row counts, (n,); only the ratios matter.
        prior_slope
            Pulls the slope towards this value as ten more positives would, which keeps it sane where positives
            are few: 1 for log-odds of a model that is thought calibrated. ``None`` pulls towards 0.

        Raises
        ------
        ValueError
            All labels are equal, so there is nothing to fit.

        """
        y, w = checked(label, weight)
        design = np.asarray(total, np.float64)[:, None]
        slope, intercept = fit_logistic(design, y, w, np.array([prior_slope or 0.0]))
        return cls(slope=float(slope[0]), intercept=intercept)

    def log_odds(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        return self.intercept + self.slope * bounded(total)

    def probability(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float64 (n,), strictly between 0 and 1."""
        return from_log_odds(self.log_odds(total))
