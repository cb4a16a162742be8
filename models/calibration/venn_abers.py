"""Venn-Abers calibration: isotonic regression asked twice, once as if the lead converted and once as if not."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from models.calibration.isotonic_steps import two_probabilities
from models.calibration.log_odds import bounded
from models.calibration.logistic_fit import checked


class VennAbers(BaseModel):
    """Inductive Venn-Abers prediction (Vovk and Petej 2014, UAI), kept as two step functions of the total.

    For a lead with total s, ``p1(s)`` is what isotonic regression on the calibration rows and (s, positive) says
    at s, and ``p0(s)`` the same with (s, negative). The probability is ``p1 / (1 - p0 + p1)``, which is what
    loses least whichever of the two is right. Both never fall as s rises, and neither does the probability.

    ``p0`` is ``low[k]`` from the total ``low_from[k]`` on; ``p1`` is ``high[k]`` up to the total
    ``high_until[k]``. A total outside the calibration rows' is taken for their nearest: beyond them the formula
    knows nothing, and would give a lead one hair above the best-seen total a probability of at least one half.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["venn_abers"] = "venn_abers"
    low_from: tuple[float, ...]
    low: tuple[float, ...]
    high_until: tuple[float, ...]
    high: tuple[float, ...]

    @model_validator(mode="after")
    def _are_steps(self) -> Self:
        for at, value in ((self.low_from, self.low), (self.high_until, self.high)):
            if len(at) != len(value) or not at or (np.diff(at) <= 0).any() or (np.diff(value) < 0).any():
                raise ValueError("the steps of a Venn-Abers calibration must rise, one value a place")
        if min(self.high) <= 0 or max(self.low) >= 1:
            raise ValueError("p1 must lie above 0 and p0 below 1")
        return self

    @classmethod
    def fit(cls, total: np.ndarray, label: np.ndarray, weight: np.ndarray | None = None) -> Self:
        """Fit to totals (n,) of any scale, labels (n,) and row weights (n,), taken to have mean 1.

        The lead that is asked for weighs 1, as an average row.

        Raises
        ------
        ValueError
            All labels are equal, so there is nothing to fit.

        """
        y, w = checked(label, weight)
        places, row = np.unique(bounded(total), return_inverse=True)
        weights = np.bincount(row, weights=w).astype(np.float64)
        positives = np.minimum(np.bincount(row, weights=w * y), weights).astype(np.float64)
        p0, p1 = two_probabilities(weights, positives)
        starts = np.flatnonzero(np.append(True, np.diff(p0) > 0))
        ends = np.flatnonzero(np.append(np.diff(p1) > 0, True))
        return cls(
            low_from=tuple(places[starts].tolist()),
            low=tuple(p0[starts].tolist()),
            high_until=tuple(places[ends].tolist()),
            high=tuple(p1[ends].tolist()),
        )

    def both(self, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return p0 and p1, both float64 (n,)."""
        t = np.asarray(total, np.float64)
        low = np.searchsorted(self.low_from, t, side="right") - 1
        high = np.searchsorted(self.high_until, t, side="left")
        p0 = np.asarray(self.low)[np.maximum(low, 0)]
        return p0, np.asarray(self.high)[np.minimum(high, len(self.high) - 1)]

    def log_odds(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated log-odds, float64 (n,)."""
        p0, p1 = self.both(total)
        return np.log(p1) - np.log1p(-p0)

    def probability(self, total: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float64 (n,), strictly between 0 and 1."""
        p0, p1 = self.both(total)
        return p1 / (1.0 - p0 + p1)
