"""Each lead's first opportunity: when it came, what it is worth, and whether it was won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from features.facts import Dataset
    from features.history import History

#: A lead without an opportunity: later than any moment.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Deals:
    """The first opportunity of each lead, as known at the end of the data; every field (leads,).

    ``created_at`` is in microseconds, :data:`NEVER` where there is none. ``amount`` float64 is in the data's own
    money, NaN where it is not known. ``closed`` tells whether its end is known; ``won`` whether that was a win.
    """

    created_at: np.ndarray
    amount: np.ndarray
    closed: np.ndarray
    won: np.ndarray


def first_deals(dataset: Dataset, history: History) -> Deals:
    """Look up each lead's first opportunity; of several created at one instant, the first by id."""
    columns = ["opportunity_id", "lead_id", "created_at", "amount", "closed_at", "won"]
    table = dataset.frame("opportunities", columns)
    table = table[table["lead_id"].notna()].sort_values(["created_at", "opportunity_id"], kind="stable")
    table = table.drop_duplicates("lead_id")
    lead = history.positions(table["lead_id"].tolist())
    leads = len(history.lead_ids)
    created = np.full(leads, NEVER, np.int64)
    amount, closed, won = np.full(leads, np.nan), np.zeros(leads, bool), np.zeros(leads, bool)
    created[lead] = table["created_at"].to_numpy("datetime64[us]").astype(np.int64)
    amount[lead] = table["amount"].to_numpy(np.float64)
    closed[lead] = (table["closed_at"].notna() & table["won"].notna()).to_numpy(bool)
    won[lead] = closed[lead] & table["won"].eq(True).fillna(False).to_numpy(bool)
    return Deals(created, amount, closed, won)
