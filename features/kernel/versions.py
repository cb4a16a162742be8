"""Kernels over attribute versions: the value, its changes, and the values of colleagues as of a moment."""

from __future__ import annotations

import numpy as np
from numba import njit

from features.kernel.search import upper_bound

_DAY = 86_400_000_000


@njit(nogil=True, cache=True)
def version_rows(start, known_at, value, owners, as_of, out):
    """Fill ``out`` (rows,) with the last value known before ``as_of``, NaN where there is none.

    ``value`` (versions,) float64; ``owners`` (rows,) int64 numbers the entity, -1 for none.
    """
    for row in range(owners.size):
        out[row] = np.nan
        if owners[row] < 0:
            continue
        low = start[owners[row]]
        position = upper_bound(known_at, low, start[owners[row] + 1], as_of[row])
        if position > low:
            out[row] = value[position - 1]


@njit(nogil=True, cache=True)
def version_values(start, known_at, code, owners, as_of, meanings, columns, out):
    """Write what the last version known before ``as_of`` means into ``columns`` of ``out`` (rows, features).

    ``code`` (versions,) numbers the texts, -1 for an empty value; ``meanings`` (texts + 1, columns) says what each
    means, an empty one last. Rows without a version stay as they are; ``owners`` as in :func:`version_rows`.
    """
    for row in range(owners.size):
        if owners[row] < 0:
            continue
        low = start[owners[row]]
        position = upper_bound(known_at, low, start[owners[row] + 1], as_of[row])
        if position > low:
            text = code[position - 1]
            if text < 0:
                text = len(meanings) - 1
            for number in range(columns.size):
                out[row, columns[number]] = meanings[text, number]


@njit(nogil=True, cache=True)
def change_rows(start, known_at, code, owners, as_of, counted, out):
    """Fill ``out`` with the changes before ``as_of`` (``counted``), or with the days since the last one.

    ``code`` (versions,) int numbers the texts, -1 for an empty value. NaN where nothing was known yet or, for the
    days, where nothing ever changed.
    """
    for row in range(owners.size):
        out[row] = np.nan
        if owners[row] < 0:
            continue
        low = start[owners[row]]
        position = upper_bound(known_at, low, start[owners[row] + 1], as_of[row])
        changes = 0
        for i in range(low + 1, position):
            if code[i] != code[i - 1]:
                changes += 1
                if not counted:
                    out[row] = (as_of[row] - known_at[i]) / _DAY
        if counted and position > low:
            out[row] = changes


@njit(nogil=True, cache=True)
def colleague_rows(history, start, known_at, value, leads, as_of, values, distinct, out):
    """Fill ``out`` (rows,) with a figure on the values of the lead's colleagues, NaN for a lead without account.

    ``value`` (versions,) int64 numbers what each version means, from 0 to ``values`` - 1, -1 for nothing. With
    ``distinct`` the figure is the number of different values, else the number of colleagues with value 0.
    """
    seen_by = np.full(values, -1, np.int64)
    for row in range(leads.size):
        lead, now = leads[row], as_of[row]
        out[row] = np.nan
        if history.group_start[lead] < 0:
            continue
        found = 0
        for other in range(history.group_start[lead], history.group_end[lead]):
            # Somebody who was not yet a lead was not yet known to be a colleague.
            if other == lead or history.created_at[other] >= now:
                continue
            low = start[other]
            position = upper_bound(known_at, low, start[other + 1], now)
            if position == low or value[position - 1] < 0:
                continue
            which = value[position - 1]
            if distinct:
                if seen_by[which] != row:
                    seen_by[which] = row
                    found += 1
            elif which == 0:
                found += 1
        out[row] = found
