"""What may still happen within the horizon: the chance that no event yet to come ripens in time.

Given the path of intent, events to come are Poisson and each ripens in time with probability w·G(T+H−s), so
those that do are a thinned Poisson process and the chance of none is exp(−∫ rate·w·G). Averaging over
the path is a backward pass over the days (the Feynman-Kac recursion of the intent chain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.simulation.conversion import epoch_at
from features.simulation.delays import ripened
from features.simulation.parameters import BUYER_KINDS, COLD, HOT
from features.simulation.people import SOURCE_SHARES, TITLE_MISSING, title_book
from features.simulation.seasons import elapsed, fraction_at
from features.simulation.segments import SHAPE

if TYPE_CHECKING:
    from features.simulation.epochs import Epochs
    from features.simulation.parameters import Parameters
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments
    from features.simulation.survival import World

_PARTS = 3
_SIZES, PER_SIZE = SHAPE[2], SHAPE[3] * SHAPE[4] * SHAPE[5]


class Yields(NamedTuple):
    """Opportunities a day of exposure leads to: rate times worth, summed over the kinds of a family.

    ``own[segment, family, state]`` for oneself, ``give[segment, family, state]`` for a colleague of take 1,
    ``sales[segment]`` from full sales effort.
    """

    own: np.ndarray
    give: np.ndarray
    sales: np.ndarray


def yield_tables(tables: Segments) -> Yields:
    """Build the yields from the truth of the segments."""
    families = np.eye(4)[tables.family]
    buyers = len(BUYER_KINDS)
    own = np.einsum("skz,sk,kf->sfz", tables.rate, tables.own[:, :buyers], families)
    give = np.einsum("skz,sk,kf->sfz", tables.rate, tables.give[:, :buyers], families)
    return Yields(
        np.ascontiguousarray(own), np.ascontiguousarray(give), tables.own[:, buyers:] @ tables.sales_rate
    )


class Joining(NamedTuple):
    """Colleagues yet to join, on average.

    ``activity[size, k]`` is the activity that one present lead will have brought k days on, by the size on
    record on the account's first day; ``give[size, family, state]`` the mean over new leads of ``Yields.give``.
    """

    activity: np.ndarray
    give: np.ndarray


def joining_tables(parameters: Parameters, yields: Yields, calendar: Calendar) -> Joining:
    """Build the tables: the mean of a Yule process, whose every lead fades as all do, and mean yields."""
    fading = calendar.activity.copy()
    # On its first day a lead is there for half a day.
    fading[0] *= 0.5
    days = np.arange(len(fading))
    joins = [rate * (1.0 + rate) ** days for rate in parameters.joins]
    activity = np.array([np.concatenate([[0.0], np.convolve(born, fading)[: len(fading) - 1]]) for born in joins])
    shares = new_lead_shares()
    give = np.einsum("abcdefxz,abcdef->cxz", yields.give.reshape(*SHAPE, 4, 3), shares)
    return Joining(activity, give / shares.sum(axis=(0, 1, 3, 4, 5))[:, None, None])


def new_lead_shares() -> np.ndarray:
    """Share of each segment among leads at creation, as if what is on record were independent."""
    book = title_book()
    title = np.zeros(SHAPE[:2])
    np.add.at(title, (book["seniority"], book["function"]), book["share"])
    title *= 1.0 - TITLE_MISSING
    title[0, 0] += TITLE_MISSING
    others = [np.full(SHAPE[2], 1.0 / SHAPE[2]), np.full(SHAPE[3], 1.0 / SHAPE[3])]
    others += [np.asarray(SOURCE_SHARES), np.full(SHAPE[5], 1.0 / SHAPE[5])]
    return np.einsum("ab,c,d,e,f->abcdef", title, *others)


@njit(cache=True, nogil=True)
def ripening_share(delays: np.ndarray, day: int, since: float, until: float, horizon_end: float) -> float:
    """Integrate G(horizon_end − s) over a day's events between two fractions of the day, as a share of the day's.

    Midpoints of equal shares of the events: G is smooth on the scale of hours.
    """
    low, high = elapsed(since), elapsed(until) if until < 1.0 else 1.0
    total = 0.0
    for part in range(_PARTS):
        share = low + (high - low) * (part + 0.5) / _PARTS
        total += ripened(delays, horizon_end - day - fraction_at(share))
    return total / _PARTS * (high - low)


@njit(cache=True, nogil=True)
def no_sales_yield(
    tables_sales: float,
    calendar: Calendar,
    delays: np.ndarray,
    begins: float,
    moment: float,
    horizon_end: float,
) -> float:
    """Chance that sales work begun at ``begins`` (which may lie ahead) ripens into nothing within the horizon."""
    start = max(begins, moment)
    total = 0.0
    for day in range(int(start), int(horizon_end) + 1):
        effort = calendar.effort[day - int(begins)]
        since = start - day if day == int(start) else 0.0
        until = min(horizon_end - day, 1.0)
        if until > since and effort > 0.0:
            total += effort * calendar.sales[day] * ripening_share(delays, day, since, until, horizon_end)
    return np.exp(-tables_sales * total)


@njit(cache=True, nogil=True, inline="always")
def _day_yield(
    world: World,
    segments: np.ndarray,
    born: np.ndarray,
    mine: int,
    take: float,
    day: int,
    newcomers: float,
    total: np.ndarray,
) -> None:
    """Fill ``total[state]`` with what a whole day's events of the group would yield lead ``mine``.

    ``newcomers`` is the activity of those who will have joined, of whom only the mean counts.
    """
    total[:] = 0.0
    size = segments[mine] // PER_SIZE % _SIZES
    for family in range(4):
        pace = world.calendar.pace[family, day] * world.calendar.worth[family, day]
        if pace == 0.0:
            continue
        for state in (COLD, HOT):
            theirs = newcomers * world.joining.give[size, family, state]
            for j in range(len(segments)):
                if j != mine:
                    theirs += (
                        world.calendar.activity[day - born[j]] * world.yields.give[segments[j], family, state]
                    )
            own = world.calendar.activity[day - born[mine]] * world.yields.own[segments[mine], family, state]
            total[state] += pace * (own + take * theirs)


@njit(cache=True, nogil=True, inline="always")
def no_buyer_yield(
    world: World,
    segments: np.ndarray,
    born: np.ndarray,
    mine: int,
    take: float,
    moment: float,
    horizon_end: float,
    joining_size: int,
) -> tuple[float, float]:
    """Chance, given cold and given hot at ``moment``, that no buyer event to come ripens within the horizon.

    ``segments`` and ``born`` are those of the leads of the group present at ``moment``, ``mine`` the lead's place;
    ``joining_size`` chooses the row of ``joining.activity``, -1 for a group that nobody joins.
    """
    up, down = world.chain
    cold, hot = 1.0, 1.0
    total = np.zeros(3)
    first = int(moment)
    for day in range(int(horizon_end), first - 1, -1):
        since = moment - day if day == first else 0.0
        until = min(horizon_end - day, 1.0)
        if until > since:
            newcomers = 0.0
            if joining_size >= 0:
                newcomers = world.joining.activity[joining_size, day - first] * len(segments)
            _day_yield(world, segments, born, mine, take, day, newcomers, total)
            share = ripening_share(world.delays, day, since, until, horizon_end)
            cold *= np.exp(-total[COLD] * share)
            hot *= np.exp(-total[HOT] * share)
        if day > first:
            cold, hot = cold * (1.0 - up) + hot * up, hot * (1.0 - down) + cold * down
    return cold, hot


@njit(cache=True, nogil=True)
def present_segments(
    epochs: Epochs, created: np.ndarray, first: int, last: int, moment: float
) -> tuple[np.ndarray, np.ndarray]:
    """Segments and days of birth of the leads ``first:last`` created up to a moment.

    A change of the record at the very moment is not yet known.
    """
    n = np.searchsorted(created[first:last], moment, side="right")
    segments, born = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for i in range(n):
        lead = first + i
        e = epoch_at(epochs, lead, int(moment))
        if e > epochs.starts[lead] and epochs.day[e] >= moment:
            e -= 1
        segments[i], born[i] = epochs.segment[e], int(created[lead])
    return segments, born
