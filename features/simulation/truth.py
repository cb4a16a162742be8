"""The true probability of an opportunity within a horizon, given all that could be seen at a moment.

It is 1 − S_past · Σ_z P(z | history) · S_future(z): S_past from the events so far (:mod:`.survival`), the
belief about intent from the forward filter (:mod:`.intent_filter`), corrected by who has and who has not
converted, and S_future from the backward pass (:mod:`.outlook`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numba import njit

from features.errors import ConfigError, DatasetError
from features.facts.clock import DAY
from features.simulation.behaviour import to_days
from features.simulation.delays import delay_table
from features.simulation.intent_filter import excess_tables, filter_group
from features.simulation.market import colleague_take
from features.simulation.outlook import PER_SIZE, joining_tables, no_buyer_yield, present_segments, yield_tables
from features.simulation.parameters import COLD, DAYS, HOT, LONGEST_HORIZON_DAYS
from features.simulation.people import LARGEST_GROUP
from features.simulation.seasons import calendar
from features.simulation.segments import SHAPE, segment_tables
from features.simulation.survival import (
    World,
    heed_conversions,
    past_survival,
    sales_survival,
    unprompted_survival,
)
from features.simulation.truth_store import Truth, read_truth


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
    truth, moments = read_truth(Path(dataset)), to_days(as_of)
    _check_times(moments, horizon)
    return probabilities(truth, lead_ids, moments, horizon / DAY)


def _check_times(moments: np.ndarray, horizon: int) -> None:
    if not 0 < horizon <= LONGEST_HORIZON_DAYS * DAY:
        message = f"horizon of {horizon / DAY:g} days: expected more than 0 and at most {LONGEST_HORIZON_DAYS}"
        raise ConfigError(message)
    if len(moments) and not (moments.min() >= 0.0 and moments.max() <= DAYS):
        raise ConfigError("as_of lies outside the period of the simulated market")


def probabilities(truth: Truth, lead_ids: np.ndarray, moments: np.ndarray, horizon: float) -> np.ndarray:
    """Do the work of :func:`true_probability` on a truth already read; moments and horizon in market days."""
    wanted = np.asarray(lead_ids, dtype=object)
    lead = truth.lead_ids.get_indexer_for(pd.Index(wanted)).astype(np.int64)
    if (lead < 0).any():
        raise DatasetError(f"lead {wanted[lead < 0][0]!r} is not in the simulated market")
    group = np.searchsorted(truth.starts, lead, side="right") - 1
    order = np.lexsort((moments, group))
    result = np.empty(len(lead))
    result[order] = _probabilities(
        world_of(truth), lead[order], group[order], moments[order].astype(np.float64), float(horizon)
    )
    return result


def world_of(truth: Truth) -> World:
    """Rebuild the tables from the stored parameters and join them with what happened."""
    parameters = truth.parameters
    tables, days = segment_tables(parameters), calendar(parameters)
    yields = yield_tables(tables)
    return World(
        starts=truth.starts,
        created=truth.created,
        opportunity=truth.opportunity,
        verdict=truth.verdict,
        accepted=truth.accepted,
        has_account=truth.has_account,
        take=colleague_take(truth.epochs, tables),
        epochs=truth.epochs,
        events=truth.events,
        event_starts=truth.event_starts,
        weights=truth.weights,
        tables=tables,
        excess=excess_tables(tables),
        yields=yields,
        joining=joining_tables(parameters, yields, days),
        calendar=days,
        delays=delay_table(parameters),
        chain=np.array([parameters.heat_up, parameters.cool_down]),
        looks=np.array([parameters.looked_at, *parameters.verdict_days]),
    )


@njit(cache=True, nogil=True)
def _probabilities(
    world: World, lead: np.ndarray, group: np.ndarray, moment: np.ndarray, horizon: float
) -> np.ndarray:
    """Go through rows sorted by group and moment, with one forward pass a group."""
    result = np.full(len(lead), np.nan)
    row = 0
    while row < len(lead):
        until = row
        while until < len(lead) and group[until] == group[row]:
            until += 1
        beliefs = filter_group(world, group[row], moment[row:until])
        for r in range(row, until):
            if world.created[lead[r]] <= moment[r] <= world.opportunity[lead[r]]:
                heed_conversions(world, beliefs[r - row], group[r], moment[r])
                result[r] = _probability(world, beliefs[r - row], lead[r], group[r], moment[r], horizon)
        row = until
    return result


@njit(cache=True, nogil=True, inline="always")
def _probability(world: World, belief: np.ndarray, lead: int, group: int, moment: float, horizon: float) -> float:
    """Probability of one row, given the belief about its group; a dead group has none."""
    first = world.starts[group]
    segments, born = present_segments(world.epochs, world.created, first, world.starts[group + 1], moment)
    mine = segments[lead - first]
    founder = world.epochs.segment[world.epochs.starts[first]]
    joinable = world.has_account[first] and len(segments) < LARGEST_GROUP
    size = founder // PER_SIZE % SHAPE[2] if joinable else -1
    cold, hot = no_buyer_yield(
        world, segments, born, lead - first, world.take[lead], moment, moment + horizon, size
    )
    known = past_survival(world, lead, group, moment, horizon)
    known *= unprompted_survival(world, mine, moment, horizon)
    known *= sales_survival(world, lead, mine, moment, horizon)
    return belief[COLD] * (1.0 - known * cold) + belief[HOT] * (1.0 - known * hot)
