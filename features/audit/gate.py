"""A number that has to pass a mark before an outcome can come: what accumulates until the outcome looks so.

The length of a call, the pages of a contract, the days to close: below a mark practically nobody converts,
because the outcome itself needs that much of it. An honest dose and response has no such mark: its odds change
smoothly. So the outcomes at either end are held against those that a smooth response explains, and the most
charitable of several shapes counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import poisson

if TYPE_CHECKING:
    from features.audit.levels import Floats, Levels

#: An end of the range: at least one and at most 35 of 100 leads.
ENDS = (0.01, 0.35)

#: The end has at most this share of the outcomes of an average stretch of the same size ...
OF_AVERAGE = 1 / 50

#: ... at most this share of what the most charitable smooth shape gives it, of which there are enough ...
OF_SMOOTH = 1 / 4
ENOUGH = 10.0

#: ... and the chance of so few is below this (natural logarithm).
LOG_CHANCE = -9.0


@dataclass(frozen=True)
class Gate:
    """An end of a number's range where the outcome all but never comes."""

    leads: int
    outcomes: int
    average: float
    smooth: float
    limit: float
    low: bool


def find_gate(levels: Levels) -> Gate | None:
    """Return the end with the fewest outcomes against a smooth response, or None where there is none.

    Blanks are left out. ``levels`` must be those of a number.
    """
    if levels.centers is None:
        return None
    use = levels.filled
    n, k, center = levels.leads[use], levels.outcomes[use], levels.centers[use]
    if len(n) < 10 or k.sum() < 2 * ENOUGH:
        return None
    expected = np.min([_smooth(shape, n, k) for shape in _shapes(center, n)], axis=0)
    found = [
        gate
        for low in (True, False)
        for gate in _ends(n, k, levels.expected[use], expected, center, low=low)
        if gate is not None
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _shapes(center: Floats, n: Floats) -> list[Floats]:
    """Return the scales on which an honest response may be straight: rank, number, and its two logarithms."""
    middle = np.clip((np.cumsum(n) - n / 2) / n.sum(), 1e-6, 1 - 1e-6)
    return [
        ndtri(middle),
        center,
        np.log1p(center - center.min()),
        -np.log1p(center.max() - center),
    ]


def _smooth(scale: Floats, n: Floats, k: Floats) -> Floats:
    """Outcomes per bin under a logistic response that is straight on ``scale``; Newton's method, damped."""
    spread = scale.std() or 1.0
    design = np.column_stack([np.ones_like(scale), (scale - scale.mean()) / spread])
    weights = np.array([np.log(k.sum() / max(n.sum() - k.sum(), 0.5)), 0.0])
    for _ in range(50):
        chance = expit(design @ weights)
        slope = design.T @ (k - n * chance)
        curve = (design.T * (n * chance * (1 - chance) + 1e-9)) @ design
        step = np.clip(np.linalg.solve(curve + 1e-9 * np.eye(2), slope), -2.0, 2.0)
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(n * expit(design @ weights))


def _ends(
    n: Floats, k: Floats, average: Floats, smooth: Floats, center: Floats, *, low: bool
) -> list[tuple[float, Gate] | None]:
    way = 1 if low else -1
    leads, outcomes, mean, fit = (np.cumsum(part[::way]) for part in (n, k, average, smooth))
    limits = center[::way]
    found: list[tuple[float, Gate] | None] = []
    for i in range(len(n)):
        within = ENDS[0] <= leads[i] / n.sum() <= ENDS[1]
        few = outcomes[i] <= OF_AVERAGE * mean[i] and outcomes[i] <= OF_SMOOTH * fit[i] and fit[i] >= ENOUGH
        chance = float(poisson.logcdf(outcomes[i], fit[i])) if within and few else 0.0
        if chance < LOG_CHANCE:
            gate = Gate(int(leads[i]), int(outcomes[i]), float(mean[i]), float(fit[i]), float(limits[i]), low)
            found.append((chance, gate))
    return found
