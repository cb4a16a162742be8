"""A hash table of lead ids in buckets, and sharing out events among the buckets while their leads are looked up.

Looking up millions of ids in one large table waits for memory at each of them. Here events are first put with the
others of their bucket, and a bucket's part of the table is small enough to stay in the processor's cache.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from features.history.places import bytes_of

#: Events that a bucket is meant to hold.
_BUCKET_EVENTS = 2**16
_MOST_BUCKETS = 2**10
#: Bytes that fit in one number together with how many they are.
_SHORT = 7
#: What no text of up to 7 bytes is.
_STRANGE = np.uint64(255 << 56)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BYTE = np.uint64(8)
_LENGTH = np.uint64(56)


class LeadTable(NamedTuple):
    """L lead ids in B buckets, by the first ``bits`` of an id's hash.

    ``start`` (L+1,) and ``text`` are the ids' bytes, of which the first ``prefix`` are the same in all.
    ``lead`` (L,) lists the leads' numbers bucket by bucket, bounded by ``bucket_start`` (B+1,). ``slot_hash`` and
    ``slot_member`` hold each bucket's hash table, bounded by ``slot_start`` (B+1,): a member is a place within the
    bucket, -1 where a slot is free. ``exact`` says that equal hashes are equal ids; else bytes are compared.
    """

    start: np.ndarray
    text: np.ndarray
    prefix: int
    exact: bool
    bits: int
    bucket_start: np.ndarray
    lead: np.ndarray
    slot_start: np.ndarray
    slot_hash: np.ndarray
    slot_member: np.ndarray

    @classmethod
    def of(cls, ids: pa.StringArray, events: int) -> LeadTable:
        """Lay out different ids for looking up so many events."""
        buckets = min(max(events // _BUCKET_EVENTS, 1), _MOST_BUCKETS)
        bits = (buckets - 1).bit_length()
        start, text = bytes_of(ids)
        prefix = _common_prefix(ids)
        exact = int(np.diff(start).max(initial=0)) - prefix <= _SHORT
        hashes = np.empty(len(ids), np.uint64)
        _hash_all(start, text, start, text, prefix, exact, hashes)
        place, bucket_start = np.empty(len(ids), np.int32), np.zeros(2**bits + 1, np.int64)
        _aim(hashes, bits, bucket_start, place)
        slots = 2 ** np.ceil(np.log2(np.maximum(np.diff(bucket_start), 1) * 2)).astype(np.int64)
        slot_start = np.concatenate([[0], np.cumsum(slots)]).astype(np.int64)
        slot_hash, slot_member = np.zeros(slot_start[-1], np.uint64), np.full(slot_start[-1], -1, np.int32)
        _fill(_moved(hashes, place), bucket_start, slot_start, slot_hash, slot_member)
        lead = _moved(np.arange(len(ids), dtype=np.int32), place)
        return cls(start, text, prefix, exact, bits, bucket_start, lead, slot_start, slot_hash, slot_member)


class Shared(NamedTuple):
    """Some events in the order of their buckets, those of one bucket in the order in which they came.

    ``bounds`` (B+1,) bounds the buckets. ``member`` is the lead's place within the bucket. ``known_at``,
    ``value``, ``channel`` and ``campaign`` are empty where they were not given.
    """

    bounds: np.ndarray
    member: np.ndarray
    at: np.ndarray
    known_at: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    channel: np.ndarray
    campaign: np.ndarray


def share_out(
    table: LeadTable, ids: pa.StringArray, columns: tuple[np.ndarray, ...], counts: np.ndarray
) -> tuple[Shared, int]:
    """Return events in the order of their buckets, and how many are of no lead in the table.

    ``columns`` are those of :class:`Shared` from ``at`` on. ``counts`` (L,), in the order of ``table.lead``, is
    raised by each lead's events.
    """
    start, text = bytes_of(ids)
    hashes = np.empty(len(ids), np.uint64)
    _hash_all(start, text, table.start, table.text, table.prefix, table.exact, hashes)
    target = np.empty(len(ids), np.int32)
    bounds = np.zeros(len(table.bucket_start), np.int64)
    _aim(hashes, table.bits, bounds, target)
    # Bytes are compared with those of the row that an event came from.
    row = _moved(np.arange(0 if table.exact else len(ids), dtype=np.int32), target)
    member = np.empty(len(ids), np.int32)
    unknown = _look_up(table, _moved(hashes, target), row, start, text, bounds, member, counts)
    return Shared(bounds, member, *(_moved(column, target) for column in columns)), unknown


def _common_prefix(ids: pa.StringArray) -> int:
    """Return how many first bytes all ids share."""
    if not len(ids):
        return 0
    ends = pc.min_max(ids).as_py()
    first, last = ends["min"].encode(), ends["max"].encode()
    return next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )


def _moved(column: np.ndarray, target: np.ndarray) -> np.ndarray:
    out = np.empty_like(column)
    _move(column, target, out)
    return out


@njit(nogil=True, cache=True)
def _move(column: np.ndarray, target: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(column)):
        out[target[i]] = column[i]


@njit(nogil=True, cache=True)
def _mixed(word: np.uint64) -> np.uint64:
    """Mix all bits of a number into all bits of another; each step can be undone, so no two numbers meet."""
    word ^= word >> np.uint64(32)
    word *= _FIRST
    word ^= word >> np.uint64(29)
    word *= _SECOND
    return word ^ (word >> np.uint64(32))


@njit(nogil=True, cache=True)
def _hash(text: np.ndarray, begin: int, end: int) -> np.uint64:
    """Return the hash of some bytes: of up to 7 of them, one that no others of up to 7 have."""
    found = np.uint64(0)
    while True:
        part = min(end - begin, _SHORT)
        word = np.uint64(part) << _LENGTH
        for i in range(part):
            word |= np.uint64(text[begin + i]) << (np.uint64(i) * _BYTE)
        found = _mixed(found ^ word)
        begin += part
        if begin >= end:
            return found


@njit(nogil=True, cache=True)
def _equal(a: np.ndarray, a_begin: int, b: np.ndarray, b_begin: int, size: int) -> bool:
    for i in range(size):  # noqa: SIM110 - numba knows no all()
        if a[a_begin + i] != b[b_begin + i]:
            return False
    return True


@njit(nogil=True, cache=True)
def _hash_all(
    start: np.ndarray,
    text: np.ndarray,
    own_start: np.ndarray,
    own_text: np.ndarray,
    prefix: int,
    exact: bool,
    out: np.ndarray,
) -> None:
    """Hash what follows the first ``prefix`` bytes, which all of our own texts share.

    A text that cannot be one of ours, by its first bytes or its length, gets a hash that none of ours has.
    """
    for i in range(len(out)):
        begin, end = start[i] + prefix, start[i + 1]
        ours = end >= begin and (not exact or end - begin <= _SHORT)
        if ours and _equal(text, start[i], own_text, own_start[0], prefix):
            out[i] = _hash(text, begin, end)
        else:
            out[i] = _mixed(_STRANGE)


@njit(nogil=True, cache=True)
def _aim(hashes: np.ndarray, bits: int, bounds: np.ndarray, target: np.ndarray) -> None:
    """Find each event's place in the order of the buckets; ``bounds`` (B+1,), zeros, becomes theirs."""
    shift = np.uint64(64 - bits)
    place = np.zeros(len(bounds), np.int64)
    for i in range(len(hashes)):
        place[np.int64(hashes[i] >> shift) + 1 if bits else 1] += 1
    for bucket in range(1, len(bounds)):
        place[bucket] += place[bucket - 1]
    bounds[:] = place
    for i in range(len(hashes)):
        own = np.int64(hashes[i] >> shift) if bits else np.int64(0)
        target[i] = place[own]
        place[own] += 1


@njit(nogil=True, cache=True)
def _fill(
    hashes: np.ndarray,
    bucket_start: np.ndarray,
    slot_start: np.ndarray,
    slot_hash: np.ndarray,
    slot_member: np.ndarray,
) -> None:
    """Put the leads' hashes, in the order of their buckets, into the buckets' tables."""
    for bucket in range(len(bucket_start) - 1):
        first, last = slot_start[bucket], slot_start[bucket + 1] - 1
        for i in range(bucket_start[bucket], bucket_start[bucket + 1]):
            slot = first + np.int64(hashes[i] & np.uint64(last - first))
            while slot_member[slot] >= 0:
                slot = slot + 1 if slot < last else first
            slot_hash[slot] = hashes[i]
            slot_member[slot] = i - bucket_start[bucket]


@njit(nogil=True, cache=True)
def _look_up(
    table: LeadTable,
    hashes: np.ndarray,
    row: np.ndarray,
    start: np.ndarray,
    text: np.ndarray,
    bounds: np.ndarray,
    member: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Find the members that events belong to, -1 for none, and count them; return how many are of none."""
    slot_start, slot_hash, slot_member = table.slot_start, table.slot_hash, table.slot_member
    bucket_start, lead, own_start, own_text = table.bucket_start, table.lead, table.start, table.text
    unknown = 0
    for bucket in range(len(bounds) - 1):
        first, last = slot_start[bucket], slot_start[bucket + 1] - 1
        for i in range(bounds[bucket], bounds[bucket + 1]):
            slot = first + np.int64(hashes[i] & np.uint64(last - first))
            found = slot_member[slot]
            while found >= 0:
                if slot_hash[slot] == hashes[i]:
                    if table.exact:
                        break
                    own = lead[bucket_start[bucket] + found]
                    size = own_start[own + 1] - own_start[own]
                    begin = start[row[i]]
                    if size == start[row[i] + 1] - begin and _equal(text, begin, own_text, own_start[own], size):
                        break
                slot = slot + 1 if slot < last else first
                found = slot_member[slot]
            member[i] = found
            if found >= 0:
                counts[bucket_start[bucket] + found] += 1
            else:
                unknown += 1
    return unknown
