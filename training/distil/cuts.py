"""Cut points that a person would choose: 10, 50, 200, 1,000 rather than 187.35."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

#: At most so many cut points of one number; a number with no more distinct values than ``FEW`` is cut at each.
MOST, FEW = 8, 12
#: Fewer sensible points than this, and quantiles are rounded instead.
_LEAST = 3
_STEPS = (1.0, 2.0, 5.0)

Range = tuple[float | None, float | None]


def sensible_cuts(values: np.ndarray, most: int = MOST) -> list[float]:
    """Return ascending points at which known ``values`` (n,) may be cut, at most ``most``; NaN is ignored.

    They are of the series 1, 2, 5, 10, 20, ... where at least three of it lie among the values, else quantiles
    rounded to as few digits as keep three apart. No cut leaves everything on one side.

    >>> sensible_cuts(np.arange(1.0, 5000.0))
    [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0]
    >>> sensible_cuts(np.array([0.0, 1.0, 2.0, 2.0]))
    [1.0, 2.0]
    """
    known = np.sort(values[np.isfinite(values)])
    distinct = np.unique(known)
    if len(distinct) < 2:
        return []
    if len(distinct) <= FEW:
        cuts = [_roundest(float(a), float(b)) for a, b in pairwise(distinct)]
        return _spread(cuts, known, most)
    low, high = np.quantile(known, [0.01, 0.99])
    least = float(np.abs(known[known != 0]).min())
    cuts = [c for c in _series(float(low), float(high), least) if known[0] < c <= known[-1]]
    for digits in (1, 2, 3, 4):
        if len(cuts) >= _LEAST:
            break
        quantiles = np.quantile(known, np.linspace(0.1, 0.9, 9))
        cuts = sorted({c for q in quantiles if known[0] < (c := float(f"{q:.{digits - 1}e}")) <= known[-1]})
    return _spread(cuts, known, most)


def ranges(cuts: list[float], whole: bool, none: bool = False) -> list[Range]:
    """Return the ranges between any two cuts and beyond each, ends included.

    Of ``whole`` numbers one range ends where the next begins less one, so that neighbours do not overlap. ``none``
    adds the range up to 0, where many have nothing.

    >>> ranges([50.0, 200.0], whole=True)
    [(50.0, None), (200.0, None), (None, 49.0), (None, 199.0), (50.0, 199.0)]
    """
    below = [cut - 1 if whole else cut for cut in cuts]
    open_above: list[Range] = [(cut, None) for cut in cuts]
    open_below: list[Range] = [(None, end) for end in below]
    between: list[Range] = [(cuts[i], below[j]) for i in range(len(cuts)) for j in range(i + 1, len(cuts))]
    return [*open_above, *open_below, *between, *([(None, 0.0)] if none and not whole else [])]


def is_whole(values: np.ndarray) -> bool:
    """Tell whether all known values (n,) are whole numbers."""
    known = values[np.isfinite(values)]
    return bool((known == np.floor(known)).all())


def has_none(values: np.ndarray) -> bool:
    """Tell whether a hundredth of the known values (n,) or more are 0, and none is below."""
    known = values[np.isfinite(values)]
    return bool((known == 0).mean() >= 0.01 and known.min() >= 0) if len(known) else False


def _series(low: float, high: float, least: float) -> list[float]:
    """Return the numbers 1, 2, 5 times powers of ten within (low, high], with signs, and 0.

    None is nearer to 0 than ``least``.
    """
    largest = max(abs(low), abs(high))
    if largest == 0:
        return []
    top = int(np.ceil(np.log10(largest)))
    sizes = [float(f"{step:g}e{power}") for power in range(top - 6, top + 1) for step in _STEPS]
    signed = sorted({0.0, *sizes, *(-size for size in sizes)})
    return [c for c in signed if low < c <= high and (c == 0 or abs(c) >= least)]


def _roundest(above: float, upto: float) -> float:
    """Return the number of fewest digits within (above, upto], a whole end itself."""
    if upto == np.floor(upto):
        return upto
    tried = (float(f"{upto:.{digits}e}") for digits in range(6))
    return next((cut for cut in tried if above < cut <= upto), upto)


def _spread(cuts: list[float], known: np.ndarray, most: int) -> list[float]:
    """Keep ``most`` of the cuts, those nearest to equal shares of the values."""
    if len(cuts) <= most:
        return cuts
    share = np.searchsorted(known, cuts) / len(known)
    wanted = np.linspace(0, 1, most + 2)[1:-1]
    return [cuts[i] for i in sorted({int(np.abs(share - w).argmin()) for w in wanted})]
