"""Which leads are open at a moment, and when the first opportunity from a moment on came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from features.facts import Dataset
    from features.history import History


def is_open(dataset: Dataset, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Tell for each (lead, as_of) whether the lead existed and had no opportunity yet, bool (n,).

    Only opportunities linked to the lead itself count; one of the account alone leaves its leads open.
    """
    first = np.full(len(history.lead_ids), np.iinfo(np.int64).max)
    lead, created_at = _opportunities(dataset, history)
    np.minimum.at(first, lead, created_at)
    return (history.arrays.created_at[leads] < as_of) & (first[leads] >= as_of)


def first_opportunity_from(dataset: Dataset, history: History, leads: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Return when each lead's first opportunity at or after ``as_of`` was created, int64 (n,), -1 for none."""
    lead, created_at = _opportunities(dataset, history)
    order = np.lexsort((created_at, lead))
    lead, created_at = lead[order], created_at[order]
    start = np.searchsorted(lead, np.arange(len(history.lead_ids) + 1))
    found = np.full(len(leads), -1, np.int64)
    pending = np.flatnonzero(start[leads] < start[leads + 1])
    position = start[leads[pending]]
    while len(pending):
        hit = created_at[position] >= as_of[pending]
        found[pending[hit]] = created_at[position[hit]]
        position = position[~hit] + 1
        pending = pending[~hit]
        more = position < start[leads[pending] + 1]
        pending, position = pending[more], position[more]
    return found


def open_at_each(dataset: Dataset, history: History, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every (lead, moment) at which the lead is open, as :func:`is_open` says: both int64 (n,).

    ``moments`` (m,) rise and are in microseconds. The second of the two numbers the moments; rows are in the order
    of moments, then of leads.
    """
    first = np.full(len(history.lead_ids), np.iinfo(np.int64).max)
    lead, created_at = _opportunities(dataset, history)
    np.minimum.at(first, lead, created_at)
    begins = np.searchsorted(moments, history.arrays.created_at, side="right")
    counts = np.maximum(np.searchsorted(moments, first, side="right") - begins, 0)
    leads = np.repeat(np.arange(len(first), dtype=np.int64), counts)
    which = np.arange(len(leads)) - np.repeat(np.cumsum(counts) - counts - begins, counts)
    order = np.argsort(which, kind="stable")
    return leads[order], which[order]


def open_leads(dataset: Dataset, history: History, as_of: int) -> np.ndarray:
    """Return the numbers of all leads open at one moment, int64."""
    everybody = np.arange(len(history.lead_ids), dtype=np.int64)
    moments = np.full(len(everybody), as_of, np.int64)
    return everybody[is_open(dataset, history, everybody, moments)]


def _opportunities(dataset: Dataset, history: History) -> tuple[np.ndarray, np.ndarray]:
    """Return the lead numbers and creation times of the opportunities that are linked to a lead."""
    table = dataset.arrow("opportunities", ["lead_id", "created_at"]).drop_null()
    lead = history.positions(table["lead_id"].to_pylist())
    return lead, table["created_at"].combine_chunks().cast("int64").to_numpy()
