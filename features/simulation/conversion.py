"""How events become opportunities: each may ripen once, into its lead's or a colleague's, after a delay.

An event s of lead j ripens into the opportunity of lead i with probability w (own worth where i is j, else
give·take) after a delay with distribution G; opportunities also come out of the blue at a seasonal rate.
A lead's opportunity is the first of these after its creation. Given the events this makes the probability of
none up to a moment T a plain product, exactly: Π (1 − w·(G(T−s) − G(c−s))) · exp(−∫base), c the creation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.simulation.behaviour import whole_milliseconds
from features.simulation.chance import uniform
from features.simulation.delays import draw_delay
from features.simulation.seasons import base_total

if TYPE_CHECKING:
    from features.simulation.behaviour import Happenings
    from features.simulation.epochs import Epochs
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments


class Weights(NamedTuple):
    """Per event, what it is worth to its own lead (``own``) and to a colleague with take 1 (``give``)."""

    own: np.ndarray
    give: np.ndarray


@njit(cache=True, nogil=True)
def epoch_at(epochs: Epochs, lead: int, day: int) -> int:
    """Position of the epoch a lead is in on a day."""
    e = epochs.starts[lead]
    while e + 1 < epochs.starts[lead + 1] and epochs.day[e + 1] <= day:
        e += 1
    return e


@njit(cache=True, nogil=True)
def event_weights(events: Happenings, epochs: Epochs, tables: Segments, calendar: Calendar) -> Weights:
    """Look up what each event is worth, by its lead's segment on its day and the drift of its family."""
    count, buyer_kinds = len(events.at), tables.rate.shape[1]
    own, give = np.empty(count), np.empty(count)
    for s in range(count):
        kind, day = events.kind[s], int(events.at[s])
        segment = epochs.segment[epoch_at(epochs, events.lead[s], day)]
        drift = calendar.worth[tables.family[kind], day] if kind < buyer_kinds else 1.0
        own[s] = tables.own[segment, kind] * drift
        give[s] = tables.give[segment, kind] * drift
    return Weights(own, give)


@njit(cache=True, nogil=True)
def _out_of_the_blue(
    u: float, lead: int, created: float, epochs: Epochs, tables: Segments, base: np.ndarray, end: int
) -> float:
    """Moment of the first opportunity out of the blue, infinite if there is none before ``end``."""
    left = -np.log(1.0 - u)
    e = epochs.starts[lead]
    moment = created
    while moment < end:
        last = e + 1 == epochs.starts[lead + 1]
        until = end if last else epochs.day[e + 1]
        rate = tables.base[epochs.segment[e]]
        gained = rate * (base_total(base, until) - base_total(base, moment))
        if gained > left:
            wanted = base_total(base, moment) + left / rate
            day = np.searchsorted(base, wanted, side="right") - 1
            return day + (wanted - base[day]) / (base[day + 1] - base[day])
        left -= gained
        moment, e = until, e + 1
    return np.inf


@njit(cache=True, nogil=True)
def draw_opportunities(
    states: np.ndarray,
    starts: np.ndarray,
    dead: np.ndarray,
    created: np.ndarray,
    take: np.ndarray,
    event_starts: np.ndarray,
    events: Happenings,
    weights: Weights,
    epochs: Epochs,
    tables: Segments,
    base: np.ndarray,
    delays: np.ndarray,
    end: int,
) -> np.ndarray:
    """Return the moment of each lead's opportunity in market days, infinite where there is none before ``end``.

    ``states`` has one stream per lead; ``event_starts`` delimits the events of each group.
    """
    opportunity = np.full(len(created), np.inf)
    state = np.empty(1, dtype=np.uint64)
    for g in range(len(starts) - 1):
        if dead[g]:
            continue
        for lead in range(starts[g], starts[g + 1]):
            state[0] = states[lead]
            first = _out_of_the_blue(uniform(state), lead, created[lead], epochs, tables, base, end)
            for s in range(event_starts[g], event_starts[g + 1]):
                worth = weights.own[s] if events.lead[s] == lead else weights.give[s] * take[lead]
                if uniform(state) < worth:
                    moment = events.at[s] + draw_delay(delays, uniform(state))
                    if created[lead] < moment < first:
                        first = moment
            if first < end:
                opportunity[lead] = max(whole_milliseconds(first), created[lead])
    return opportunity
