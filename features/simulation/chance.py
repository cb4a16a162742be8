"""Random numbers inside kernels: SplitMix64 (Steele, Lea and Flood 2014), one state per lead or group.

Every lead has its own stream, so results depend neither on the order of the loop nor on threads, and a
kernel may run twice, first to count and then to fill.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / 9007199254740992.0


def streams(generator: np.random.Generator, count: int) -> np.ndarray:
    """Return ``count`` starting states for :func:`uniform`."""
    return generator.integers(0, 2**64, size=count, dtype=np.uint64)


@njit(cache=True, nogil=True)
def uniform(state: np.ndarray) -> float:
    """Advance the one-element state and return a number in [0, 1)."""
    state[0] += _GOLDEN
    x = state[0]
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    x ^= x >> np.uint64(31)
    return float(x >> np.uint64(11)) * _TO_UNIT


@njit(cache=True, nogil=True)
def poisson(state: np.ndarray, mean: float) -> int:
    """Draw a Poisson count by inversion; meant for small means."""
    u = uniform(state)
    p = np.exp(-mean)
    n = 0
    while u >= p and n < 200:
        u -= p
        n += 1
        p *= mean / n
    return n
