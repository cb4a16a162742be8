"""Epochs: from which day a lead has been in which segment, as its record is filled in and its company grows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from features.simulation.segments import SHAPE

_SENIORITY, _FUNCTION, _SIZE, _INDUSTRY, _SOURCE, _COUNTRY = SHAPE


class Epochs(NamedTuple):
    """Lead i is in ``segment[e]`` from ``day[e]`` on, for e in ``starts[i]:starts[i + 1]``, rising in day.

    The first epoch starts on the day of creation; each later one at the midnight its day begins with.
    """

    starts: np.ndarray
    day: np.ndarray
    segment: np.ndarray


class Record(NamedTuple):
    """What is on record about each lead, as codes and the days from which they are known.

    ``sizes_*`` are the company's size codes by account: ``sizes_starts[a]:sizes_starts[a + 1]``.
    """

    created_day: np.ndarray
    account: np.ndarray
    seniority: np.ndarray
    function: np.ndarray
    title_day: np.ndarray
    source: np.ndarray
    country: np.ndarray
    industry: np.ndarray
    industry_day: np.ndarray
    sizes_starts: np.ndarray
    sizes_day: np.ndarray
    sizes_code: np.ndarray


@njit(cache=True, nogil=True)
def segment_on(record: Record, lead: int, day: int) -> int:
    """Segment code from what is on record at the start of a day (on the day of creation: at creation)."""
    seniority, function, size, industry = 0, 0, 0, 0
    if record.title_day[lead] <= day:
        seniority, function = record.seniority[lead], record.function[lead]
    account = record.account[lead]
    if account >= 0:
        if record.industry_day[account] <= day:
            industry = record.industry[account]
        for v in range(record.sizes_starts[account], record.sizes_starts[account + 1]):
            if record.sizes_day[v] <= day:
                size = record.sizes_code[v]
    code = (seniority * _FUNCTION + function) * _SIZE + size
    code = (code * _INDUSTRY + industry) * _SOURCE + record.source[lead]
    return code * _COUNTRY + record.country[lead]


@njit(cache=True, nogil=True)
def _change_days(record: Record, lead: int, days: np.ndarray) -> int:
    """Write the days after creation on which something may change, unsorted, and return how many."""
    born = record.created_day[lead]
    n = 0
    if born < record.title_day[lead]:
        days[n] = record.title_day[lead]
        n += 1
    account = record.account[lead]
    if account >= 0:
        if born < record.industry_day[account]:
            days[n] = record.industry_day[account]
            n += 1
        for v in range(record.sizes_starts[account], record.sizes_starts[account + 1]):
            if born < record.sizes_day[v]:
                days[n] = record.sizes_day[v]
                n += 1
    return n


@njit(cache=True, nogil=True)
def build_epochs(record: Record, end: int) -> Epochs:
    """Return the epochs of every lead up to the market day ``end``; equal neighbours are merged."""
    count = len(record.created_day)
    starts = np.zeros(count + 1, dtype=np.int64)
    day = np.empty(count * 10, dtype=np.int32)
    segment = np.empty(count * 10, dtype=np.int32)
    changes = np.empty(64, dtype=np.int64)
    n = 0
    for lead in range(count):
        day[n] = record.created_day[lead]
        segment[n] = segment_on(record, lead, record.created_day[lead])
        n += 1
        found = _change_days(record, lead, changes)
        for change in np.sort(changes[:found]):
            code = segment_on(record, lead, change)
            if change < end and code != segment[n - 1]:
                day[n] = change
                segment[n] = code
                n += 1
        starts[lead + 1] = n
    return Epochs(starts, day[:n].copy(), segment[:n].copy())
