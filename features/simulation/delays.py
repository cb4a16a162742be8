"""How long an event takes to ripen into an opportunity: a distribution kept as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from features.simulation.parameters import LONGEST_HORIZON_DAYS

if TYPE_CHECKING:
    from features.simulation.parameters import Parameters

STEPS_A_DAY = 8


def delay_table(parameters: Parameters) -> np.ndarray:
    """Cumulative distribution of the delay at every eighth of a day from 0 to the longest, which is 1.

    Between knots it is a straight line by definition, so simulation and truth use one and the same function.
    """
    days = np.arange(LONGEST_HORIZON_DAYS * STEPS_A_DAY + 1) / STEPS_A_DAY
    table = np.zeros_like(days)
    for weight, mean in zip(parameters.delay_weights, parameters.delay_means, strict=True):
        x = 2.0 * days / mean
        table += weight * (1.0 - np.exp(-x) * (1.0 + x))
    return table / table[-1]


@njit(cache=True, nogil=True)
def ripened(table: np.ndarray, days: float) -> float:
    """Probability that a delay is at most ``days``."""
    x = days * STEPS_A_DAY
    if x <= 0.0:
        return 0.0
    i = int(x)
    if i >= len(table) - 1:
        return 1.0
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@njit(cache=True, nogil=True)
def draw_delay(table: np.ndarray, u: float) -> float:
    """Delay in days at quantile ``u``: the inverse of :func:`ripened`."""
    i = np.searchsorted(table, u, side="right") - 1
    if i >= len(table) - 1:
        return (len(table) - 1) / STEPS_A_DAY
    return (i + (u - table[i]) / (table[i + 1] - table[i])) / STEPS_A_DAY
