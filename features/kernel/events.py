"""The numba kernel over events: what a plan computes for one (lead, as_of) row, over sorted columns.

The rules, which ``features.reference`` states again in plain Python:

- An event counts for a row only if ``at < as_of`` and ``known_at < as_of``.
- A colleague counts only if created before ``as_of``.
- A window of length w is [as_of - w, as_of).
- A window that reaches back before a kind was observed is unknown (NaN), unless the lead (for colleagues and
  accounts, the account's first lead) was created after that moment.
- Sums run from the latest event to the earliest, so that batch and single rows agree to the last bit.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

from features.kernel.search import upper_bound

_LN2 = math.log(2.0)
# Here rather than imported: numba freezes what it imports and does not notice a change elsewhere. That goes for
# upper_bound too: whoever changes search.py removes the compiled kernels (find . -name '*.nb?' -delete).
_ALL_TIME = 2**62
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_HOURS_A_WEEK = 168
# 1970 began on a Thursday; weeks begin on Monday.
_EPOCH_HOUR = 72
_NOTHING = -1
#: How many of the latest kinds are kept.
LATEST = 3


class Measures(IntEnum):
    """What a column reads of its accumulator."""

    COUNT = 0
    SUM = 1
    MAX = 2
    LAST = 3
    ACTIVE_DAYS = 4
    CAMPAIGNS = 5
    PEOPLE = 6
    DECAYED = 7
    DECAYED_SUM = 8
    SINCE_LAST = 9
    SINCE_FIRST = 10
    TREND = 11
    BURST = 12
    SHARE = 13
    LAST_KIND = 14
    LAST_CHANNEL = 15
    FIRST_CHANNEL = 16


# Plain numbers, as numba knows no enumerations of integers as constants.
_COUNT = int(Measures.COUNT)
_SUM = int(Measures.SUM)
_MAX = int(Measures.MAX)
_LAST = int(Measures.LAST)
_ACTIVE_DAYS = int(Measures.ACTIVE_DAYS)
_CAMPAIGNS = int(Measures.CAMPAIGNS)
_PEOPLE = int(Measures.PEOPLE)
_DECAYED = int(Measures.DECAYED)
_DECAYED_SUM = int(Measures.DECAYED_SUM)
_SINCE_LAST = int(Measures.SINCE_LAST)
_SINCE_FIRST = int(Measures.SINCE_FIRST)
_TREND = int(Measures.TREND)
_BURST = int(Measures.BURST)
_SHARE = int(Measures.SHARE)
_LAST_KIND = int(Measures.LAST_KIND)
_LAST_CHANNEL = int(Measures.LAST_CHANNEL)

#: What an accumulator must keep beside counts and first and last times: bits of ``PlanArrays.needs``.
FILTERED, VALUES, DAYS, CAMPAIGN_SET, PEOPLE_SET, TOUCHES = 1, 2, 4, 8, 16, 32


class PlanArrays(NamedTuple):
    """What the kernel reads of a plan: A accumulators, each a choice of events of one scope; C columns.

    ``own_start``/``own_target`` and ``other_start``/``other_target`` list, per kind of the history, the
    accumulators that its events may feed for the lead itself and for colleagues. ``needs`` (A,) holds bits of
    what an accumulator keeps; ``*_filter`` (A,) number rows of the tables ``channel_ok``, ``campaign_ok`` and
    ``hour_ok``, -1 for any. ``window_start`` (A+1,) bounds an accumulator's ``window`` lengths, ascending;
    ``half_start`` its ``half_life`` and ``half_reach``; ``burst_start`` its ``burst`` lengths. ``column_*`` (C,)
    give each column's accumulator, measure, slots in the flat scratch, reach, and whether colleagues are meant.
    ``own_look_back`` and ``other_look_back`` are the longest reaches over the lead and over colleagues.
    """

    own_start: np.ndarray
    own_target: np.ndarray
    other_start: np.ndarray
    other_target: np.ndarray
    needs: np.ndarray
    channel_filter: np.ndarray
    campaign_filter: np.ndarray
    hour_filter: np.ndarray
    channel_ok: np.ndarray
    campaign_ok: np.ndarray
    hour_ok: np.ndarray
    window_start: np.ndarray
    window: np.ndarray
    half_start: np.ndarray
    half_life: np.ndarray
    half_reach: np.ndarray
    burst_start: np.ndarray
    burst: np.ndarray
    observed_from: np.ndarray
    column_accumulator: np.ndarray
    column_measure: np.ndarray
    column_slot: np.ndarray
    column_second: np.ndarray
    column_reach: np.ndarray
    column_colleagues: np.ndarray
    own_look_back: int
    other_look_back: int


class _Scratch(NamedTuple):
    """One row's accumulators: per window slot, per half-life, per burst length, and per accumulator."""

    counts: np.ndarray
    sums: np.ndarray
    greatest: np.ndarray
    days: np.ndarray
    people: np.ndarray
    campaigns: np.ndarray
    decayed: np.ndarray
    decayed_sums: np.ndarray
    most: np.ndarray
    newest: np.ndarray
    oldest: np.ndarray
    last_value: np.ndarray
    last_value_age: np.ndarray
    last_day: np.ndarray
    last_person: np.ndarray
    touches: np.ndarray
    latest_kind: np.ndarray
    last_channel: np.ndarray
    first_channel: np.ndarray
    campaign_row: np.ndarray
    campaign_slot: np.ndarray
    recent: np.ndarray
    recent_head: np.ndarray
    recent_size: np.ndarray


@njit(nogil=True, cache=True)
def _new_scratch(history, plan, campaigns):
    accumulators, slots, halves, bursts = plan.needs.size, plan.window.size, plan.half_life.size, plan.burst.size
    longest = 0
    if bursts > 0:
        for lead in range(history.lead_start.size - 1):
            longest = max(longest, history.lead_start[lead + 1] - history.lead_start[lead])
    any_campaigns = False
    for a in range(accumulators):
        any_campaigns |= plan.needs[a] & CAMPAIGN_SET != 0
    tracked = campaigns if any_campaigns else 0
    return _Scratch(
        np.zeros(slots, np.int64),
        np.zeros(slots),
        np.zeros(slots),
        np.zeros(slots, np.int64),
        np.zeros(slots, np.int64),
        np.zeros(slots, np.int64),
        np.zeros(halves),
        np.zeros(halves),
        np.zeros(bursts, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros((accumulators, LATEST), np.int64),
        np.zeros(accumulators, np.int64),
        np.zeros(accumulators, np.int64),
        np.full((accumulators, tracked), _NOTHING, np.int64),
        np.zeros((accumulators, tracked), np.int64),
        np.zeros((bursts, longest), np.int64),
        np.zeros(bursts, np.int64),
        np.zeros(bursts, np.int64),
    )


@njit(nogil=True, cache=True)
def _admits(history, plan, a, position):
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
def _add_bursts(plan, scratch, a, age):
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
def _add_details(history, plan, scratch, a, slot, within, at, age, position, lead, row):
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
def _days_or_missing(age):
    return np.nan if age < 0 or age == _ALL_TIME else age / _DAY


@njit(nogil=True, cache=True)
def _code_or_missing(code):
    return np.nan if code < 0 else float(code)


@njit(nogil=True, cache=True)
def _read_rare(scratch, measure, slot, second):
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


@njit(nogil=True, cache=True)
def behaviour_rows(history, plan, campaigns, leads, as_of, rows, columns, out):
    """Fill ``out`` with the behaviour features of some of the (lead, as_of) rows.

    ``leads`` and ``as_of`` are int64 (n,); a lead of -1 gives a row of NaN. ``rows`` numbers those to compute, and
    ``columns`` (C,) says where the plan's columns stand in ``out`` (n, features). ``campaigns`` is how many
    campaigns the history tells apart. Touches are given by the history's own numbers of kinds and channels. Runs
    without the interpreter lock, so threads may share the rows out.
    """
    scratch = _new_scratch(history, plan, campaigns)
    # One body, and a name for every array that all rows touch: numba counts references to each member of a tuple
    # that it hands on, which for short histories took longer than the events themselves.
    event_at, event_known, event_kind = history.event_at, history.event_known, history.event_kind
    lead_start, created_at, group_created = history.lead_start, history.created_at, history.group_created
    group_start, group_end = history.group_start, history.group_end
    needs_of, window_start, window = plan.needs, plan.window_start, plan.window
    half_start, half_life, half_reach = plan.half_start, plan.half_life, plan.half_reach
    burst_start, observed_from = plan.burst_start, plan.observed_from
    measures, slots, seconds = plan.column_measure, plan.column_slot, plan.column_second
    accumulators, reaches, of_colleagues = plan.column_accumulator, plan.column_reach, plan.column_colleagues
    counts, sums, greatest, days = scratch.counts, scratch.sums, scratch.greatest, scratch.days
    people, campaign_counts = scratch.people, scratch.campaigns
    decayed, decayed_sums, most = scratch.decayed, scratch.decayed_sums, scratch.most
    newest, oldest, last_value_age = scratch.newest, scratch.oldest, scratch.last_value_age
    last_day, last_person, touches = scratch.last_day, scratch.last_person, scratch.touches
    last_channel, first_channel = scratch.last_channel, scratch.first_channel
    recent_head, recent_size = scratch.recent_head, scratch.recent_size
    colleagues_wanted = plan.other_target.size > 0
    for i in range(rows.size):
        row = rows[i]
        lead = leads[row]
        now = as_of[row]
        if lead < 0:
            for column in range(columns.size):
                out[row, columns[column]] = np.nan
            continue
        for slot in range(counts.size):
            counts[slot] = 0
            sums[slot] = 0.0
            greatest[slot] = -np.inf
            days[slot] = 0
            people[slot] = 0
            campaign_counts[slot] = 0
        for h in range(decayed.size):
            decayed[h] = 0.0
            decayed_sums[h] = 0.0
        for b in range(most.size):
            most[b] = 0
        for a in range(newest.size):
            newest[a] = _ALL_TIME
            oldest[a] = _NOTHING
            last_value_age[a] = _ALL_TIME
            last_person[a] = _NOTHING
            touches[a] = 0
            last_channel[a] = _NOTHING
            first_channel[a] = _NOTHING
        grouped = group_start[lead] >= 0
        mates = group_end[lead] - group_start[lead] if grouped and colleagues_wanted else 0
        # The lead itself, and then the account's leads in their order.
        for step in range(mates + 1):
            own = step == 0
            person = lead if own else group_start[lead] + step - 1
            # Somebody who was not yet a lead was not yet known to be a colleague.
            if not own and (person == lead or created_at[person] >= now):
                continue
            start = plan.own_start if own else plan.other_start
            target = plan.own_target if own else plan.other_target
            look_back = plan.own_look_back if own else plan.other_look_back
            for a in range(last_day.size):
                last_day[a] = -_ALL_TIME
            for b in range(recent_head.size):
                recent_head[b] = 0
                recent_size[b] = 0
            low = lead_start[person]
            position = upper_bound(event_at, low, lead_start[person + 1], now)
            while position > low:
                position -= 1
                at = event_at[position]
                age = now - at
                if age > look_back:
                    break
                if event_known[position] >= now:
                    continue
                kind = event_kind[position]
                for p in range(start[kind], start[kind + 1]):
                    a = target[p]
                    needs = needs_of[a]
                    if needs & FILTERED and not _admits(history, plan, a, position):
                        continue
                    newest[a] = min(newest[a], age)
                    oldest[a] = max(oldest[a], age)
                    end = window_start[a + 1]
                    slot = window_start[a]
                    while slot < end and window[slot] < age:
                        slot += 1
                    if slot < end:
                        counts[slot] += 1
                    if needs > FILTERED:
                        _add_details(history, plan, scratch, a, slot, slot < end, at, age, position, person, row)
                    for h in range(half_start[a], half_start[a + 1]):
                        if age <= half_reach[h]:
                            weight = math.exp(-_LN2 * age / half_life[h])
                            decayed[h] += weight
                            if needs & VALUES and not math.isnan(history.event_value[position]):
                                decayed_sums[h] += weight * history.event_value[position]
                    if burst_start[a] < burst_start[a + 1]:
                        _add_bursts(plan, scratch, a, age)
        # From "in this window but no shorter one" to "in this window".
        for a in range(needs_of.size):
            for slot in range(window_start[a] + 1, window_start[a + 1]):
                counts[slot] += counts[slot - 1]
                if needs_of[a] > FILTERED:
                    days[slot] += days[slot - 1]
                    people[slot] += people[slot - 1]
                    campaign_counts[slot] += campaign_counts[slot - 1]
                    greatest[slot] = max(greatest[slot], greatest[slot - 1])
        for column in range(measures.size):
            measure, slot, place = measures[column], slots[column], columns[column]
            created = group_created[lead] if of_colleagues[column] else created_at[lead]
            span = reaches[column]
            reach = created if span >= now - created else now - span
            # What only the latest event tells needs no past to be complete.
            latest = measure in (_SINCE_LAST, _LAST, _LAST_KIND, _LAST_CHANNEL)
            unknown = reach < observed_from[accumulators[column]] and not latest
            if unknown or (of_colleagues[column] and not grouped):
                out[row, place] = np.nan
            elif measure == _COUNT:
                out[row, place] = counts[slot]
            elif measure == _SINCE_LAST:
                out[row, place] = _days_or_missing(newest[slot])
            elif measure == _SINCE_FIRST:
                out[row, place] = _days_or_missing(oldest[slot])
            elif measure == _SUM:
                out[row, place] = sums[slot]
            elif measure == _DECAYED:
                out[row, place] = decayed[slot]
            elif measure == _ACTIVE_DAYS:
                out[row, place] = days[slot]
            else:
                out[row, place] = _read_rare(scratch, measure, slot, seconds[column])
