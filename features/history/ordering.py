"""Laying out events in the order of the import: by lead, time, kind, known_at, value, channel and campaign.

Events come shared out among buckets of leads. Each bucket is sorted on its own, in two threads, while it stays in
the processor's cache: put in place by lead, then sorted within each lead by one number made of time and kind. What
that number leaves undecided, the other columns decide, and at last the order in which the events came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.history.event_columns import CODE, NO_TEXTS, NO_VALUES, Coded, EventColumns
from features.history.lead_table import Shared
from features.history.threads import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.history.lead_table import LeadTable

#: Events up to so many are sorted by insertion; more of them by merging.
_RUN = 32
#: Stretches of time, as a power of two, that a lead's events are dealt out to before they are sorted.
_MOST_CELLS = 16


class Names(NamedTuple):
    """The names that the numbers of kinds, channels and campaigns stand for, in any order."""

    kind: Sequence[str]
    channel: Sequence[str]
    campaign: Sequence[str]


class _Target(NamedTuple):
    """The columns that are laid out; those that nobody needs are empty."""

    at: np.ndarray
    known_at: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    channel: np.ndarray
    campaign: np.ndarray


def lay_out(
    table: LeadTable, pieces: Sequence[Shared], counts: np.ndarray, names: Names
) -> tuple[EventColumns, np.ndarray]:
    """Return the events in order, and where each lead's begin, int64 (leads + 1,).

    ``counts`` are the leads' events in the order of ``table.lead``. ``known_at`` of the pieces is empty where each
    event was known at once.
    """
    if not pieces:
        return EventColumns.nothing(), np.zeros(len(counts) + 1, np.int64)
    by_lead = np.zeros(len(counts) + 1, np.int64)
    by_lead[table.lead + 1] = counts
    offsets = np.cumsum(by_lead)
    first, last = (int(edge) for edge in _edges(pieces))
    bits = max(len(names.kind) - 1, 0).bit_length()
    if (last - first).bit_length() + bits > 63:
        bits = -1
    target = _target(pieces, int(offsets[-1]))
    ranks = [_ranks(own) for own in names]

    def sort(buckets: Iterable[int]) -> None:
        for bucket in buckets:
            own = [slice(piece.bounds[bucket], piece.bounds[bucket + 1]) for piece in pieces]
            members = table.lead[table.bucket_start[bucket] : table.bucket_start[bucket + 1]]
            _sort_bucket(_gather(pieces, own, ranks, target), offsets[members], target, first, last - first, bits)

    share(sort, range(len(table.bucket_start) - 1))
    kinds, channels, campaigns = (tuple(sorted(own)) for own in names)
    return EventColumns(
        Coded(kinds, target.kind),
        target.at,
        target.known_at if len(target.known_at) else target.at,
        target.value,
        Coded(channels, target.channel) if len(target.channel) else NO_TEXTS,
        Coded(campaigns, target.campaign) if len(target.campaign) else NO_TEXTS,
    ), offsets


def _edges(pieces: Sequence[Shared]) -> tuple[int, int]:
    some = [piece.at for piece in pieces if len(piece.at)]
    return min((at.min() for at in some), default=0), max((at.max() for at in some), default=0)


def _target(pieces: Sequence[Shared], size: int) -> _Target:
    def like(name: str, empty: np.ndarray) -> np.ndarray:
        used = any(len(getattr(piece, name)) for piece in pieces)
        return np.empty(size, empty.dtype) if used else empty

    codes = np.empty(0, CODE)
    return _Target(
        np.empty(size, np.int64),
        like("known_at", np.empty(0, np.int64)),
        np.empty(size, CODE),
        like("value", NO_VALUES),
        like("channel", codes),
        like("campaign", codes),
    )


def _ranks(names: Sequence[str]) -> np.ndarray:
    """Return each name's place among the sorted names, and -1 for the number -1."""
    place = {name: i for i, name in enumerate(sorted(names))}
    return np.array([*(place[name] for name in names), -1], CODE)


def _gather(
    pieces: Sequence[Shared], own: Sequence[slice], ranks: Sequence[np.ndarray], target: _Target
) -> Shared:
    """Return one bucket's events, with numbers of names in the order of the names."""

    def whole(name: str) -> np.ndarray:
        return np.concatenate([getattr(piece, name)[part] for piece, part in zip(pieces, own, strict=True)])

    found = {"member": whole("member")}
    for name, used in zip(target._fields, target, strict=True):
        if not len(used):
            found[name] = used
        elif name == "known_at":
            told = (piece.known_at if len(piece.known_at) else piece.at for piece in pieces)
            found[name] = np.concatenate([column[part] for column, part in zip(told, own, strict=True)])
        else:
            found[name] = whole(name)
    for name, rank in zip(("kind", "channel", "campaign"), ranks, strict=True):
        if not np.array_equal(rank[:-1], np.arange(len(rank) - 1)):
            found[name] = rank[found[name]]
    return Shared(np.empty(0, np.int64), **found)


def _sort_bucket(bucket: Shared, start: np.ndarray, target: _Target, first: int, span: int, bits: int) -> None:
    """Sort a bucket's events into their places, its members' from ``start`` on.

    ``bits`` are a kind's in the key, -1 where it has no room there.
    """
    ties = [bucket.campaign, bucket.channel, _in_whole_numbers(bucket.value), bucket.known_at]
    ties = [column for column in [*ties, bucket.kind[: len(bucket.kind) if bits < 0 else 0]] if len(column)]
    decides = np.array(ties, np.int64).reshape(len(ties), len(bucket.at))
    rows = np.empty(len(bucket.at) if ties else 0, np.int32)
    place = np.empty(len(rows), np.int64)
    _sort_events(
        bucket.member,
        bucket.at,
        bucket.kind,
        decides,
        start,
        first,
        span,
        bits,
        rows,
        place,
        target.at,
        target.kind,
    )
    if ties:
        for name in _Target._fields[1:]:
            if len(getattr(bucket, name)):
                _put(getattr(bucket, name), rows, place, getattr(target, name))


def _in_whole_numbers(value: np.ndarray) -> np.ndarray:
    """Return int64 numbers in the order of float64 ones, a missing one first."""
    # 0.0 is no more than -0.0. Of negative numbers the bits other than the sign rise as the number falls.
    bits = (value + 0.0).view(np.int64)
    found = np.where(bits < 0, bits ^ np.iinfo(np.int64).max, bits)
    return np.where(np.isnan(value), np.iinfo(np.int64).min, found)


@njit(nogil=True, cache=True)
def _put(column: np.ndarray, rows: np.ndarray, place: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(rows)):
        out[place[i]] = column[rows[i]]


@njit(nogil=True, cache=True)
def _bit_length(number: int) -> int:
    length = 0
    while number >> length:
        length += 1
    return length


@njit(nogil=True, cache=True)
def _insert(keys: np.ndarray, rows: np.ndarray, begin: int, end: int) -> None:
    """Sort a few keys in place, equal ones as they stand; ``rows`` moves with them or is empty."""
    if len(rows) == 0:
        for i in range(begin + 1, end):
            key, j = keys[i], i
            while j > begin and keys[j - 1] > key:
                keys[j] = keys[j - 1]
                j -= 1
            keys[j] = key
        return
    for i in range(begin + 1, end):
        key, row, j = keys[i], rows[i], i
        while j > begin and keys[j - 1] > key:
            keys[j], rows[j] = keys[j - 1], rows[j - 1]
            j -= 1
        keys[j], rows[j] = key, row


@njit(nogil=True, cache=True)
def _merge(
    keys: np.ndarray,
    rows: np.ndarray,
    begin: int,
    middle: int,
    end: int,
    left_keys: np.ndarray,
    left_rows: np.ndarray,
) -> None:
    """Merge two sorted stretches in place, with room for the left one."""
    size, follow = middle - begin, len(rows) > 0
    left_keys[:size] = keys[begin:middle]
    if follow:
        left_rows[:size] = rows[begin:middle]
    i, j = 0, middle
    for k in range(begin, end):
        if i == size:
            return
        right = j < end and left_keys[i] > keys[j]
        keys[k] = keys[j] if right else left_keys[i]
        if follow:
            rows[k] = rows[j] if right else left_rows[i]
        j += right
        i += not right


@njit(nogil=True, cache=True)
def _sort(
    keys: np.ndarray, rows: np.ndarray, begin: int, end: int, left_keys: np.ndarray, left_rows: np.ndarray
) -> None:
    """Sort keys in place, equal ones in the order in which they stand."""
    for run in range(begin, end, _RUN):
        _insert(keys, rows, run, min(run + _RUN, end))
    width = _RUN
    while width < end - begin:
        for left in range(begin, end - width, 2 * width):
            if keys[left + width - 1] <= keys[left + width]:
                continue
            _merge(keys, rows, left, left + width, min(left + 2 * width, end), left_keys, left_rows)
        width *= 2


@njit(nogil=True, cache=True)
def _sort_ties(
    keys: np.ndarray,
    rows: np.ndarray,
    begin: int,
    end: int,
    decides: np.ndarray,
    left_keys: np.ndarray,
    left_rows: np.ndarray,
) -> None:
    """Sort the rows of equal keys by the columns of ``decides``, of which the last weighs most."""
    first = begin
    for i in range(begin + 1, end + 1):
        if i < end and keys[i] == keys[first]:
            continue
        key = keys[first]
        for column in range(len(decides) if i - first > 1 else 0):
            for tied in range(first, i):
                keys[tied] = decides[column, rows[tied]]
            _sort(keys, rows, first, i, left_keys, left_rows)
        keys[first:i] = key
        first = i


@njit(nogil=True, cache=True)
def _sort_events(
    member: np.ndarray,
    at: np.ndarray,
    kind: np.ndarray,
    decides: np.ndarray,
    start: np.ndarray,
    first: int,
    span: int,
    bits: int,
    rows: np.ndarray,
    place: np.ndarray,
    out_at: np.ndarray,
    out_kind: np.ndarray,
) -> None:
    """Write times and kinds in order; leave in ``rows`` and ``place``, unless empty, which row went where."""
    # A lead's events are dealt out to as many stretches of time as it has events on average, so that what is left
    # to sort is nearly in order.
    cells = _bit_length(len(at) // max(len(start), 1)) - 1
    cells = max(min(cells, _MOST_CELLS), 0)
    narrow = max(_bit_length(span) - cells, 0)
    ends = np.zeros((len(start) << cells) + 1, np.int32)
    for i in range(len(at)):
        ends[((np.int64(member[i]) << cells) | ((at[i] - first) >> narrow)) + 1] += 1
    for cell in range(len(ends) - 1):
        ends[cell + 1] += ends[cell]
    keys, left_keys = np.empty(len(at), np.int64), np.empty(len(at), np.int64)
    left_rows = np.empty(len(rows), np.int32)
    for i in range(len(at)):
        cell = (np.int64(member[i]) << cells) | ((at[i] - first) >> narrow)
        spot = ends[cell]
        ends[cell] += 1
        keys[spot] = ((at[i] - first) << bits) | kind[i] if bits >= 0 else at[i] - first
        if len(rows):
            rows[spot] = i
    begin = 0
    for own in range(len(start)):
        end = ends[((own + 1) << cells) - 1]
        _sort(keys, rows, begin, end, left_keys, left_rows)
        if len(rows):
            _sort_ties(keys, rows, begin, end, decides, left_keys, left_rows)
        for i in range(begin, end):
            spot = start[own] + i - begin
            out_at[spot] = (keys[i] >> max(bits, 0)) + first
            out_kind[spot] = keys[i] & ((1 << bits) - 1) if bits >= 0 else kind[rows[i]]
            if len(rows):
                place[i] = spot
        begin = end
