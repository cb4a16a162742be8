"""The numba kernel over events: what a plan computes for one (lead, as_of) row, over sorted columns.

It takes what asks more of an event than its kind and times: filters, values, days, campaigns, order; plain counts
and days since are left to ``features.kernel.tallies``. The rules of both, which ``features.reference`` states once
more in plain Python:

- An event counts for a row only if ``at < as_of`` and ``known_at < as_of``.
- A colleague counts only if created before ``as_of``.
- A window of length w is [as_of - w, as_of).
- A window that reaches back before a kind was observed is unknown (NaN), unless the lead (for colleagues and
  accounts, the account's first lead) was created after that moment.
- Sums run from the latest event to the earliest, so that batch and single rows agree to the last bit.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Frozen into the compiled kernel: whoever changes one of these files removes what is compiled
# (find . -name '*.nb?' -delete), as numba looks at this file alone.
from features.kernel.details import add_bursts, add_details, admits, read_rare
from features.kernel.plan_arrays import FILTERED, VALUES, Measures
from features.kernel.scratch import new_scratch
from features.kernel.search import upper_bound

_LN2 = math.log(2.0)
_ALL_TIME = 2**62
_DAY = 86_400_000_000
_NOTHING = -1
# Plain numbers, as numba knows no enumerations of integers as constants.
_COUNT = int(Measures.COUNT)
_SUM = int(Measures.SUM)
_LAST = int(Measures.LAST)
_ACTIVE_DAYS = int(Measures.ACTIVE_DAYS)
_DECAYED = int(Measures.DECAYED)
_SINCE_LAST = int(Measures.SINCE_LAST)
_SINCE_FIRST = int(Measures.SINCE_FIRST)
_LAST_KIND = int(Measures.LAST_KIND)
_LAST_CHANNEL = int(Measures.LAST_CHANNEL)


@njit(nogil=True, cache=True)
def _days_or_missing(age):
    return np.nan if age < 0 or age == _ALL_TIME else age / _DAY


@njit(nogil=True, cache=True)
def behaviour_rows(history, plan, campaigns, leads, as_of, rows, columns, out):
    """Fill ``out`` with the behaviour features of some of the (lead, as_of) rows.

    ``leads`` and ``as_of`` are int64 (n,); a lead of -1 gives a row of NaN. ``rows`` numbers those to compute, and
    ``columns`` (C,) says where the plan's columns stand in ``out`` (n, features). ``campaigns`` is how many
    campaigns the history tells apart. Touches are given by the history's own numbers of kinds and channels. Runs
    without the interpreter lock, so threads may share the rows out.
    """
    scratch = new_scratch(history, plan, campaigns)
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
                    if needs & FILTERED and not admits(history, plan, a, position):
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
                        add_details(history, plan, scratch, a, slot, slot < end, at, age, position, person, row)
                    for h in range(half_start[a], half_start[a + 1]):
                        if age <= half_reach[h]:
                            weight = math.exp(-_LN2 * age / half_life[h])
                            decayed[h] += weight
                            if needs & VALUES and not math.isnan(history.event_value[position]):
                                decayed_sums[h] += weight * history.event_value[position]
                    if burst_start[a] < burst_start[a + 1]:
                        add_bursts(plan, scratch, a, age)
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
                out[row, place] = read_rare(scratch, measure, slot, seconds[column])
