"""Finding a moment in sorted times."""

from __future__ import annotations

from numba import njit


@njit(nogil=True, cache=True)
def upper_bound(times, low, high, as_of):
    """Return the first position in [low, high) whose time is not before ``as_of``."""
    while low < high:
        middle = (low + high) // 2
        if times[middle] < as_of:
            low = middle + 1
        else:
            high = middle
    return low
