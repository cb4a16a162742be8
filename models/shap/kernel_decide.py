"""How LightGBM decides a split, as numba functions that the other kernels compile in.

Numba freezes what a kernel imports and does not notice when it changes: whoever changes this file removes the
compiled kernels (find . -name '*.nb?' -delete).
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: LightGBM's ``kZeroThreshold``, a float there: what is no farther from zero is zero, in every row.
ZERO = float(np.float32(1e-35))
#: Categories are 32-bit integers.
_CATEGORIES = 2147483648.0


@njit(nogil=True, cache=True)
def without_dust(value):
    """Return a value as LightGBM sees it: 0 in place of what is next to 0."""
    return 0.0 if abs(value) <= ZERO else value


@njit(nogil=True, cache=True)
def goes_left(value, threshold, missing_left):
    """Decide a threshold; ``missing_left`` is where NaN goes."""
    return (value <= threshold) | ((value != value) & missing_left)


@njit(nogil=True, cache=True)
def goes_left_special(value, threshold, missing_left, low, high, words):
    """Decide a split by category, whose bitset is ``words[low:high]``, or one that takes zero for missing."""
    if high > low:
        # NaN, negative numbers and what is beyond an integer belong to no category; -0.5 is 0 as in C.
        if not (value > -1.0 and value < _CATEGORIES):
            return False
        category = np.int64(value)
        word = low + (category >> 5)
        return word < high and (words[word] >> np.uint32(category & 31)) & np.uint32(1) == np.uint32(1)
    if value == 0.0 or value != value:
        return missing_left
    return value <= threshold
