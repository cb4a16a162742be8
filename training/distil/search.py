"""The best few rules: a beam search over supports with swaps, every fit exact.

As FasterRisk does it (Liu, Zhong, Li, Seltzer, Rudin 2022, NeurIPS, arXiv 2210.05846, algorithms 2 and 3): a beam
of supports grows by one rule at a time, and rules of the best are swapped for others while the loss falls. Since
all conditions are binary, fits run on cells (:mod:`training.distil.fits`) and need no approximation.

A support whose fit gives a rule the wrong sign is refused: under the sign's constraint its optimum has that rule
at 0, which is the support without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from training.distil.fits import RIDGE, Cells, Sums, cells_of, fit_cells, fit_with, score_tests, tally

if TYPE_CHECKING:
    from training.distil.pool import Pool

#: Supports kept a size, candidates fitted exactly for each, and rounds of swaps at most.
BEAM, TRIED, SWAPS = 6, 16, 3
PRICE = 1.0


@dataclass(frozen=True)
class Support:
    """Numbers of the chosen rules in ascending order, their log-odds with the intercept first, and the loss."""

    rules: tuple[int, ...]
    coefficients: np.ndarray
    loss: float


@dataclass
class Search:
    """One search over the candidates that this fit may use, on the rows of ``sums``; the same data, the same path.

    ``usable`` bool (p,) are those candidates.
    """

    pool: Pool
    met: np.ndarray
    sums: Sums
    usable: np.ndarray
    free_sense: bool = False
    priced: bool = True
    _grown: dict[tuple[int, ...], list[Support]] = field(default_factory=dict)

    def path(self, most: int) -> list[Support]:
        """Return the best support of each size from 0.

        A search that is ``priced`` ends where further rules tell too little: each must lower the deviance by
        2 log(candidates) on the average of those added, which the best of so many candidates that tell nothing
        rarely does (the risk inflation criterion: Foster & George 1994, Annals of Statistics 22:1947). The price
        is multiplied by how much more residuals vary over accounts than single decisions would (quasi-likelihood:
        Lebreton and others 1992, Ecological Monographs 62:67). The path ends where loss plus price is least.
        """
        beam = [self._nothing()]
        found = [beam[0]]
        for _ in range(most):
            grown = {support.rules: support for parent in beam for support in self._expand(parent)}
            if not grown:
                break
            beam = sorted(grown.values(), key=lambda support: (support.loss, support.rules))[:BEAM]
            best = self._swapped(beam[0])
            beam = [best, *(support for support in beam if support.rules != best.rules)][:BEAM]
            found.append(best)
        if not self.priced:
            return found
        price = self._inflation(found[-1]) * np.log(max(int(self.usable.sum()), 2))
        ends = int(np.argmin([support.loss + price * size for size, support in enumerate(found)]))
        return found[: ends + 1]

    def _inflation(self, support: Support) -> float:
        """Return the variance of accounts' summed residuals over what independent decisions would have."""
        if self.sums.account is None:
            return 1.0
        total = support.coefficients[0] + support.coefficients[1:] @ self.met[list(support.rules)]
        chance = 1.0 / (1.0 + np.exp(-total))
        residuals = np.bincount(self.sums.account, self.sums.target - self.sums.weight * chance)
        return float((residuals**2).sum() / (self.sums.weight @ (chance * (1.0 - chance))))

    def _nothing(self) -> Support:
        cells = cells_of(self.met[:0], self.sums)
        coefficients, loss = fit_cells(cells.design, cells.weight, cells.target)
        return Support((), coefficients, loss)

    def _expand(self, parent: Support) -> list[Support]:
        """Return the parent with each of the most promising rules more, fitted exactly."""
        if parent.rules in self._grown:
            return self._grown[parent.rules]
        cells = cells_of(self.met[list(parent.rules)], self.sums)
        own_weight, own_target = tally(cells.code, len(cells.weight), self.met, self.sums.weight, self.sums.target)
        tests = score_tests(cells.design, cells.weight, parent.coefficients, own_weight, own_target)
        promising = self._promising(parent, tests)
        found = []
        for rule in promising:
            support = self._with(parent, int(rule), cells, own_weight[rule], own_target[rule])
            if support is not None:
                found.append(support)
        self._grown[parent.rules] = found
        return found

    def _promising(self, parent: Support, tests: np.ndarray) -> np.ndarray:
        sense = np.zeros(len(tests)) if self.free_sense else self.pool.sense
        open_to = self.usable & ~self.pool.clash[list(parent.rules)].any(axis=0) & (tests * sense >= 0)
        strength = np.where(open_to, np.abs(tests), 0.0)
        order = np.argsort(-strength, kind="stable")[:TRIED]
        return order[strength[order] > 0]

    def _with(
        self, parent: Support, rule: int, cells: Cells, own_weight: np.ndarray, own_target: np.ndarray
    ) -> Support | None:
        coefficients, loss = fit_with(
            cells.design, cells.weight, cells.target, own_weight, own_target, parent.coefficients, RIDGE
        )
        rules = (*parent.rules, rule)
        order = np.argsort(rules)
        sorted_rules = tuple(rules[i] for i in order)
        worth = coefficients[1:][order]
        if not self.free_sense and (worth * self.pool.sense[list(sorted_rules)] < 0).any():
            return None
        return Support(sorted_rules, np.concatenate([coefficients[:1], worth]), float(loss))

    def _swapped(self, best: Support) -> Support:
        """Swap single rules for better ones while that lowers the loss."""
        for _ in range(SWAPS):
            tried = [
                support for place in range(len(best.rules)) for support in self._expand(self._without(best, place))
            ]
            better = min(tried, key=lambda support: (support.loss, support.rules), default=best)
            if not better.loss < best.loss - 1e-9 * (1.0 + abs(best.loss)):
                return best
            best = better
        return best

    def _without(self, support: Support, place: int) -> Support:
        rules = support.rules[:place] + support.rules[place + 1 :]
        cells = cells_of(self.met[list(rules)], self.sums)
        coefficients, loss = fit_cells(cells.design, cells.weight, cells.target)
        return Support(rules, coefficients, float(loss))
