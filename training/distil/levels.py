"""Groups of an attribute's values: those after which opportunities came most and least often."""

from __future__ import annotations

import numpy as np

#: A value with few leads borrows as much as this many at the base rate; one with fewer is in no group.
BORROWED, FEWEST = 20.0, 20.0
#: A group holds at most so many values, and no more than half of them.
MOST_TOGETHER = 8


def value_groups(codes: np.ndarray, label: np.ndarray, weight: np.ndarray, levels: int) -> list[tuple[int, ...]]:
    """Return groups of two or more values by their rates, each sorted, as numbers below ``levels``.

    ``codes`` (n,) are the rows' values, NaN where unknown, ``label`` 0/1 (n,), ``weight`` (n,) what rows
    count, in leads. The best k and the worst k are proposed: of all ways to divide values in two, the best for one
    condition is among those in the order of their rates (Fisher 1958; Breiman et al. 1984, section 4.2).
    """
    known = np.isfinite(codes)
    place = codes[known].astype(np.int64)
    leads = np.bincount(place, weights=weight[known], minlength=levels)
    won = np.bincount(place, weights=(weight * label)[known], minlength=levels)
    there = np.flatnonzero(leads >= FEWEST)
    if len(there) < 3:
        return []
    base = won.sum() / leads.sum()
    rate = (won + BORROWED * base) / (leads + BORROWED)
    order = there[np.argsort(-rate[there], kind="stable")]
    sizes = range(2, min(MOST_TOGETHER, len(there) // 2) + 1)
    found = [order[:size] for size in sizes] + [order[-size:] for size in sizes]
    return list(dict.fromkeys(tuple(sorted(int(i) for i in group)) for group in found))
