"""Who is called: Monday by Monday the best of the open leads that were not called before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from features.errors import ConfigError

if TYPE_CHECKING:
    from training.duel.arena import Arena

#: A lead once called is never called again.
NEVER_AGAIN = np.iinfo(np.int64).max
_NEVER_CALLED = np.iinfo(np.int64).min
_CAPACITY = re.compile(r"(\d+)(?:\s*(?:/|per|a)\s*(?:week|w))?", re.IGNORECASE)


@dataclass(frozen=True)
class Calls:
    """The calls of one side at one capacity.

    ``place`` (n,) is each row's place on that Monday's list of leads that may be called, from 1; 0 where the lead
    was called before. ``called`` (n,) marks the rows called. ``callable_`` (w,) is the length of each list.
    """

    arena: Arena
    capacity: int
    place: np.ndarray
    called: np.ndarray
    callable_: np.ndarray

    @cached_property
    def first_find(self) -> np.ndarray:
        """For each lead the row of the first call in a decided week that finds its opportunity, -1 for none."""
        found = np.full(len(self.arena.cluster), -1, np.int64)
        rows = np.flatnonzero(self.called & self.arena.found & self.arena.counts)[::-1]
        found[self.arena.lead[rows]] = rows
        return found

    @property
    def exhausted(self) -> np.ndarray:
        """Whether each week's calls reached everybody who could be called, bool (w,)."""
        return self.callable_ <= self.capacity


def call_order(arena: Arena, score: np.ndarray) -> np.ndarray:
    """Return the rows in calling order: by week, then falling score (n,), then the seeded hash of the lead."""
    if np.isnan(score).any():
        raise ValueError("score holds NaN; every row needs a score")
    return np.lexsort((arena.tie[arena.lead], -score, arena.week))


def make_calls(arena: Arena, order: np.ndarray, capacity: int, again_after: int = NEVER_AGAIN) -> Calls:
    """Call ``capacity`` leads each Monday in the given order (n,), a lead again ``again_after`` (us) later."""
    place = _places(arena.lead[order], arena.week[order], arena.mondays, capacity, again_after, len(arena.cluster))
    back = np.zeros(len(order), np.int64)
    back[order] = place
    callable_ = np.bincount(arena.week[back > 0], minlength=len(arena.mondays))
    return Calls(arena, capacity, back, (back > 0) & (back <= capacity), callable_)


#: More leads a week than any team calls; beyond it a number is a slip of the pen.
MOST_A_WEEK = 1_000_000


def parse_capacity(text: str | int) -> int:
    """Return leads a week from ``40`` or ``40/week``.

    >>> parse_capacity("40/week"), parse_capacity("40"), parse_capacity(40)
    (40, 40, 40)
    """
    match = _CAPACITY.fullmatch(str(text).strip())
    if match is None or not 1 <= int(match[1]) <= MOST_A_WEEK:
        raise ConfigError(
            f"capacity {text!r}: expected a whole number of leads a week from 1 to {MOST_A_WEEK:,}, as in 40/week"
        )
    return int(match[1])


@njit(cache=True, nogil=True)
def _places(
    lead: np.ndarray, week: np.ndarray, mondays: np.ndarray, capacity: int, again_after: int, leads: int
) -> np.ndarray:
    last = np.full(leads, _NEVER_CALLED, np.int64)
    place = np.zeros(len(lead), np.int64)
    this_week = 0
    for i in range(len(lead)):
        if i == 0 or week[i] != week[i - 1]:
            this_week = 0
        before = last[lead[i]]
        if before != _NEVER_CALLED and mondays[week[i]] - before < again_after:
            continue
        this_week += 1
        place[i] = this_week
        if this_week <= capacity:
            last[lead[i]] = mondays[week[i]]
    return place
