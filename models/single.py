"""The figures of one row as plain numbers, to the bit those that :mod:`models.lead_model` gives of many rows.

To begin a calculation takes numpy longer than to make it: the dozen figures of a lead cost 45 us as arrays of one
and 12 us as floats.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit

from models.calibration import LogitLine
from models.calibration.log_odds import FURTHEST, NEAREST

if TYPE_CHECKING:
    from models.calibration import Calibration, VennAbersBand
    from models.lead_model import LeadModel
    from models.scorer import Contributions

#: Contributions must add up to the score this closely, relative to its size, or no reason is given.
ADDITIVITY = 1e-6


class Figures(NamedTuple):
    """What one row comes to; ``single`` are its contributions (1, c), ``total`` its calibrated log-odds.

    ``low`` and ``high`` bound the probability, None without a band; ``exact`` tells whether contributions add up.
    """

    single: Contributions
    total: float
    exact: bool
    probability: float
    low: float | None
    high: float | None
    score: int


def figures_of(model: LeadModel, matrix: np.ndarray) -> Figures:
    """Return the figures of a lead's features, float64 (1, f)."""
    single = model.feature_contributions(matrix)
    raw = float(model.raw_total(matrix)[0])
    total = log_odds_of(model.calibration, raw)
    gap = abs(single.base + float(np.add.reduce(single.values[0])) - total)
    probability = probability_of(total)
    low = high = None
    if model.band is not None:
        low, high = _ends(model.band, raw)
        low, high = min(low, probability), max(high, probability)
    return Figures(
        single=single,
        total=total,
        exact=gap <= ADDITIVITY * max(1.0, abs(total)),
        probability=probability,
        low=low,
        high=high,
        score=_percentage_below(model.scale.quantiles, probability),
    )


def log_odds_of(calibration: Calibration, raw: float) -> float:
    """Return the calibrated log-odds of a raw total."""
    if isinstance(calibration, LogitLine):
        return calibration.intercept + calibration.slope * min(max(raw, -FURTHEST), FURTHEST)
    return float(calibration.log_odds(np.array([raw]))[0])


def probability_of(total: float) -> float:
    """Return the probability of log-odds, kept off 0 and 1."""
    return min(max(float(expit(total)), NEAREST), 1 - NEAREST)


def _ends(band: VennAbersBand, raw: float) -> tuple[float, float]:
    below, above = bisect_right(band.places, raw) - 1, bisect_left(band.places, raw)
    return band.low[max(below, 0)], band.high[min(above, len(band.places) - 1)]


def _percentage_below(quantiles: tuple[float, ...], probability: float) -> int:
    return min(round(100 * (bisect_left(quantiles, probability) / (len(quantiles) - 1))), 100)
