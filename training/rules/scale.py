"""The log-odds of one agreed point, taken from the rules that need no change.

A card says only how its rules stand to one another: whatever a point is worth, the agreed card is right when the
joint fit's coefficients are in the proportion of its points. With a set of rules *free* to be worth anything, the
others define the scale by generalised least squares on the joint fit (minimum chi-square; Ferguson 1958), so that
wrong rules do not spoil it once they are free. Which are free is :mod:`training.rules.select`'s affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from training.rules.joint import JointFit

#: With fewer rules than this left, any scale fits them.
FEWEST_FOR_SCALE = 2


@dataclass(frozen=True)
class Scale:
    """Log-odds a point, with the standard error; ``from_rules`` are the numbers of the rules that define it.

    ``distance`` is how far, in chi-squares, these rules are from being in proportion to their points.
    """

    value: float
    error: float
    from_rules: tuple[int, ...]
    distance: float


class Proportions:
    """The joint fit beside the agreed points; ``given`` float64 (k,) are those of the fit's rules."""

    def __init__(self, fit: JointFit, given: np.ndarray) -> None:
        self.fit, self.given = fit, np.asarray(given, np.float64)
        if len(self.given) != len(fit.rules):
            raise ValueError(f"{len(self.given)} agreed points for {len(fit.rules)} rules of the fit")

    def kept(self, free: Collection[int]) -> np.ndarray:
        """Return the places (within the fit) of the rules that are not free, int64."""
        return np.array([i for i in range(len(self.given)) if i not in free], np.int64)

    def can_free(self, free: Collection[int]) -> bool:
        """Tell whether enough rules with points are left to define a scale."""
        return int(np.count_nonzero(self.given[self.kept(free)])) >= FEWEST_FOR_SCALE

    def _weights(self, free: Collection[int]) -> tuple[np.ndarray, np.ndarray, float, float]:
        """Return the kept places, the weights on their coefficients that give the scale, scale and distance."""
        kept = self.kept(free)
        beta, given = self.fit.beta[kept], self.given[kept]
        solved = np.linalg.solve(self.fit.cov[np.ix_(kept, kept)], np.column_stack([given, beta]))
        norm = float(given @ solved[:, 0])
        if norm <= 0:
            raise ValueError("no rule with points is left to define the scale")
        value = float(given @ solved[:, 1]) / norm
        distance = float(beta @ solved[:, 1] - value * (given @ solved[:, 1]))
        return kept, solved[:, 0] / norm, value, max(distance, 0.0)

    def scale(self, free: Collection[int] = ()) -> Scale:
        """Return the scale that the other rules define; ``free`` are places within the fit.

        Raises
        ------
        ValueError
            All that is left are rules without points.

        """
        kept, weights, value, distance = self._weights(free)
        variance = float(weights @ self.fit.cov[np.ix_(kept, kept)] @ weights)
        return Scale(value, variance**0.5, tuple(int(j) for j in self.fit.rules[kept]), distance)

    def worth(self, place: int, free: Collection[int], quantile: float) -> tuple[float, float, float]:
        """Return a rule's worth in points and its interval, by the scale of the rules that are not free.

        The rule itself is free here; the kept ones are held to their points, as in :meth:`freed`, which sharpens
        its coefficient. The interval is Fieller's (1954) for the ratio of that to the scale, so that it holds a
        number of points exactly where the test of that number, the fall of :meth:`distance`, does not reject;
        ``quantile`` is that of the normal distribution, as 1.96. The ends are infinite where even the scale's
        sign is not known.
        """
        kept, weights, scale, _ = self._weights({*free, place})
        cov, given = self.fit.cov, self.given[kept]
        # By how much the kept rules' coefficients, out of proportion by chance, took this one along with them.
        along = np.linalg.solve(cov[np.ix_(kept, kept)], cov[kept, place])
        pull = (along @ given) * weights - along
        beta = float(self.fit.beta[place] + pull @ self.fit.beta[kept])
        own = float(cov[place, place] + 2 * pull @ cov[kept, place] + pull @ cov[np.ix_(kept, kept)] @ pull)
        cross = float((cov[place, kept] + pull @ cov[np.ix_(kept, kept)]) @ weights)
        scale_variance = float(weights @ cov[np.ix_(kept, kept)] @ weights)
        square = quantile**2
        a = scale**2 - square * scale_variance
        b = beta * scale - square * cross
        c = beta**2 - square * own
        if a <= 0 or scale <= 0:
            return (beta / scale if scale > 0 else np.nan), -np.inf, np.inf
        half = max(b * b - a * c, 0.0) ** 0.5
        return beta / scale, (b - half) / a, (b + half) / a

    def freed(self, free: Collection[int]) -> tuple[float, np.ndarray]:
        """Return the scale and the worth in points (k,) of all rules where only the free ones may differ.

        Those that are not free are held to their points, which sharpens what is said of the others.
        """
        kept, _, scale, _ = self._weights(free)
        worth = self.given.copy()
        loose = np.array(sorted(free), np.int64)
        if len(loose):
            cov = self.fit.cov
            residual = self.fit.beta[kept] - scale * self.given[kept]
            moved = cov[np.ix_(loose, kept)] @ np.linalg.solve(cov[np.ix_(kept, kept)], residual)
            worth[loose] = (self.fit.beta[loose] - moved) / scale
        return scale, worth

    def distance(self, free: Collection[int]) -> float:
        """Return how far the other rules are from their proportions; infinite where points would be worth < 0."""
        _, _, scale, distance = self._weights(free)
        return distance if scale > 0 else np.inf
