"""The true probability of an opportunity within a horizon, given all that could be seen at a moment.

It is 1 − S_past · Σ_z P(z | history) · S_future(z): S_past from the events so far (:mod:`.conversion`), the
belief about intent from the forward filter (:mod:`.intent_filter`), corrected by who has and who has not
converted, and S_future from the backward pass (:mod:`.outlook`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from features.errors import ConfigError, DatasetError
from features.facts.clock import DAY
from features.simulation.behaviour import to_days
from features.simulation.conversion import epoch_at
from features.simulation.delays import delay_table, ripened
from features.simulation.intent_filter import excess_tables, filter_group
from features.simulation.market import colleague_take
from features.simulation.outlook import (
    PER_SIZE,
    joining_tables,
    no_buyer_yield,
    no_sales_yield,
    present_segments,
    yield_tables,
)
from features.simulation.parameters import COLD, DAYS, DEAD, HOT, LONGEST_HORIZON_DAYS
from features.simulation.people import LARGEST_GROUP
from features.simulation.seasons import base_total, calendar
from features.simulation.segments import SHAPE, segment_tables
from features.simulation.truth_store import read_truth

if TYPE_CHECKING:
    from features.simulation.behaviour import Happenings
    from features.simulation.conversion import Weights
    from features.simulation.epochs import Epochs
    from features.simulation.intent_filter import Excess
    from features.simulation.outlook import Joining, Yields
    from features.simulation.seasons import Calendar
    from features.simulation.segments import Segments
    from features.simulation.truth_store import Truth

# Where a dead group is this improbable, whether colleagues converted cannot change the answer.
_SURELY_ALIVE = 1e-9


def true_probability(dataset: Path, lead_ids: np.ndarray, as_of: np.ndarray, horizon: int) -> np.ndarray:
    """Return the true probability that each lead's opportunity falls in ``[as_of, as_of + horizon)``, float64.

    ``lead_ids`` and ``as_of`` (int64, microseconds since 1970 UTC) have one entry a row; ``horizon`` is in
    microseconds. The probability is given everything observable strictly before ``as_of`` and that the lead has
    no opportunity yet; it is NaN where the lead has one already or was not yet created.

    Exact for the simulated market but for the horizon's newcomers to the account, of whom only the mean is
    reckoned with, and its changes of the record, which are left out. A test of calibration measures both.

    Raises
    ------
    DatasetError
        The dataset has no truth, or a lead is not in it.
    ConfigError
        A horizon that is not positive or too long, or an ``as_of`` outside the observed period.

    """
    moments = to_days(as_of)
    _check_times(moments, horizon)
    return probabilities(read_truth(Path(dataset)), lead_ids, moments, horizon / DAY)


def probabilities(truth: Truth, lead_ids: np.ndarray, moments: np.ndarray, horizon: float) -> np.ndarray:
    """Do the work of :func:`true_probability` on a truth already read; moments and horizon in market days."""
    lead = truth.lead_ids.get_indexer(np.asarray(lead_ids, dtype=object))
    if (lead < 0).any():
        raise DatasetError(f"lead {np.asarray(lead_ids)[lead < 0][0]!r} is not in the simulated market")
    order = np.lexsort((moments, np.searchsorted(truth.starts, lead, side="right")))
    tables, days = segment_tables(truth.parameters), calendar(truth.parameters)
    yields = yield_tables(tables)
    result = np.empty(len(lead))
    result[order] = _probabilities(
        lead[order].astype(np.int64),
        moments[order].astype(np.float64),
        horizon,
        truth.starts,
        truth.created,
        truth.opportunity,
        truth.verdict,
        truth.accepted,
        colleague_take(truth.epochs, tables),
        truth.epochs,
        truth.events,
        truth.event_starts,
        truth.weights,
        tables,
        excess_tables(tables),
        yields,
        joining_tables(truth.parameters, yields, days),
        truth.has_account,
        days,
        delay_table(truth.parameters),
        np.array([truth.parameters.heat_up, truth.parameters.cool_down]),
        np.array([truth.parameters.looked_at, *truth.parameters.verdict_days]),
    )
    return result


def _check_times(moments: np.ndarray, horizon: int) -> None:
    if not 0 < horizon <= LONGEST_HORIZON_DAYS * DAY:
        message = f"horizon of {horizon / DAY:g} days: expected more than 0 and at most {LONGEST_HORIZON_DAYS}"
        raise ConfigError(message)
    if len(moments) and not (moments.min() >= 0.0 and moments.max() <= DAYS):
        raise ConfigError("as_of outside the period of the simulated market")


@njit(cache=True, nogil=True)
def _probabilities(
    lead: np.ndarray,
    moment: np.ndarray,
    horizon: float,
    starts: np.ndarray,
    created: np.ndarray,
    opportunity: np.ndarray,
    verdict: np.ndarray,
    accepted: np.ndarray,
    take: np.ndarray,
    epochs: Epochs,
    events: Happenings,
    event_starts: np.ndarray,
    weights: Weights,
    tables: Segments,
    excess: Excess,
    yields: Yields,
    joining: Joining,
    has_account: np.ndarray,
    calendar: Calendar,
    delays: np.ndarray,
    chain: np.ndarray,
    looks: np.ndarray,
) -> np.ndarray:
    """Go through rows sorted by group and moment, one filter pass a group."""
    result = np.full(len(lead), np.nan)
    largest = np.max(np.diff(starts))
    segments, born = np.empty(largest, dtype=np.int64), np.empty(largest, dtype=np.int64)
    row = 0
    while row < len(lead):
        g = np.searchsorted(starts, lead[row], side="right") - 1
        first, last, e0, e1 = starts[g], starts[g + 1], event_starts[g], event_starts[g + 1]
        until = row
        while until < len(lead) and lead[until] < last:
            until += 1
        beliefs = np.empty((until - row, 3))
        founder = epochs.segment[epochs.starts[first]]
        prior = tables.dead[founder]
        joining_size = founder // PER_SIZE % SHAPE[2] if has_account[first] else -1
        filter_group(
            excess, calendar, epochs, created, first, last, events, e0, e1, prior, chain[0], chain[1],
            moment[row:until], beliefs,
        )  # fmt: skip
        for r in range(row, until):
            i, t = lead[r], moment[r]
            if created[i] > t or opportunity[i] < t:
                continue
            belief = beliefs[r - row]
            _heed_conversions(
                belief, t, first, last, e0, e1, created, opportunity, take, epochs, events, weights, tables,
                calendar.base, delays,
            )  # fmt: skip
            n = present_segments(epochs, created, first, last, t, segments, born)
            cold, hot = no_buyer_yield(
                yields, calendar, delays, segments[:n], born[:n], i - first, take[i], t, t + horizon,
                chain[0], chain[1], joining, joining_size if n < LARGEST_GROUP else -1,
            )  # fmt: skip
            past = _past_survival(i, t, horizon, e0, e1, created, take, events, weights, delays)
            blue = tables.base[segments[i - first]]
            past *= np.exp(-blue * (base_total(calendar.base, t + horizon) - base_total(calendar.base, t)))
            past *= _sales_survival(
                i, t, horizon, segments[i - first], created, verdict, accepted, epochs, tables, yields, calendar,
                delays, looks,
            )  # fmt: skip
            alive = belief[COLD] * (1.0 - past * cold) + belief[HOT] * (1.0 - past * hot)
            result[r] = alive
        row = until
    return result


@njit(cache=True, nogil=True)
def _past_survival(
    i: int,
    t: float,
    horizon: float,
    e0: int,
    e1: int,
    created: np.ndarray,
    take: np.ndarray,
    events: Happenings,
    weights: Weights,
    delays: np.ndarray,
) -> float:
    """Chance that no event so far ripens into lead i's opportunity in the horizon, none having done so yet."""
    none = 1.0
    for s in range(e0, e1):
        at = events.at[s]
        if at >= t:
            break
        worth = weights.own[s] if events.lead[s] == i else weights.give[s] * take[i]
        before = ripened(delays, created[i] - at)
        then = 1.0 - worth * (ripened(delays, t - at) - before)
        none *= (1.0 - worth * (ripened(delays, t + horizon - at) - before)) / then
    return none


@njit(cache=True, nogil=True)
def _heed_conversions(
    belief: np.ndarray,
    t: float,
    first: int,
    last: int,
    e0: int,
    e1: int,
    created: np.ndarray,
    opportunity: np.ndarray,
    take: np.ndarray,
    epochs: Epochs,
    events: Happenings,
    weights: Weights,
    tables: Segments,
    base: np.ndarray,
    delays: np.ndarray,
) -> None:
    """Correct the belief in a dead group: an opportunity rules it out, and leads without one speak for it.

    Given the events, opportunities do not tell cold from hot, so only dead against alive shifts.
    """
    if belief[DEAD] < _SURELY_ALIVE:
        return
    quiet = 1.0
    for j in range(first, last):
        if created[j] >= t:
            break
        if opportunity[j] < t:
            quiet = np.inf
            break
        quiet *= _silence(j, t, e0, e1, created, take, epochs, events, weights, tables, base, delays)
    belief[COLD] *= quiet if quiet < np.inf else 1.0
    belief[HOT] *= quiet if quiet < np.inf else 1.0
    belief[DEAD] *= 1.0 if quiet < np.inf else 0.0
    belief /= belief.sum()


@njit(cache=True, nogil=True)
def _silence(
    j: int,
    t: float,
    e0: int,
    e1: int,
    created: np.ndarray,
    take: np.ndarray,
    epochs: Epochs,
    events: Happenings,
    weights: Weights,
    tables: Segments,
    base: np.ndarray,
    delays: np.ndarray,
) -> float:
    """Chance that a lead of a living group has no opportunity from its creation up to ``t``, given the events."""
    none = 1.0
    for s in range(e0, e1):
        at = events.at[s]
        if at >= t:
            break
        worth = weights.own[s] if events.lead[s] == j else weights.give[s] * take[j]
        none *= 1.0 - worth * (ripened(delays, t - at) - ripened(delays, created[j] - at))
    hazard, moment = 0.0, created[j]
    for e in range(epochs.starts[j], epochs.starts[j + 1]):
        until = t if e + 1 == epochs.starts[j + 1] else min(t, epochs.day[e + 1])
        if until > moment:
            hazard += tables.base[epochs.segment[e]] * (base_total(base, until) - base_total(base, moment))
            moment = until
    return none * np.exp(-hazard)


@njit(cache=True, nogil=True)
def _sales_survival(
    i: int,
    t: float,
    horizon: float,
    segment: int,
    created: np.ndarray,
    verdict: np.ndarray,
    accepted: np.ndarray,
    epochs: Epochs,
    tables: Segments,
    yields: Yields,
    calendar: Calendar,
    delays: np.ndarray,
    looks: np.ndarray,
) -> float:
    """Chance that sales work yet to come ripens into nothing; before a verdict, averaged over what it may be."""
    if verdict[i] < t:
        if not accepted[i]:
            return 1.0
        return no_sales_yield(yields.sales[segment], calendar, delays, verdict[i], t, t + horizon)
    share, early, late = looks[0], looks[1], looks[2]
    passed = min(max((t - created[i] - early) / (late - early), 0.0), 1.0)
    if passed == 1.0:
        return 1.0
    first_record = epochs.segment[epoch_at(epochs, i, int(created[i]))]
    chance = share * (1.0 - passed) / (1.0 - share * passed) * tables.accepted[first_record]
    begins = 0.5 * (max(t, created[i] + early) + created[i] + late)
    none = no_sales_yield(yields.sales[segment], calendar, delays, begins, t, t + horizon)
    return 1.0 - chance + chance * none
