"""What buyers and sales do: intent by buying group, and every lead's events as Poisson processes given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.simulation.chance import poisson, uniform
from features.simulation.parameters import COLD, HOT, START
from features.simulation.seasons import elapsed, fraction_at

if TYPE_CHECKING:
    from features.simulation.epochs import Epochs
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments

MILLISECONDS = 86_400_000


class Happenings(NamedTuple):
    """Events as columns: ``lead`` position, ``kind`` code, ``at`` in market days (whole milliseconds)."""

    lead: np.ndarray
    kind: np.ndarray
    at: np.ndarray


def to_microseconds(moment: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 UTC of moments in market days, on whole milliseconds."""
    return START + np.rint(moment * MILLISECONDS).astype(np.int64) * 1000


def to_days(microseconds: np.ndarray) -> np.ndarray:
    """Market days of moments in microseconds since 1970 UTC: inverse of :func:`to_microseconds`."""
    return (np.asarray(microseconds, dtype=np.int64) - START) / (MILLISECONDS * 1000)


@njit(cache=True, nogil=True)
def whole_milliseconds(moment: float) -> float:
    """Round down to a whole millisecond, so that exports in milliseconds lose nothing."""
    return np.floor(moment * MILLISECONDS) / MILLISECONDS


@njit(cache=True, nogil=True)
def draw_intent(
    states: np.ndarray, first_day: np.ndarray, dead: np.ndarray, days: int, up: float, down: float
) -> np.ndarray:
    """Return the state of each group on each day, uint8; it may change at every midnight after the first day."""
    intent = np.zeros((len(first_day), days), dtype=np.uint8)
    state = np.empty(1, dtype=np.uint64)
    for g in range(len(first_day)):
        state[0] = states[g]
        if uniform(state) < dead[g]:
            continue
        now = HOT if uniform(state) < up / (up + down) else COLD
        for day in range(first_day[g], days):
            intent[g, day] = now
            u = uniform(state)
            if now == COLD and u < up:
                now = HOT
            elif now == HOT and u < down:
                now = COLD
    return intent


@njit(cache=True, nogil=True)
def _one_event(
    state: np.ndarray, calendar: Calendar, tables: Segments, segment: int, mood: int, day: int, since: float
) -> tuple[int, float]:
    """Draw the kind and moment of one event of a day, after the share ``since`` of it."""
    kinds = tables.rate.shape[1]
    total = 0.0
    for kind in range(kinds):
        total += calendar.pace[tables.family[kind], day] * tables.rate[segment, kind, mood]
    left = uniform(state) * total
    chosen = kinds - 1
    for kind in range(kinds):
        left -= calendar.pace[tables.family[kind], day] * tables.rate[segment, kind, mood]
        if left < 0.0:
            chosen = kind
            break
    share = since + uniform(state) * (1.0 - since)
    return chosen, whole_milliseconds(day + min(fraction_at(share), 0.9999999))


@njit(cache=True, nogil=True)
def _family_rates(tables: Segments) -> np.ndarray:
    """Sum the rates over the kinds of each family: [segment, state, family]."""
    segments, kinds, moods = tables.rate.shape
    total = np.zeros((segments, moods, 4))
    for segment in range(segments):
        for kind in range(kinds):
            for mood in range(moods):
                total[segment, mood, tables.family[kind]] += tables.rate[segment, kind, mood]
    return total


@njit(cache=True, nogil=True)
def draw_buyer_events(
    states: np.ndarray,
    created: np.ndarray,
    group: np.ndarray,
    intent: np.ndarray,
    epochs: Epochs,
    tables: Segments,
    calendar: Calendar,
) -> Happenings:
    """Draw the events of buyers, lead by lead and day by day, from creation to the end of the observed period."""
    rates = _family_rates(tables)
    capacity = len(created) * 40 + 1000
    lead_of, kind_of = np.empty(capacity, dtype=np.int32), np.empty(capacity, dtype=np.int8)
    at = np.empty(capacity, dtype=np.float64)
    state = np.empty(1, dtype=np.uint64)
    n = 0
    for lead in range(len(created)):
        state[0] = states[lead]
        first = int(created[lead])
        epoch, last_epoch = epochs.starts[lead], epochs.starts[lead + 1] - 1
        for day in range(first, intent.shape[1]):
            while epoch < last_epoch and epochs.day[epoch + 1] <= day:
                epoch += 1
            segment, mood = epochs.segment[epoch], intent[group[lead], day]
            since = elapsed(created[lead] - day) if day == first else 0.0
            mean = 0.0
            for family in range(4):
                mean += calendar.pace[family, day] * rates[segment, mood, family]
            mean *= calendar.activity[day - first] * (1.0 - since)
            for _ in range(poisson(state, mean)):
                if n == capacity:
                    capacity *= 2
                    lead_of, kind_of, at = _grown(lead_of, kind_of, at, capacity)
                lead_of[n] = lead
                kind_of[n], at[n] = _one_event(state, calendar, tables, segment, mood, day, since)
                n += 1
    return Happenings(lead_of[:n].copy(), kind_of[:n].copy(), at[:n].copy())


@njit(cache=True, nogil=True)
def _grown(
    lead: np.ndarray, kind: np.ndarray, at: np.ndarray, capacity: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(lead)
    more_lead, more_kind = np.empty(capacity, dtype=np.int32), np.empty(capacity, dtype=np.int8)
    more_at = np.empty(capacity, dtype=np.float64)
    more_lead[:n], more_kind[:n], more_at[:n] = lead, kind, at
    return more_lead, more_kind, more_at


@njit(cache=True, nogil=True)
def draw_sales_events(
    states: np.ndarray, begins: np.ndarray, rates: np.ndarray, calendar: Calendar, first_kind: int, end: int
) -> Happenings:
    """Draw what sales does for each lead from its moment ``begins`` (infinite: never) until effort has faded."""
    capacity = int(np.isfinite(begins).sum()) * 40 + 1000
    lead_of, kind_of = np.empty(capacity, dtype=np.int32), np.empty(capacity, dtype=np.int8)
    at = np.empty(capacity, dtype=np.float64)
    state = np.empty(1, dtype=np.uint64)
    total, n = rates.sum(), 0
    for lead in range(len(begins)):
        if not begins[lead] < end:
            continue
        state[0] = states[lead]
        first = int(begins[lead])
        for day in range(first, end):
            effort = calendar.effort[day - first]
            if effort == 0.0:
                break
            since = elapsed(begins[lead] - day) if day == first else 0.0
            for _ in range(poisson(state, total * effort * calendar.sales[day] * (1.0 - since))):
                if n == capacity:
                    capacity *= 2
                    lead_of, kind_of, at = _grown(lead_of, kind_of, at, capacity)
                u = uniform(state) * total
                share = since + uniform(state) * (1.0 - since)
                lead_of[n] = lead
                kind_of[n] = first_kind + min(np.searchsorted(np.cumsum(rates), u, side="right"), len(rates) - 1)
                at[n] = whole_milliseconds(day + min(fraction_at(share), 0.9999999))
                n += 1
    return Happenings(lead_of[:n].copy(), kind_of[:n].copy(), at[:n].copy())
