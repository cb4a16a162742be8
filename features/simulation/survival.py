"""What is known of the past at a moment, as chances that nothing ripens: of a lead's own, and of its group.

All follow from one product, the chance that none of the events s seen before ripened by then:
Π (1 − w·(G(T−s) − G(c−s))) · exp(−∫base), see :mod:`features.simulation.conversion`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.simulation.delays import ripened
from features.simulation.outlook import no_sales_yield
from features.simulation.parameters import COLD, DEAD, HOT
from features.simulation.seasons import base_total

if TYPE_CHECKING:
    from features.simulation.behaviour import Happenings
    from features.simulation.conversion import Weights
    from features.simulation.epochs import Epochs
    from features.simulation.intent_filter import Excess
    from features.simulation.outlook import Joining, Yields
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments

# Where a dead group is this improbable, who converted and who did not cannot change the answer.
_SURELY_ALIVE = 1e-9


class World(NamedTuple):
    """The market and its truth as one argument for kernels; members as in ``Truth`` and the tables' own modules.

    ``chain`` is the chance to heat up and to cool down at a midnight; ``looks`` the share of leads that sales
    looks at, and the earliest and latest age in days at which it does. Helpers that take a World are inlined:
    handing its many arrays from call to call doubles the time it takes to compile.
    """

    starts: np.ndarray
    created: np.ndarray
    opportunity: np.ndarray
    verdict: np.ndarray
    accepted: np.ndarray
    has_account: np.ndarray
    take: np.ndarray
    epochs: Epochs
    events: Happenings
    event_starts: np.ndarray
    weights: Weights
    tables: Segments
    excess: Excess
    yields: Yields
    joining: Joining
    calendar: Calendar
    delays: np.ndarray
    chain: np.ndarray
    looks: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def past_survival(world: World, lead: int, group: int, moment: float, horizon: float) -> float:
    """Chance that no event so far ripens into the lead's opportunity in the horizon, none having done so yet."""
    none, born = 1.0, world.created[lead]
    for s in range(world.event_starts[group], world.event_starts[group + 1]):
        at = world.events.at[s]
        if at >= moment:
            break
        worth = world.weights.own[s] if world.events.lead[s] == lead else world.weights.give[s] * world.take[lead]
        before = ripened(world.delays, born - at)
        then = 1.0 - worth * (ripened(world.delays, moment - at) - before)
        none *= (1.0 - worth * (ripened(world.delays, moment + horizon - at) - before)) / then
    return none


@njit(cache=True, nogil=True, inline="always")
def unprompted_survival(world: World, segment: int, moment: float, horizon: float) -> float:
    """Chance of no opportunity out of the blue within the horizon, in the segment of the moment."""
    season = base_total(world.calendar.base, moment + horizon) - base_total(world.calendar.base, moment)
    return np.exp(-world.tables.base[segment] * season)


@njit(cache=True, nogil=True, inline="always")
def silence(world: World, lead: int, group: int, moment: float) -> float:
    """Chance that a lead of a living group has had no opportunity by a moment, given the events."""
    none, born = 1.0, world.created[lead]
    for s in range(world.event_starts[group], world.event_starts[group + 1]):
        at = world.events.at[s]
        if at >= moment:
            break
        worth = world.weights.own[s] if world.events.lead[s] == lead else world.weights.give[s] * world.take[lead]
        none *= 1.0 - worth * (ripened(world.delays, moment - at) - ripened(world.delays, born - at))
    return none * np.exp(-_unprompted_total(world, lead, moment))


@njit(cache=True, nogil=True, inline="always")
def _unprompted_total(world: World, lead: int, moment: float) -> float:
    """Integral of the base rate from a lead's creation to a moment, through its epochs."""
    base, epochs = world.calendar.base, world.epochs
    total, at = 0.0, world.created[lead]
    for e in range(epochs.starts[lead], epochs.starts[lead + 1]):
        until = moment if e + 1 == epochs.starts[lead + 1] else min(moment, epochs.day[e + 1])
        if until > at:
            total += world.tables.base[epochs.segment[e]] * (base_total(base, until) - base_total(base, at))
            at = until
    return total


@njit(cache=True, nogil=True, inline="always")
def heed_conversions(world: World, belief: np.ndarray, group: int, moment: float) -> None:
    """Correct the belief in a dead group: an opportunity rules it out, and leads without one speak for it.

    Given the events, opportunities do not tell cold from hot, so only dead against alive shifts.
    """
    if belief[DEAD] < _SURELY_ALIVE:
        return
    quiet = 1.0
    for lead in range(world.starts[group], world.starts[group + 1]):
        if world.created[lead] >= moment:
            break
        if world.opportunity[lead] < moment:
            belief[DEAD] = 0.0
            quiet = 1.0
            break
        quiet *= silence(world, lead, group, moment)
    belief[COLD] *= quiet
    belief[HOT] *= quiet
    belief /= belief.sum()


@njit(cache=True, nogil=True, inline="always")
def sales_survival(world: World, lead: int, segment: int, moment: float, horizon: float) -> float:
    """Chance that sales work to come ripens into nothing; before a verdict, averaged over what it may be."""
    begins, chance = world.verdict[lead], 1.0
    if begins < moment:
        if not world.accepted[lead]:
            return 1.0
    else:
        chance, begins = _pending_acceptance(world, lead, moment)
        if chance == 0.0:
            return 1.0
    full = world.yields.sales[segment]
    none = no_sales_yield(full, world.calendar, world.delays, begins, moment, moment + horizon)
    return 1.0 - chance + chance * none


@njit(cache=True, nogil=True, inline="always")
def _pending_acceptance(world: World, lead: int, moment: float) -> tuple[float, float]:
    """Chance that sales will yet look at the lead and accept it, and the middle of the time left for it."""
    share, early, late = world.looks
    born = world.created[lead]
    passed = min(max((moment - born - early) / (late - early), 0.0), 1.0)
    yet = share * (1.0 - passed) / (1.0 - share * passed)
    accepted = world.tables.accepted[world.epochs.segment[world.epochs.starts[lead]]]
    return yet * accepted, 0.5 * (max(moment, born + early) + born + late)
