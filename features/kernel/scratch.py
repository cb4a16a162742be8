"""The memory of the kernel over events for one row.

Numba freezes what a kernel imports and does not notice when it changes: whoever changes this file removes the
compiled kernels (find . -name '*.nb?' -delete).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from features.kernel.plan_arrays import CAMPAIGN_SET

#: How many of the latest kinds are kept.
LATEST = 3


class Scratch(NamedTuple):
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
def new_scratch(history, plan, campaigns):
    """Return the memory that a plan needs on a history with so many campaigns."""
    accumulators, slots, halves, bursts = plan.needs.size, plan.window.size, plan.half_life.size, plan.burst.size
    longest = 0
    if bursts > 0:
        for lead in range(history.lead_start.size - 1):
            longest = max(longest, history.lead_start[lead + 1] - history.lead_start[lead])
    any_campaigns = False
    for a in range(accumulators):
        any_campaigns |= plan.needs[a] & CAMPAIGN_SET != 0
    tracked = campaigns if any_campaigns else 0
    return Scratch(
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
        np.full((accumulators, tracked), -1, np.int64),
        np.zeros((accumulators, tracked), np.int64),
        np.zeros((bursts, longest), np.int64),
        np.zeros(bursts, np.int64),
        np.zeros(bursts, np.int64),
    )
