"""The numba kernel of the plainest measures: counts, and days since the last or the first event, by kind.

Most columns of most feature sets are such. An event is counted once here, by its kind, whatever the number of
features that it bears on; ``features.kernel.events`` takes the measures that look at more of an event, and states
the rules that both keep.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

# Frozen into the compiled kernel: whoever changes search.py removes what is compiled
# (find . -name '*.nb?' -delete), as numba looks at this file alone.
from features.kernel.search import upper_bound

#: Moments before and after all others: when something last and first happened that never did.
_BEFORE_ALL, _AFTER_ALL = -(2**62), 2**62
_DAY = 86_400_000_000


class TallyArrays(NamedTuple):
    """What the kernel reads of a plan for one scope: its windows, tallies and C columns.

    A tally is a set of kinds: the first K are the history's kinds one by one, and the M others have their kinds
    listed in ``merged_kind`` between ``merged_start`` (M+1,). ``windows`` (W,) are the lengths, ascending. A count
    is read from cell ``window * (K + M) + tally``, a moment from cell ``tally``.

    Columns are ordered by measure: counts, trends from ``trends`` on, days since the last event from ``lasts`` on,
    days since the first from ``firsts`` on. ``cell`` (C,) is what each reads and ``whole`` (C,) a trend's double
    window. ``sought`` (K,) marks the kinds whose latest event is wanted however long ago it was.

    ``unknown_*`` (U,) gather the columns that are unknown together: those that ``unknown_column`` lists between
    ``unknown_start`` (U+1,) are if they look back over ``unknown_span`` to before ``unknown_before``; a lead
    created from ``settled`` on has no such column. With ``colleagues`` the events are those of colleagues.
    """

    kinds: int
    merged_start: np.ndarray
    merged_kind: np.ndarray
    windows: np.ndarray
    sought: np.ndarray
    cell: np.ndarray
    whole: np.ndarray
    trends: int
    lasts: int
    firsts: int
    unknown_start: np.ndarray
    unknown_column: np.ndarray
    unknown_span: np.ndarray
    unknown_before: np.ndarray
    settled: int
    colleagues: bool


@njit(nogil=True, cache=True)
def tally_rows(history, plan, leads, as_of, rows, columns, out):
    """Fill ``out`` with the plan's columns for some of the (lead, as_of) rows.

    ``leads`` and ``as_of`` are int64 (n,); a lead of -1 gives a row of NaN. ``rows`` numbers those to compute, and
    ``columns`` (C,) says where the plan's columns stand in ``out`` (n, features). Runs without the interpreter
    lock, so threads may share the rows out.
    """
    # One body, and a name for every array that all rows touch: numba counts references to each member of a tuple
    # that it hands on, which for short histories took longer than the events themselves.
    event_at, event_known, event_kind = history.event_at, history.event_known, history.event_kind
    lead_start, created_at = history.lead_start, history.created_at
    group_start, group_end, group_created = history.group_start, history.group_end, history.group_created
    merged_start, merged_kind, windows, sought = plan.merged_start, plan.merged_kind, plan.windows, plan.sought
    cell, whole, trends, lasts, firsts = plan.cell, plan.whole, plan.trends, plan.lasts, plan.firsts
    unknown_start, unknown_column = plan.unknown_start, plan.unknown_column
    unknown_span, unknown_before, settled = plan.unknown_span, plan.unknown_before, plan.settled
    kinds, colleagues = plan.kinds, plan.colleagues
    width = kinds + merged_start.size - 1
    others_may_be_later = sought.sum() if colleagues else 0
    counts = np.zeros(max(windows.size, 1) * width, np.int32)
    latest = np.zeros(width, np.int64)
    earliest = np.zeros(width, np.int64)
    for i in range(rows.size):
        row = rows[i]
        lead = leads[row]
        now = as_of[row]
        if lead < 0 or (colleagues and group_start[lead] < 0):
            for column in range(columns.size):
                out[row, columns[column]] = np.nan
            continue
        counts[:] = 0
        latest[:] = _BEFORE_ALL
        earliest[:] = _AFTER_ALL
        first_person = group_start[lead] if colleagues else lead
        last_person = group_end[lead] if colleagues else lead + 1
        for person in range(first_person, last_person):
            # Somebody who was not yet a lead was not yet known to be a colleague.
            if colleagues and (person == lead or created_at[person] >= now):
                continue
            low = lead_start[person]
            position = upper_bound(event_at, low, lead_start[person + 1], now)
            # Each event counts in the shortest window that holds it.
            base = 0
            for w in range(windows.size):
                edge = now - windows[w]
                while position > low:
                    at = event_at[position - 1]
                    if at < edge:
                        break
                    position -= 1
                    if event_known[position] < now:
                        kind = event_kind[position]
                        counts[base + kind] += 1
                        latest[kind] = max(latest[kind], at)
                        earliest[kind] = min(earliest[kind], at)
                base += width
            # Beyond all windows only a kind's latest event matters: once each was seen, the rest need not be read.
            # Of colleagues, all are read: that one was seen does not tell that another's is not later.
            unseen = others_may_be_later
            for kind in range(kinds):
                unseen += sought[kind] & (latest[kind] == _BEFORE_ALL)
            while position > low and unseen > 0:
                position -= 1
                kind = event_kind[position]
                if event_at[position] > latest[kind] and event_known[position] < now:
                    latest[kind] = event_at[position]
                    unseen -= sought[kind]
        for m in range(merged_start.size - 1):
            tally = kinds + m
            for p in range(merged_start[m], merged_start[m + 1]):
                kind = merged_kind[p]
                latest[tally] = max(latest[tally], latest[kind])
                earliest[tally] = min(earliest[tally], earliest[kind])
                for w in range(windows.size):
                    counts[w * width + tally] += counts[w * width + kind]
        # From "in this window but no shorter one" to "in this window".
        for c in range(width, counts.size):
            counts[c] += counts[c - width]
        for column in range(trends):
            out[row, columns[column]] = counts[cell[column]]
        for column in range(trends, lasts):
            out[row, columns[column]] = 2 * counts[cell[column]] - counts[whole[column]]
        for column in range(lasts, firsts):
            at = latest[cell[column]]
            out[row, columns[column]] = np.nan if at == _BEFORE_ALL else (now - at) / _DAY
        for column in range(firsts, columns.size):
            at = earliest[cell[column]]
            out[row, columns[column]] = np.nan if at == _AFTER_ALL else (now - at) / _DAY
        created = group_created[lead] if colleagues else created_at[lead]
        if created < settled:
            for u in range(unknown_before.size):
                if max(created, now - unknown_span[u]) < unknown_before[u]:
                    for p in range(unknown_start[u], unknown_start[u + 1]):
                        out[row, columns[unknown_column[p]]] = np.nan
