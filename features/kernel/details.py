"""What the kernel over events keeps of an event beside its count, and how the columns of few plans read it.

Numba freezes what a kernel imports and does not notice when it changes: whoever changes this file removes the
compiled kernels (find . -name '*.nb?' -delete).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from features.kernel.plan_arrays import CAMPAIGN_SET, DAYS, PEOPLE_SET, TOUCHES, VALUES, Measures
from features.kernel.scratch import LATEST

_ALL_TIME = 2**62
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_HOURS_A_WEEK = 168
# 1970 began on a Thursday; weeks begin on Monday.
_EPOCH_HOUR = 72
# Plain numbers, as numba knows no enumerations of integers as constants.
_MAX = int(Measures.MAX)
_LAST = int(Measures.LAST)
_CAMPAIGNS = int(Measures.CAMPAIGNS)
_PEOPLE = int(Measures.PEOPLE)
_DECAYED_SUM = int(Measures.DECAYED_SUM)
_TREND = int(Measures.TREND)
_BURST = int(Measures.BURST)
_SHARE = int(Measures.SHARE)
_LAST_KIND = int(Measures.LAST_KIND)
_LAST_CHANNEL = int(Measures.LAST_CHANNEL)


@njit(nogil=True, cache=True)
def admits(history, plan, a, position):
    """Tell whether an accumulator's filters let an event of one of its kinds through."""
    which = plan.channel_filter[a]
    if which >= 0:
        code = history.event_channel[position]
        if code < 0 or not plan.channel_ok[which, code]:
            return False
    which = plan.campaign_filter[a]
    if which >= 0:
        code = history.event_campaign[position]
        if code < 0 or not plan.campaign_ok[which, code]:
            return False
    which = plan.hour_filter[a]
    return which < 0 or plan.hour_ok[which, (history.event_at[position] // _HOUR + _EPOCH_HOUR) % _HOURS_A_WEEK]


@njit(nogil=True, cache=True)
def _add_value(plan, scratch, a, slot, age, value):
    for wider in range(slot, plan.window_start[a + 1]):
        scratch.sums[wider] += value
    if slot < plan.window_start[a + 1]:
        scratch.greatest[slot] = max(scratch.greatest[slot], value)
    if age < scratch.last_value_age[a]:
        scratch.last_value_age[a] = age
        scratch.last_value[a] = value


@njit(nogil=True, cache=True)
def _add_campaign(scratch, a, slot, campaign, row):
    """Count a campaign once, in the shortest window that holds one of its events."""
    if campaign < 0:
        return
    if scratch.campaign_row[a, campaign] != row:
        scratch.campaign_row[a, campaign] = row
        scratch.campaign_slot[a, campaign] = slot
        scratch.campaigns[slot] += 1
    elif slot < scratch.campaign_slot[a, campaign]:
        scratch.campaigns[scratch.campaign_slot[a, campaign]] -= 1
        scratch.campaign_slot[a, campaign] = slot
        scratch.campaigns[slot] += 1


@njit(nogil=True, cache=True)
def add_bursts(plan, scratch, a, age):
    """Keep, per burst length, how many events lie within it from this one on, and the most there ever were."""
    for b in range(plan.burst_start[a], plan.burst_start[a + 1]):
        scratch.recent[b, scratch.recent_size[b]] = age
        scratch.recent_size[b] += 1
        while age - scratch.recent[b, scratch.recent_head[b]] >= plan.burst[b]:
            scratch.recent_head[b] += 1
        scratch.most[b] = max(scratch.most[b], scratch.recent_size[b] - scratch.recent_head[b])


@njit(nogil=True, cache=True)
def _add_touch(history, scratch, a, position):
    if scratch.touches[a] < LATEST:
        scratch.latest_kind[a, scratch.touches[a]] = history.event_kind[position]
        scratch.touches[a] += 1
    if history.event_channel.size > 0:
        channel = history.event_channel[position]
        if channel >= 0:
            if scratch.last_channel[a] < 0:
                scratch.last_channel[a] = channel
            scratch.first_channel[a] = channel


@njit(nogil=True, cache=True)
def add_details(history, plan, scratch, a, slot, within, at, age, position, lead, row):
    """Keep of an event what only some accumulators need."""
    needs = plan.needs[a]
    if within:
        if needs & DAYS and at // _DAY != scratch.last_day[a]:
            scratch.last_day[a] = at // _DAY
            scratch.days[slot] += 1
        if needs & PEOPLE_SET and scratch.last_person[a] != lead:
            scratch.last_person[a] = lead
            scratch.people[slot] += 1
        if needs & CAMPAIGN_SET and history.event_campaign.size > 0:
            _add_campaign(scratch, a, slot, history.event_campaign[position], row)
    if needs & VALUES and not math.isnan(history.event_value[position]):
        _add_value(plan, scratch, a, slot, age, history.event_value[position])
    if needs & TOUCHES:
        _add_touch(history, scratch, a, position)


@njit(nogil=True, cache=True)
def _code_or_missing(code):
    return np.nan if code < 0 else float(code)


@njit(nogil=True, cache=True)
def read_rare(scratch, measure, slot, second):
    """Read a column of a measure that few plans have."""
    if measure == _PEOPLE:
        return float(scratch.people[slot])
    if measure == _CAMPAIGNS:
        return float(scratch.campaigns[slot])
    if measure == _MAX:
        return np.nan if math.isinf(scratch.greatest[slot]) else scratch.greatest[slot]
    if measure == _LAST:
        return np.nan if scratch.last_value_age[slot] == _ALL_TIME else scratch.last_value[slot]
    if measure == _DECAYED_SUM:
        return scratch.decayed_sums[slot]
    if measure == _TREND:
        return float(2 * scratch.counts[slot] - scratch.counts[second])
    if measure == _BURST:
        return float(scratch.most[slot])
    if measure == _SHARE:
        whole = scratch.counts[second]
        return np.nan if whole == 0 else scratch.counts[slot] / whole
    if measure == _LAST_KIND:
        return np.nan if scratch.touches[slot] <= second else float(scratch.latest_kind[slot, second])
    return _code_or_missing(
        scratch.last_channel[slot] if measure == _LAST_CHANNEL else scratch.first_channel[slot]
    )
