"""Columns of an export as text: ids of two lengths, moments and dates as Data Loader writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.simulation.behaviour import to_microseconds
from features.simulation.identifiers import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable


def stamps(moment: np.ndarray) -> pa.Array:
    """Moments in market days as ``2025-03-01T10:00:00.000+0000``, null for values that are not finite."""
    known = np.isfinite(moment)
    milliseconds = to_microseconds(np.where(known, moment, 0.0)) // 1000
    text = pc.strftime(pa.array(milliseconds).cast(pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%S")
    return pc.if_else(
        pa.array(known), pc.binary_join_element_wise(text, "+0000", ""), pa.scalar(None, pa.string())
    )


def days(moment: np.ndarray) -> pa.Array:
    """Moments in market days as dates, null for values that are not finite."""
    known = np.isfinite(moment)
    date = to_microseconds(np.floor(np.where(known, moment, 0.0))) // 86_400_000_000
    return pc.if_else(
        pa.array(known), pa.array(date.astype(np.int32)).cast(pa.date32()), pa.scalar(None, pa.date32())
    )


def ids_at(ids: np.ndarray, position: np.ndarray, length: int = 18) -> pa.Array:
    """Ids by position, null for -1; of 15 characters, as reports show them, where asked."""
    short = np.ascontiguousarray(ids.astype(f"S{length}"))
    return as_text(short).take(pa.array(position, mask=position < 0))


def flags(values: np.ndarray) -> pa.Array:
    """Write true and false as Data Loader does."""
    return pc.if_else(pa.array(values), "true", "false")


def texts(values: Iterable[object]) -> pa.Array:
    """Text, null for what is missing or blank."""
    found = pa.array(list(values), pa.string(), from_pandas=True)
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def chosen(names: tuple[str, ...], position: np.ndarray) -> pa.Array:
    """Names by position, null where the name is empty or the position is -1."""
    blank = np.array([not name for name in names])
    absent = (position < 0) | blank[position]
    return pa.array(names).take(pa.array(position, mask=absent))


def numbers(values: np.ndarray) -> pa.Array:
    """Whole numbers, null for NaN."""
    known = ~np.isnan(values)
    return pa.array(np.where(known, values, 0).astype(np.int64), mask=~known)
