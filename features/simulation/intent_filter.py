"""What the events seen so far say of a buying group's intent: the forward pass of its hidden Markov chain.

The state holds for a whole day, so a day's events are Poisson given it and the filter is exact (Rabiner 1989,
section III.A); a day still under way counts up to the moment asked about. Likelihoods are relative to the
cold state, which cancels all that the states share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.simulation.conversion import epoch_at
from features.simulation.parameters import COLD, DEAD, HOT
from features.simulation.seasons import elapsed

if TYPE_CHECKING:
    from features.simulation.behaviour import Happenings
    from features.simulation.epochs import Epochs
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments


class Excess(NamedTuple):
    """Evidence tables: ``rate[segment, family, state]`` events a day beyond the cold state's, summed over the
    kinds of a family; ``log_ratio[kind, state]`` what one event adds to the log-likelihood beside cold.
    """

    rate: np.ndarray
    log_ratio: np.ndarray


def excess_tables(tables: Segments) -> Excess:
    """Build the evidence tables from the truth of the segments."""
    beyond = tables.rate - tables.rate[:, :, COLD : COLD + 1]
    families = np.eye(4)[tables.family]
    # In any one segment the states' rates stand in the same proportions.
    ratio = tables.rate[0] / tables.rate[0][:, COLD : COLD + 1]
    return Excess(np.ascontiguousarray(np.einsum("skz,kf->sfz", beyond, families)), np.log(ratio))


@njit(cache=True, nogil=True)
def day_evidence(
    excess: Excess,
    calendar: Calendar,
    epochs: Epochs,
    created: np.ndarray,
    first: int,
    last: int,
    day: int,
    until: float,
    total: np.ndarray,
) -> None:
    """Subtract from ``total[state]`` the exposure of leads ``first:last`` on a day, up to fraction ``until``."""
    reached = elapsed(until) if until < 1.0 else 1.0
    for lead in range(first, last):
        born = int(created[lead])
        if born > day:
            continue
        since = elapsed(created[lead] - day) if born == day else 0.0
        if reached <= since:
            continue
        segment = epochs.segment[epoch_at(epochs, lead, day)]
        share = (reached - since) * calendar.activity[day - born]
        for family in range(4):
            pace = share * calendar.pace[family, day]
            total[DEAD] -= pace * excess.rate[segment, family, DEAD]
            total[HOT] -= pace * excess.rate[segment, family, HOT]


@njit(cache=True, nogil=True)
def step_overnight(belief: np.ndarray, up: float, down: float) -> None:
    """Move the belief over one midnight; dead stays dead."""
    cold, hot = belief[COLD], belief[HOT]
    belief[COLD] = cold * (1.0 - up) + hot * down
    belief[HOT] = cold * up + hot * (1.0 - down)


@njit(cache=True, nogil=True)
def weigh(belief: np.ndarray, evidence: np.ndarray) -> None:
    """Multiply the belief by the likelihood of log ``evidence`` and bring it back to sum 1."""
    top = evidence.max()
    total = 0.0
    for state in range(3):
        belief[state] *= np.exp(evidence[state] - top)
        total += belief[state]
    for state in range(3):
        belief[state] /= total


@njit(cache=True, nogil=True)
def count_events(excess: Excess, events: Happenings, s: int, end: int, until: float, evidence: np.ndarray) -> int:
    """Add events from position ``s`` that lie before ``until``; return the position after the last of them."""
    kinds = len(excess.log_ratio)
    while s < end and events.at[s] < until:
        kind = events.kind[s]
        if kind < kinds:
            evidence[DEAD] += excess.log_ratio[kind, DEAD]
            evidence[HOT] += excess.log_ratio[kind, HOT]
        s += 1
    return s


@njit(cache=True, nogil=True)
def filter_group(
    excess: Excess,
    calendar: Calendar,
    epochs: Epochs,
    created: np.ndarray,
    first: int,
    last: int,
    events: Happenings,
    events_from: int,
    events_to: int,
    prior_dead: float,
    up: float,
    down: float,
    moments: np.ndarray,
    beliefs: np.ndarray,
) -> None:
    """Fill ``beliefs[row]`` with P(state | events before ``moments[row]``) of one group; moments rise.

    Moments before the group's first lead get the belief of its first day.
    """
    day = int(created[first])
    belief = np.empty(3)
    stationary = up / (up + down)
    belief[DEAD] = prior_dead
    belief[COLD] = (1.0 - prior_dead) * (1.0 - stationary)
    belief[HOT] = (1.0 - prior_dead) * stationary
    evidence = np.zeros(3)
    s = events_from
    for row in range(len(moments)):
        while day < int(moments[row]):
            evidence[:] = 0.0
            day_evidence(excess, calendar, epochs, created, first, last, day, 1.0, evidence)
            s = count_events(excess, events, s, events_to, day + 1.0, evidence)
            weigh(belief, evidence)
            step_overnight(belief, up, down)
            day += 1
        evidence[:] = 0.0
        day_evidence(excess, calendar, epochs, created, first, last, day, moments[row] - day, evidence)
        count_events(excess, events, s, events_to, moments[row], evidence)
        beliefs[row] = belief
        weigh(beliefs[row], evidence)
