"""The numba kernels: what a plan computes for one (lead, as_of) row, over sorted columns.

The rules, which ``features.reference`` states again in plain Python:

- An event counts for a row only if ``at < as_of`` and ``known_at < as_of``.
- A colleague counts only if created before ``as_of``.
- A window of length w is [as_of - w, as_of).
- A window that reaches back before a kind was observed is unknown (NaN), unless the lead (for colleagues,
  the account's first lead) was created after that moment.
- Sums run from the latest event to the earliest, so that batch and single rows agree to the last bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from features.facts.clock import DAY
from features.history import HistoryArrays
from features.language.feature import ALL_TIME, DECAY_REACH

COUNT, SUM, ACTIVE_DAYS, PEOPLE, DECAYED, SINCE_LAST, SINCE_FIRST = range(7)

_LN2 = math.log(2.0)


class PlanArrays(NamedTuple):
    """What the kernel reads of a plan: A accumulators, each a scope and a set of kinds; C columns.

    ``own_start``/``own_target`` and ``other_start``/``other_target`` list, per kind of the history, the
    accumulators that its events feed for the lead itself and for colleagues. ``window_start`` (A+1,) bounds an
    accumulator's ``window`` lengths, ascending; ``half_start`` its ``half_life`` lengths. ``column_*`` (C,) give
    each column's accumulator, measure, slot in the flat scratch, span, and whether colleagues are meant.
    ``look_back`` is the longest finite span over colleagues, or ALL_TIME.
    """

    own_start: np.ndarray
    own_target: np.ndarray
    other_start: np.ndarray
    other_target: np.ndarray
    window_start: np.ndarray
    window: np.ndarray
    half_start: np.ndarray
    half_life: np.ndarray
    observed_from: np.ndarray
    column_accumulator: np.ndarray
    column_measure: np.ndarray
    column_slot: np.ndarray
    column_span: np.ndarray
    column_colleagues: np.ndarray
    look_back: int


@njit(nogil=True, cache=True)
def _upper_bound(event_at, low, high, as_of):
    """Return the first position in [low, high) whose time is not before ``as_of``."""
    while low < high:
        middle = (low + high) // 2
        if event_at[middle] < as_of:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def _add_lead(history, plan, lead, as_of, start, target, look_back, scratch):
    """Feed one lead's visible events, latest first, to the accumulators of one scope."""
    counts, sums, days, people, decayed, newest, oldest, last_day, last_person = scratch
    low = history.lead_start[lead]
    position = _upper_bound(history.event_at, low, history.lead_start[lead + 1], as_of)
    for a in range(last_day.size):
        last_day[a] = -ALL_TIME
    while position > low:
        position -= 1
        age = as_of - history.event_at[position]
        if age > look_back:
            break
        if history.event_known[position] >= as_of:
            continue
        kind = history.event_kind[position]
        day = history.event_at[position] // DAY
        value = history.event_value[position]
        for p in range(start[kind], start[kind + 1]):
            a = target[p]
            newest[a] = min(newest[a], age)
            oldest[a] = max(oldest[a], age)
            end = plan.window_start[a + 1]
            slot = plan.window_start[a]
            while slot < end and plan.window[slot] < age:
                slot += 1
            if slot < end:
                counts[slot] += 1
                if day != last_day[a]:
                    last_day[a] = day
                    days[slot] += 1
                if last_person[a] != lead:
                    last_person[a] = lead
                    people[slot] += 1
                if not math.isnan(value):
                    for wider in range(slot, end):
                        sums[wider] += value
            for h in range(plan.half_start[a], plan.half_start[a + 1]):
                if age <= DECAY_REACH * plan.half_life[h]:
                    decayed[h] += math.exp(-_LN2 * age / plan.half_life[h])


@njit(nogil=True, cache=True)
def _clear(scratch):
    counts, sums, days, people, decayed, newest, oldest, _, last_person = scratch
    counts[:] = 0
    sums[:] = 0.0
    days[:] = 0
    people[:] = 0
    decayed[:] = 0.0
    newest[:] = ALL_TIME
    oldest[:] = -1
    last_person[:] = -1


@njit(nogil=True, cache=True)
def _accumulate_windows(plan, scratch):
    """Turn "in this window but no shorter one" into "in this window"."""
    counts, _, days, people = scratch[:4]
    for a in range(plan.window_start.size - 1):
        for slot in range(plan.window_start[a] + 1, plan.window_start[a + 1]):
            counts[slot] += counts[slot - 1]
            days[slot] += days[slot - 1]
            people[slot] += people[slot - 1]


@njit(nogil=True, cache=True)
def _read_column(plan, column, scratch):
    counts, sums, days, people, decayed, newest, oldest = scratch[:7]
    measure = plan.column_measure[column]
    slot = plan.column_slot[column]
    if measure == COUNT:
        return float(counts[slot])
    if measure == SUM:
        return sums[slot]
    if measure == ACTIVE_DAYS:
        return float(days[slot])
    if measure == PEOPLE:
        return float(people[slot])
    if measure == DECAYED:
        return decayed[slot]
    age = newest[slot] if measure == SINCE_LAST else oldest[slot]
    if age < 0 or age == ALL_TIME:
        return np.nan
    return age / DAY


@njit(nogil=True, cache=True)
def behaviour_rows(history, plan, leads, as_of, out):
    """Fill ``out`` (rows, C) with the behaviour features of each (lead, as_of) row.

    ``leads`` and ``as_of`` are int64 (rows,). Runs without the interpreter lock, so threads may share rows out.
    """
    accumulators = plan.window_start.size - 1
    scratch = (
        np.zeros(plan.window.size, np.int64),
        np.zeros(plan.window.size, np.float64),
        np.zeros(plan.window.size, np.int64),
        np.zeros(plan.window.size, np.int64),
        np.zeros(plan.half_life.size, np.float64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
    )
    for row in range(leads.size):
        lead = leads[row]
        now = as_of[row]
        _clear(scratch)
        _add_lead(history, plan, lead, now, plan.own_start, plan.own_target, ALL_TIME, scratch)
        grouped = history.group_start[lead] >= 0
        if grouped and plan.other_target.size > 0:
            for other in range(history.group_start[lead], history.group_end[lead]):
                # Somebody who was not yet a lead was not yet known to be a colleague.
                if other != lead and history.created_at[other] < now:
                    _add_lead(
                        history, plan, other, now, plan.other_start, plan.other_target, plan.look_back, scratch
                    )
        _accumulate_windows(plan, scratch)
        for column in range(plan.column_measure.size):
            colleagues = plan.column_colleagues[column]
            created = history.group_created[lead] if colleagues else history.created_at[lead]
            span = plan.column_span[column]
            reach = created if span >= now - created else now - span
            observed = plan.observed_from[plan.column_accumulator[column]]
            needs_past = plan.column_measure[column] != SINCE_LAST
            if (colleagues and not grouped) or (needs_past and reach < observed):
                out[row, column] = np.nan
            else:
                out[row, column] = _read_column(plan, column, scratch)


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
        position = _upper_bound(known_at, low, start[owners[row] + 1], as_of[row])
        if position > low:
            out[row] = value[position - 1]


__all__ = ["HistoryArrays", "PlanArrays", "behaviour_rows", "version_rows"]
