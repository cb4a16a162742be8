"""What isotonic regression says of a further row, for every place where it may stand, in one pass.

Vovk, Petej and Fedorova 2015 ("Large-scale probabilistic predictors with and without guarantees of validity",
NIPS, algorithms 1 to 4), with row weights: the corners of the greatest convex minorant of the cumulative sums are
kept on a stack while the further row moves up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def two_probabilities(weight: Floats, positive: Floats) -> tuple[Floats, Floats]:
    """Return p0 and p1 at each distinct total, both (m,), non-decreasing, ``p0 < p1``.

    ``weight`` and ``positive`` (m,) are the weights of all rows and of the positive ones at each distinct total,
    ascending; a total that no row weighs on is allowed. p1 is what isotonic regression gives a further row at
    that total that weighs 1 and is positive, p0 if it is negative.
    """
    p1 = _with_a_positive(weight, positive)
    # Turned round and with the labels exchanged, a further negative row is a further positive one.
    p0 = 1.0 - _with_a_positive(weight[::-1].copy(), (weight - positive)[::-1].copy())[::-1]
    return p0, p1


@njit(cache=True, nogil=True)
def _right_of(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> bool:
    """Tell whether a, b, c make no turn to the left."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) <= 0.0


@njit(cache=True, nogil=True)
def _with_a_positive(weight: Floats, positive: Floats) -> Floats:
    m = len(weight)
    x, y = np.zeros(m + 1), np.zeros(m + 1)
    for i in range(m):
        x[i + 1] = x[i] + weight[i]
        y[i + 1] = y[i] + positive[i]
    # The further row moves what stands before it by (-1, -1). Corners from the right, so that the left is on top.
    sx, sy = np.empty(m + 2), np.empty(m + 2)
    top = -1
    for i in range(m, -1, -1):
        while top >= 1 and _right_of(x[i], y[i], sx[top], sy[top], sx[top - 1], sy[top - 1]):
            top -= 1
        top += 1
        sx[top], sy[top] = x[i], y[i]
    while top >= 1 and _right_of(-1.0, -1.0, sx[top], sy[top], sx[top - 1], sy[top - 1]):
        top -= 1
    top += 1
    sx[top], sy[top] = -1.0, -1.0
    found = np.empty(m)
    for i in range(m):
        run = sx[top - 1] - sx[top]
        found[i] = (sy[top - 1] - sy[top]) / run
        if i > 0 and found[i] < found[i - 1]:
            found[i] = found[i - 1]
        px, py = x[i + 1] - 1.0, y[i + 1] - 1.0
        line = sy[top] + found[i] * (px - sx[top])
        if py >= line:
            continue
        top -= 1
        while top >= 1 and _right_of(px, py, sx[top], sy[top], sx[top - 1], sy[top - 1]):
            top -= 1
        top += 1
        sx[top], sy[top] = px, py
    return np.minimum(found, 1.0)
