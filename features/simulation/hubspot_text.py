"""Columns of a HubSpot export as text: ids are plain numbers, moments ISO 8601 in UTC."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.behaviour import to_microseconds

# Where each object's numbers begin, and the odd strides that real counters show.
_FIRST = {"contact": 1_000_051, "company": 7_000_000_019, "deal": 9_000_000_007, "engagement": 30_000_000_011}
_STRIDE = 50
EMPTY = pa.scalar(None, pa.string())


def hubspot_ids(what: str, position: np.ndarray) -> np.ndarray:
    """Return the record ids, int64, of positions: distinct and rising."""
    return _FIRST[what] + np.asarray(position, dtype=np.int64) * _STRIDE


def ids(what: str, position: np.ndarray) -> pa.Array:
    """Record ids as text by position, null for -1."""
    position = np.asarray(position, dtype=np.int64)
    return pa.array(hubspot_ids(what, position), mask=position < 0).cast(pa.string())


def moments(moment: np.ndarray) -> pa.Array:
    """Moments in market days as ``2025-03-01T10:00:00.000Z``, null for values that are not finite."""
    known = np.isfinite(moment)
    milliseconds = pa.array(to_microseconds(np.where(known, moment, 0.0)) // 1000).cast(pa.timestamp("ms"))
    text = pc.strftime(milliseconds, format="%Y-%m-%dT%H:%M:%S")
    return pc.if_else(pa.array(known), pc.binary_join_element_wise(text, "Z", ""), EMPTY)


def whole(values: np.ndarray) -> pa.Array:
    """Whole numbers as text, null for NaN."""
    known = ~np.isnan(values)
    return pa.array(np.where(known, values, 0).astype(np.int64), mask=~known).cast(pa.string())


def words(value: str, count: int) -> pa.Array:
    """Repeat one text."""
    return pa.repeat(value, count)


def where(kept: np.ndarray, values: pa.Array) -> pa.Array:
    """Blank the values that are not kept."""
    return pc.if_else(pa.array(kept), values, EMPTY)


def floored(moment: np.ndarray) -> np.ndarray:
    """Round moments down to whole milliseconds, as all of the market's are."""
    known = np.isfinite(moment)
    return np.where(known, np.floor(np.where(known, moment, 0.0) * 86_400_000) / 86_400_000, moment)
