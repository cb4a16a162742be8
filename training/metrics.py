"""Measures of a score on held-out rows, each with row weights and exact under ties.

Weights are how a cluster bootstrap is counted: a row drawn twice weighs 2, a row not drawn weighs 0. Every
measure here gives the same figure as repeating the rows would. Ties are worked out, never broken: a point card
has perhaps thirty distinct totals, and a measure that lets the file's order decide among them flatters or
hurts the card by chance.

A measure that does not exist is NaN and never an exception, because a resample may well be without one
positive row: ranking measures without a positive (AUC also without a negative), the calibration slope of one
single probability or of perfectly separated rows, and everything when all weights are 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]

CLIP = 1e-15  # one sure mistake then costs 35 nats and not infinity
TOP_SHARES = (0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Metric:
    """One measure: its key, plain words for a table, which way is better, and how it is printed."""

    name: str
    label: str
    better: Literal["higher", "lower", "near 1"]
    digits: int = 3


METRICS: tuple[Metric, ...] = (
    Metric("auc", "AUC", "higher"),
    Metric("average_precision", "average precision", "higher"),
    Metric("log_loss", "log loss", "lower", 4),
    Metric("brier", "Brier score", "lower", 4),
    Metric("calibration_slope", "calibration slope", "near 1", 2),
    Metric("observed_over_expected", "seen per one predicted", "near 1", 2),
    Metric("found_top_10", "found in top 10 %", "higher"),
    Metric("found_top_20", "found in top 20 %", "higher"),
    Metric("found_top_30", "found in top 30 %", "higher"),
    Metric("found_at_capacity", "found at {capacity} a week", "higher", 0),
)


@dataclass(frozen=True)
class Ranking:
    """Rows in falling order of score, sorted once and then weighed as often as wanted.

    ``order`` (n,) are row numbers, ``positive`` (n,) their labels in that order, and ``tie_end`` (n,) marks the
    last row of each run of equal scores.
    """

    order: Index
    positive: Mask
    tie_end: Mask

    @classmethod
    def of(cls, score: ArrayLike, label: ArrayLike) -> Ranking:
        """Sort ``score`` (n,) falling. Scores must be finite; labels are truthy for an opportunity."""
        values = np.asarray(score, dtype=np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"score holds {np.count_nonzero(~np.isfinite(values))} values that are not finite")
        order = np.argsort(-values, kind="stable")
        ordered = values[order]
        tie_end = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
        return cls(order, np.asarray(label, dtype=bool)[order], tie_end)

    def measure(self, weight: Floats, shares: Floats) -> Floats:
        """Return AUC, average precision and the capture at each of ``shares`` (k,), ascending: shape (2 + k,)."""
        alike = np.ones(len(self.order))
        return ranking_kernel(self.positive, self.tie_end, alike, self.order, weight, weight.sum(), shares)


@njit(cache=True, nogil=True)
def ranking_kernel(
    positive: Mask, tie_end: Mask, own: Floats, index: Index, weight: Floats, total: float, shares: Floats
) -> Floats:
    """One walk down the ranking; row i weighs ``own[i] * weight[index[i]]`` and all rows together ``total``.

    The arithmetic waits until a run of equal scores is complete. AUC gives a tied pair 1/2; average precision is
    the sum over distinct scores of (gain in recall) x (precision at that score), scikit-learn's definition; and
    where the cut of a top share falls inside a run, the run's positives are split evenly, which is the expected
    capture when ties are broken at random.
    """
    out = np.full(2 + len(shares), np.nan)
    seen = found = pairs = precision = run = run_found = 0.0
    cut = 0
    for i in range(len(positive)):
        w = own[i] * weight[index[i]]
        run += w
        if positive[i]:
            run_found += w
        if tie_end[i] and run > 0.0:
            pairs += (run - run_found) * (found + 0.5 * run_found)
            precision += run_found * (found + run_found) / (seen + run)
            while cut < len(shares) and shares[cut] * total <= seen + run:
                out[2 + cut] = found + run_found * max(shares[cut] * total - seen, 0.0) / run
                cut += 1
            seen += run
            found += run_found
            run = run_found = 0.0
    if found <= 0.0:
        return np.full(2 + len(shares), np.nan)
    out[2 + cut :] = found  # a share of 1 may miss its cut by a rounding error
    out[2:] /= found
    out[1] = precision / found
    if seen > found:
        out[0] = pairs / (found * (seen - found))
    return out


def auc(score: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the chance that a random positive outranks a random negative, a tie counting 1/2.

    >>> auc([3, 2, 2, 1], [1, 1, 0, 0])
    0.875
    """
    return float(_ranked(score, label, weight, ())[0])


def average_precision(score: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return average precision over the distinct scores.

    >>> average_precision([3, 2, 1, 0], [1, 0, 1, 0])
    0.8333333333333333
    """
    return float(_ranked(score, label, weight, ())[1])


def capture(score: ArrayLike, label: ArrayLike, share: float, weight: ArrayLike | None = None) -> float:
    """Return the share of all positives that stands in the top ``share`` of rows, ties split evenly.

    >>> capture([5, 5, 5, 5], [1, 1, 0, 0], 0.25)
    0.25
    """
    return float(_ranked(score, label, weight, (share,))[2])


def _ranked(score: ArrayLike, label: ArrayLike, weight: ArrayLike | None, shares: tuple[float, ...]) -> Floats:
    ranking = Ranking.of(score, label)
    return ranking.measure(_weights(weight, len(ranking.order)), np.array(shares, dtype=np.float64))


def _weights(weight: ArrayLike | None, n: int) -> Floats:
    return np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)


def row_losses(probability: ArrayLike, label: ArrayLike) -> tuple[Floats, Floats]:
    """Return each row's log loss and squared error, both (n,), in nats and in probability squared."""
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(label, dtype=bool)
    clipped = np.clip(p, CLIP, 1 - CLIP)
    return -np.where(y, np.log(clipped), np.log1p(-clipped)), (p - y) ** 2


def log_loss(probability: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean negative log likelihood, in nats per row."""
    return _mean(row_losses(probability, label)[0], weight)


def brier(probability: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared error of the probability (Brier 1950)."""
    return _mean(row_losses(probability, label)[1], weight)


def _mean(values: Floats, weight: ArrayLike | None) -> float:
    weights = _weights(weight, len(values))
    return float(weights @ values / weights.sum()) if weights.any() else np.nan


def observed_over_expected(probability: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return positives seen per one that the probabilities promised: calibration in the large, 1 when right."""
    weights = _weights(weight, np.size(probability))
    expected = float(weights @ np.asarray(probability, dtype=np.float64))
    return float(weights @ np.asarray(label, dtype=np.float64)) / expected if expected > 0 else np.nan


def calibration_slope(probability: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the coefficient of logit(probability) in a logistic regression of the label (Cox 1958).

    1 when the spread is right, below 1 when the probabilities are too extreme (the sign of over-fitting).
    """
    x, y = log_odds(probability), np.asarray(label, dtype=bool)
    return slope_kernel(x, y, _weights(weight, len(x)), np.arange(len(x)), np.ones(len(x)), 0.0, 1.0, 1e-10)[1]


def log_odds(probability: ArrayLike) -> Floats:
    """Return log(p / (1 - p)), clipped as the log loss is."""
    p = np.clip(np.asarray(probability, dtype=np.float64), CLIP, 1 - CLIP)
    return np.log(p) - np.log1p(-p)


@njit(cache=True, nogil=True)
def slope_kernel(
    x: Floats,
    positive: Mask,
    own: Floats,
    index: Index,
    weight: Floats,
    intercept: float,
    slope: float,
    tolerance: float,
) -> tuple[float, float]:
    """Fit ``positive ~ intercept + slope * x`` by Newton's method from the given start; NaN where no fit exists.

    Row i weighs ``own[i] * weight[index[i]]``. Newton overshoots from a poor start. The likelihood is concave, so
    along a step its slope only falls: a step is halved while that slope comes out steeper downhill at the end than
    it was uphill at the beginning. Separated rows show as steps that never shrink, hence convergence is asked of
    the step and not of the gradient.
    """
    g0, g1, h00, h01, h11 = _derivatives(x, positive, own, index, weight, intercept, slope)
    for _ in range(40):
        determinant = h00 * h11 - h01 * h01
        if not determinant > 1e-12 * h00 * h11:
            break
        s0 = (h11 * g0 - h01 * g1) / determinant
        s1 = (h00 * g1 - h01 * g0) / determinant
        if abs(s0) <= tolerance * (1.0 + abs(intercept)) and abs(s1) <= tolerance * (1.0 + abs(slope)):
            return intercept + s0, slope + s1
        for _ in range(30):
            e0, e1, h00, h01, h11 = _derivatives(x, positive, own, index, weight, intercept + s0, slope + s1)
            if -(e0 * s0 + e1 * s1) <= g0 * s0 + g1 * s1:
                break
            s0 *= 0.5
            s1 *= 0.5
        intercept, slope, g0, g1 = intercept + s0, slope + s1, e0, e1
    return np.nan, np.nan


@njit(cache=True, nogil=True)
def _derivatives(
    x: Floats, positive: Mask, own: Floats, index: Index, weight: Floats, intercept: float, slope: float
) -> tuple[float, float, float, float, float]:
    """Gradient (2) and information (3 distinct entries) of the weighted log likelihood."""
    g0 = g1 = h00 = h01 = h11 = 0.0
    for i in range(len(x)):
        w = own[i] * weight[index[i]]
        if w == 0.0:
            continue
        p = 1.0 / (1.0 + np.exp(-(intercept + slope * x[i])))
        error = w * ((1.0 - p) if positive[i] else -p)
        spread = w * p * (1.0 - p)
        g0 += error
        g1 += error * x[i]
        h00 += spread
        h01 += spread * x[i]
        h11 += spread * x[i] * x[i]
    return g0, g1, h00, h01, h11
