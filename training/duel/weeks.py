"""The duel Monday by Monday, those whose horizon is not over included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from training.duel.arena import Arena
    from training.duel.calls import Calls


@dataclass(frozen=True)
class Week:
    """One Monday's calls. ``decided`` tells whether its horizon had passed: only then it counts.

    ``open`` leads were open, of which ``callable_*`` had not been called before (or long enough ago). ``found_*``
    are the opportunities first found by that Monday's calls; of a week that is not decided those that had come
    by the end of the data, which others may follow. ``same`` leads were called by both that day. ``possible``
    leads were open and had their opportunity within the horizon.
    """

    monday: str
    decided: bool
    open: int
    callable_a: int
    callable_b: int
    called_a: int
    called_b: int
    same: int
    found_a: int
    found_b: int
    possible: int


def tell_weeks(arena: Arena, a: Calls, b: Calls) -> tuple[Week, ...]:
    """Return every Monday in order."""

    def by_week(rows: np.ndarray) -> np.ndarray:
        return np.bincount(arena.week[rows], minlength=len(arena.mondays))

    columns = {
        "open": by_week(np.arange(len(arena))),
        "callable_a": a.callable_,
        "callable_b": b.callable_,
        "called_a": by_week(a.called),
        "called_b": by_week(b.called),
        "same": by_week(a.called & b.called),
        "found_a": by_week(_first_hits(arena, a)),
        "found_b": by_week(_first_hits(arena, b)),
        "possible": by_week(arena.found),
    }
    return tuple(
        Week(arena.day(i), bool(arena.decided[i]), **{name: int(values[i]) for name, values in columns.items()})
        for i in range(len(arena.mondays))
    )


def _first_hits(arena: Arena, calls: Calls) -> np.ndarray:
    """Return the rows of the first call that finds each lead's opportunity, of every week."""
    rows = np.flatnonzero(calls.called & arena.found)
    _, first = np.unique(arena.lead[rows], return_index=True)
    return rows[first]
