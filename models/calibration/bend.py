"""Contributions carried through a calibration that is no line, so that they still add up to the score.

Raw contributions v (n, f) add up to the raw total t over their base b. A line with slope k multiplies each by k.
A bent calibration g multiplies those of each row by the slope of the straight way from the base to the row,
``(g(t) - g(b)) / (t - b)``: every feature of a row keeps its share and its direction, and they add up to
``g(t) - g(b)`` exactly.

Venn-Abers has steps. Next to one that slope can be of any height, and within one it is 0, so that a lead with
many reasons would show none. So it is kept between a quarter of 1 and 4, and what is then missing from
``g(t) - g(b)``, up or down, is shared among the features in proportion to the size of their contributions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.calibration.line import LogitLine

if TYPE_CHECKING:
    from models.calibration import Calibration

#: A model's own log-odds are about right, so the slope that a calibration gives them is about 1.
LEAST_SLOPE, MOST_SLOPE = 0.25, 4.0


def carry(
    calibration: Calibration, values: np.ndarray, base: float, total: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return calibrated contributions (n, f) and their base from raw ones, theirs, and the raw total (n,)."""
    if isinstance(calibration, LogitLine):
        return values * calibration.slope, calibration.intercept + calibration.slope * base
    moved = values.sum(axis=1)
    start = float(calibration.log_odds(np.array([base]))[0])
    wanted = calibration.log_odds(total) - start
    slope = np.divide(wanted, moved, out=np.ones(len(values)), where=moved != 0)
    if calibration.kind == "venn_abers":
        slope = np.clip(slope, LEAST_SLOPE, MOST_SLOPE)
    missing = wanted - slope * moved
    size = np.abs(values)
    shares = np.divide(size, size.sum(axis=1, keepdims=True), out=np.zeros_like(size), where=size > 0)
    return values * slope[:, None] + shares * missing[:, None], start
