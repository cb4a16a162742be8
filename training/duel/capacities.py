"""The same duel at other capacities, each with its own calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from training.duel.calls import Calls, make_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.duel.arena import Arena
    from training.duel.measures import Part

#: Without a list of capacities the curve shows these multiples of the duel's own.
MULTIPLES = (0.25, 0.5, 0.75, 1, 1.5, 2, 3)
#: Replays of calls drawn by lot, whose mean is what no score at all would find.
LOTS = 10


@dataclass(frozen=True)
class CurvePoint:
    """What came of calls at one capacity; ``exhausted`` tells that every week a side called everybody.

    ``tests`` is how many capacities are looked at together; intervals are for each by itself.
    """

    capacity: int
    part: Part
    exhausted: bool
    tests: int = 1

    @property
    def standing(self) -> Literal["better", "worse", "unclear"]:
        """Whether the first side finds clearly more or fewer opportunities, all capacities taken together."""
        return self.part.measures["found"].standing(self.tests)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {"capacity": self.capacity, "exhausted": self.exhausted, "standing": self.standing}
        return own | self.part.to_dict()


def chosen_capacities(capacity: int, given: Sequence[int], held: float) -> list[int]:
    """Return the curve's capacities, rising: those given or multiples of the duel's, and the duel's own.

    ``held`` is the share of open leads that the duel holds: a team whose calls are for all leads makes so many of
    them on these.

    >>> chosen_capacities(40, [], 0.5), chosen_capacities(40, [10, 80], 1.0)
    ([10, 20, 30, 40, 60, 80, 120], [10, 40, 80])
    """
    wanted = given or [round(capacity * multiple) for multiple in MULTIPLES]
    return sorted({max(1, int(k)) for k in (*wanted, capacity, as_deep(capacity, held))})


def as_deep(capacity: int, held: float) -> int:
    """Return how many of a team's calls fall on a share ``held`` of its open leads, at least 1.

    >>> as_deep(20, 0.27)
    5
    """
    return max(1, round(capacity * held))


def exhausted(arena: Arena, *calls: Calls) -> np.ndarray:
    """Return for each counted week whether a side's calls reached everybody who could be called, bool."""
    return np.any([one.exhausted[arena.decided] for one in calls], axis=0)


def found_by_lot(arena: Arena, capacity: int, again_after: int, seed: int) -> float:
    """Return how many opportunities calls drawn by lot would find, the mean of a few replays."""
    found = []
    for replay in range(LOTS):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(replay, 1))))
        order = np.argsort(arena.week + rng.random(len(arena)), kind="stable")
        found.append(np.count_nonzero(make_calls(arena, order, capacity, again_after).first_find >= 0))
    return float(np.mean(found))
