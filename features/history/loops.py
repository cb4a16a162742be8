"""Loops over all events or ids, compiled; they leave Python's lock, so that two threads may run them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

if TYPE_CHECKING:
    import numpy as np


@njit(nogil=True, cache=True)
def in_time_order(at: np.ndarray, start: np.ndarray) -> bool:
    """Tell whether each lead's events, from ``start[i]`` to before ``start[i + 1]``, never go back in time."""
    for lead in range(len(start) - 1):
        falls = False
        for event in range(start[lead] + 1, start[lead + 1]):
            falls |= at[event] < at[event - 1]
        if falls:
            return False
    return True


@njit(nogil=True, cache=True)
def _same(a: np.ndarray, a_begin: int, a_end: int, b: np.ndarray, b_begin: int, b_end: int) -> bool:
    if a_end - a_begin != b_end - b_begin:
        return False
    for i in range(a_end - a_begin):  # noqa: SIM110 - numba knows no all()
        if a[a_begin + i] != b[b_begin + i]:
            return False
    return True


@njit(nogil=True, cache=True)
def follow(
    start: np.ndarray, text: np.ndarray, own_start: np.ndarray, own_text: np.ndarray, out: np.ndarray
) -> int:
    """Number texts that come in the order of our own; return how many were numbered before one did not.

    Text ``i`` is the bytes of ``text`` from ``start[i]`` to before ``start[i + 1]``. It is in order if it is the
    one of ours that was met last, or the next.
    """
    place, last = 0, len(own_start) - 1
    for i in range(len(start) - 1):
        begin, end = start[i], start[i + 1]
        if place < last and _same(text, begin, end, own_text, own_start[place], own_start[place + 1]):
            out[i] = place
            continue
        place += 1
        if place < last and _same(text, begin, end, own_text, own_start[place], own_start[place + 1]):
            out[i] = place
            continue
        return i
    return len(start) - 1


@njit(nogil=True, cache=True)
def first_times(codes: np.ndarray, at: np.ndarray, first: np.ndarray) -> None:
    """Lower ``first[code]`` to the first time of each code."""
    for i in range(len(codes)):
        first[codes[i]] = min(first[codes[i]], at[i])
