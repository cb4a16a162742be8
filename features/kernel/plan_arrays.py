"""What a plan tells the kernel over events: measures, and accumulators with their windows and columns.

Numba freezes what a kernel imports and does not notice when it changes: whoever changes this file removes the
compiled kernels (find . -name '*.nb?' -delete).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np


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
