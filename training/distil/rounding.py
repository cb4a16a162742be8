"""Whole points: integers and the log-odds of a point are sought together, never one after the other.

Rounding coefficients at one multiplier "can severely degrade" a score (FasterRisk, section 3.3). Here each of
several multipliers around the agreed card's scale gives a start (the star ray search of that paper); from there
single points are moved up and down, alone and in pairs, with slope and intercept fitted anew for each
try, until no move lowers the loss (coordinate descent over integers, as in RiskSLIM's DCD: Ustun & Rudin
2019, JMLR 20:150, section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from training.distil.fits import Cells, newton

#: Multipliers reach from the scale divided by this to the scale times this, in so many steps.
AWAY, STEPS = 1.6, 13
#: Of these starts the best few are tried with moves in pairs.
PAIRED = 3
#: Points are at most so many steps; and losses that differ by less, in nats, are alike: the nearest scale decides.
LARGEST, ALIKE = 200, 0.05


@dataclass(frozen=True)
class Rounded:
    """Whole ``units`` int64 (k,), none 0, with the log-odds of one unit and of a lead without points.

    ``loss`` is the weighted log loss in nats.
    """

    units: np.ndarray
    slope: float
    intercept: float
    loss: float


def round_points(cells: Cells, coefficients: np.ndarray, per_log_odds: float) -> Rounded:
    """Find whole units for the rules of a support.

    ``coefficients`` (k + 1,) are the fitted log-odds, the intercept first; ``per_log_odds`` is how many units a
    log-odds is worth on the wanted scale.
    """
    worth = coefficients[1:]
    parts, sign = (cells.design, cells.weight, cells.target), np.sign(worth)
    found = []
    for factor in np.geomspace(1 / AWAY, AWAY, STEPS):
        start = _nonzero(np.round(worth * per_log_odds * factor), worth)
        units, loss = _descend(*parts, start, sign, False)
        found.append((float(abs(np.log(factor))), units, float(loss)))
    found.sort(key=lambda one: (one[2], one[0]))
    paired = [(away, *_descend(*parts, units, sign, True)) for away, units, _ in found[:PAIRED]]
    best = min(loss for _, _, loss in paired)
    units = min((one for one in paired if one[2] <= best + ALIKE), key=lambda one: (one[0], one[2]))[1]
    line, loss = line_of(cells, units)
    return Rounded(units.astype(np.int64), float(line[1]), float(line[0]), float(loss))


def round_naively(cells: Cells, coefficients: np.ndarray, per_log_odds: float) -> Rounded:
    """Round the coefficients at the wanted scale and leave it at that; what rounds to 0 stays 0."""
    units = np.round(coefficients[1:] * per_log_odds)
    line, loss = line_of(cells, units)
    return Rounded(units.astype(np.int64), float(line[1]), float(line[0]), float(loss))


def line_of(cells: Cells, units: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit intercept and slope of a total, (2,), on the cells; the loss is without any penalty."""
    total = cells.design @ units.astype(np.float64)
    share = cells.target.sum() / cells.weight.sum()
    line, loss = _line(total, cells.weight, cells.target, np.array([np.log(share / (1 - share)), 0.0]))
    return line, float(loss)


def _nonzero(units: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """A rule without points is none: the least is one unit with the sign of its worth."""
    return np.clip(np.where(units == 0, np.where(worth < 0, -1.0, 1.0), units), -LARGEST, LARGEST)


@njit(cache=True, nogil=True)
def _line(
    total: np.ndarray, weight: np.ndarray, target: np.ndarray, begin: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fit intercept and slope (2,) of ``total`` (cells,) from a start, by Newton's steps."""
    columns = np.ones((len(total), 2))
    size = max(np.abs(total).max(), 1.0)
    columns[:, 1] = total / size
    start = begin.copy()
    start[1] *= size
    beta, loss = newton(columns, weight, target, start, 1e-6)
    beta[1] /= size
    return beta, loss


@njit(cache=True, nogil=True)
def _descend(  # noqa: C901 - loops of one kernel
    design: np.ndarray, weight: np.ndarray, target: np.ndarray, start: np.ndarray, sign: np.ndarray, pairs: bool
) -> tuple[np.ndarray, float]:
    """Move units by one, alone or in pairs, to the lowest loss until no move lowers it; signs stay."""
    units = start.copy()
    k = len(units)
    total = (design * units).sum(axis=1)
    share = target.sum() / weight.sum()
    beta, loss = _line(total, weight, target, np.array([np.log(share / (1.0 - share)), 0.0]))
    for _ in range(100):
        best, first, second, up, other = loss - 1e-9 * (1.0 + abs(loss)), -1, -1, 0.0, 0.0
        for a in range(k):
            for b in range(a, k if pairs else a + 1):
                for move in (-1.0, 1.0):
                    for also in (-1.0, 1.0):
                        if a == b and also != move:
                            continue
                        one, two = units[a] + move, units[b] + also
                        if one * sign[a] <= 0 or two * sign[b] <= 0 or max(abs(one), abs(two)) > LARGEST:
                            continue
                        tried = total + move * design[:, a]
                        if b != a:
                            tried = tried + also * design[:, b]
                        found = _line(tried, weight, target, beta)[1]
                        if found < best:
                            best, first, second, up, other = found, a, b, move, also
        if first < 0:
            break
        units[first] += up
        total = total + up * design[:, first]
        if second != first:
            units[second] += other
            total = total + other * design[:, second]
        beta, loss = _line(total, weight, target, beta)
    return units, loss
