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
    from features.simulation.segments import Segments
    from features.simulation.survival import World


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


@njit(cache=True, nogil=True, inline="always")
def weigh_exposure(world: World, group: int, day: int, until: float, evidence: np.ndarray) -> None:
    """Subtract from ``evidence[state]`` the events to be expected on a day, up to the fraction ``until`` of it."""
    reached = elapsed(until) if until < 1.0 else 1.0
    for lead in range(world.starts[group], world.starts[group + 1]):
        born = int(world.created[lead])
        since = elapsed(world.created[lead] - day) if born == day else 0.0
        if born > day or reached <= since:
            continue
        segment = world.epochs.segment[epoch_at(world.epochs, lead, day)]
        share = (reached - since) * world.calendar.activity[day - born]
        for family in range(4):
            pace = share * world.calendar.pace[family, day]
            evidence[DEAD] -= pace * world.excess.rate[segment, family, DEAD]
            evidence[HOT] -= pace * world.excess.rate[segment, family, HOT]


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


@njit(cache=True, nogil=True, inline="always")
def count_events(world: World, s: int, end: int, until: float, evidence: np.ndarray) -> int:
    """Add events from position ``s`` that lie before ``until``; return the position after the last of them."""
    log_ratio = world.excess.log_ratio
    while s < end and world.events.at[s] < until:
        kind = world.events.kind[s]
        # What sales does tells nothing of the buyer's state.
        if kind < len(log_ratio):
            evidence[DEAD] += log_ratio[kind, DEAD]
            evidence[HOT] += log_ratio[kind, HOT]
        s += 1
    return s


@njit(cache=True, nogil=True, inline="always")
def first_belief(world: World, group: int) -> np.ndarray:
    """Belief at the creation of a group's first lead: dead by its segment, else the chain's stationary law."""
    up, down = world.chain
    first = world.starts[group]
    dead = world.tables.dead[world.epochs.segment[world.epochs.starts[first]]]
    return np.array([dead, (1.0 - dead) * down / (up + down), (1.0 - dead) * up / (up + down)])


@njit(cache=True, nogil=True, inline="always")
def filter_group(world: World, group: int, moments: np.ndarray) -> np.ndarray:
    """Return P(state | events of the group before each moment), one row a moment; moments rise.

    Moments before the group's first lead get the belief of its first day.
    """
    beliefs = np.empty((len(moments), 3))
    belief, evidence = first_belief(world, group), np.zeros(3)
    day = int(world.created[world.starts[group]])
    s, end = world.event_starts[group], world.event_starts[group + 1]
    for row in range(len(moments)):
        while day < int(moments[row]):
            evidence[:] = 0.0
            weigh_exposure(world, group, day, 1.0, evidence)
            s = count_events(world, s, end, day + 1.0, evidence)
            weigh(belief, evidence)
            step_overnight(belief, world.chain[0], world.chain[1])
            day += 1
        evidence[:] = 0.0
        weigh_exposure(world, group, day, moments[row] - day, evidence)
        count_events(world, s, end, moments[row], evidence)
        beliefs[row] = belief
        weigh(beliefs[row], evidence)
    return beliefs
