"""Penalised logistic regression with row weights, for the few numbers that a calibration has."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

_STEPS = 100
_TOLERANCE = 1e-10
#: Information on each coefficient that its prior is worth, in positives.
PRIOR_POSITIVES = 10.0


def checked(label: np.ndarray, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return labels as 0.0/1.0 and weights of mean 1, both float64 (n,).

    Raises
    ------
    ValueError
        All labels (of rows with weight) are equal, so there is nothing to fit.

    """
    y = np.asarray(label, np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    heard = y[w > 0]
    if len(heard) == 0 or heard.min() == heard.max():
        values = f"{heard[0]:.0f}" if len(heard) else "of no weight"
        raise ValueError(f"all {len(y)} labels are {values}; a calibration needs both outcomes")
    return y, w / w.mean()


def fit_logistic(
    design: np.ndarray, y: np.ndarray, weight: np.ndarray, target: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return coefficients (k,) of ``y`` on ``design`` (n, k), each pulled to its ``target`` (k,), and intercept.

    Columns are standardised inside, and the pull is worth ten positives' information on each standardised
    coefficient: at a base rate r a positive comes with (1 - r) / r negatives and brings r (1 - r) / r.
    """
    center = np.average(design, axis=0, weights=weight)
    spread = np.sqrt(np.average((design - center) ** 2, axis=0, weights=weight))
    scale = np.where(spread > 0, spread, 1.0)
    x = (design - center) / scale
    goal = target * scale
    rate = float(np.average(y, weights=weight))
    pull = PRIOR_POSITIVES * (1.0 - rate)
    b, a = goal.copy(), float(np.log(rate / (1 - rate)))
    for _ in range(_STEPS):
        p = expit(a + x @ b)
        v = weight * np.maximum(p * (1 - p), 1e-12)
        error = weight * (y - p)
        gradient = np.append(x.T @ error - pull * (b - goal), error.sum())
        weighed = (x * v[:, None]).sum(axis=0)
        hessian = np.block(
            [
                [x.T @ (x * v[:, None]) + pull * np.eye(len(b)), weighed[:, None]],
                [weighed[None, :], np.array([[v.sum()]])],
            ]
        )
        step = np.linalg.solve(hessian, gradient)
        step = step * min(1.0, 5.0 / max(np.abs(step).max(), 1e-12))
        b, a = b + step[:-1], a + step[-1]
        if np.abs(step).max() < _TOLERANCE:
            break
    return b / scale, float(a - (b / scale) @ center)
