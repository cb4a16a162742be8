"""A 90 % interval for each lead's probability: how far Venn-Abers moves when other accounts had been seen."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from models.calibration.isotonic_steps import two_probabilities
from models.calibration.log_odds import bounded
from models.calibration.logistic_fit import checked

LEVEL = 0.90
RESAMPLES = 400
#: Most totals at which the band is kept, spread evenly over the calibration rows.
_PLACES = 256


class VennAbersBand(BaseModel):
    """Lower and upper bounds of a probability as step functions of the model's raw total.

    Accounts are drawn with replacement, all rows of an account together, and the Venn-Abers calibrator is fitted
    to each draw; ``low`` is the 5 % quantile of p0, ``high`` the 95 % quantile of p1. Like p0 and p1 both never
    fall as the total rises. What the band speaks of is the mean probability of leads with like totals, in a time
    like the calibration rows'; that the market moves on is not in it.

    At a total between two ``places`` the bounds are the wider of theirs: ``low`` of the one below, ``high`` of
    the one above; outside all of them those of the nearest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["venn_abers_band"] = "venn_abers_band"
    level: float = LEVEL
    places: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        if not len(self.places) == len(self.low) == len(self.high) or not self.places:
            raise ValueError("a band has one lower and one upper bound a place")
        rising = (np.diff(self.places) > 0).all() and all((np.diff(b) >= 0).all() for b in (self.low, self.high))
        if not rising or (np.asarray(self.low) > np.asarray(self.high)).any():
            raise ValueError("the bounds of a band must rise, the lower below the upper")
        return self

    @classmethod
    def fit(
        cls,
        total: np.ndarray,
        label: np.ndarray,
        weight: np.ndarray | None,
        cluster: np.ndarray,
        *,
        resamples: int = RESAMPLES,
        seed: int = 0,
    ) -> Self:
        """Fit to raw totals (n,) of rows that the model did not learn from.

        ``label`` 0/1, ``weight`` and ``cluster`` (the account) are (n,). The same seed gives the same band.

        Raises
        ------
        ValueError
            All labels are equal.

        """
        y, w = checked(label, weight)
        t = bounded(total)
        order = np.argsort(t, kind="stable")
        distinct, row = np.unique(t, return_inverse=True)
        _, account = np.unique(cluster, return_inverse=True)
        accounts = int(account.max()) + 1
        shown = np.unique(np.linspace(0, len(distinct) - 1, _PLACES).round().astype(np.int64))
        if len(distinct) > _PLACES:
            shown = np.unique(row[order][np.linspace(0, len(t) - 1, _PLACES).round().astype(np.int64)])
        rng = np.random.default_rng(seed)
        low, high = np.empty((resamples, len(shown))), np.empty((resamples, len(shown)))
        for number in range(resamples):
            drawn = w * np.bincount(rng.integers(0, accounts, accounts), minlength=accounts)[account]
            weights = np.bincount(row, weights=drawn, minlength=len(distinct)).astype(np.float64)
            positive = np.bincount(row, weights=drawn * y, minlength=len(distinct)).astype(np.float64)
            p0, p1 = two_probabilities(weights, np.minimum(positive, weights))
            low[number], high[number] = p0[shown], p1[shown]
        tail = (1 - LEVEL) / 2
        return cls(
            places=tuple(distinct[shown].tolist()),
            low=tuple(np.quantile(low, tail, axis=0).tolist()),
            high=tuple(np.quantile(high, 1 - tail, axis=0).tolist()),
        )

    def interval(self, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and the upper bound of the probability at raw totals (n,), both float64 (n,)."""
        t = np.asarray(total, np.float64)
        places, low, high = self._arrays
        below = places.searchsorted(t, side="right") - 1
        above = places.searchsorted(t, side="left")
        return low[np.maximum(below, 0)], high[np.minimum(above, len(places) - 1)]

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.array(self.places), np.array(self.low), np.array(self.high)
