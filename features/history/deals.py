"""An account's earlier opportunities, laid out as events of the account: created, won, lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from features.history.arrays import HistoryArrays, sealed
from features.history.places import places_of

_OPPORTUNITY, _LOST, _WON = range(3)


def read_deals(
    table: pa.Table, lead_ids: pa.Array, account_ids: pa.Array, account_of: np.ndarray, created_at: np.ndarray
) -> HistoryArrays:
    """Return the opportunities per account.

    An opportunity belongs to its own account or, without one, to its lead's. It is won or lost from the moment
    that it was closed.
    """
    account = _account(table, lead_ids, account_ids, account_of)
    created = table["created_at"].cast(pa.int64()).to_numpy()
    closed = table["closed_at"].cast(pa.int64()).fill_null(-1).to_numpy()
    won = table["won"].cast(pa.int8()).fill_null(-1).to_numpy()
    ended = (closed >= 0) & (won >= 0)
    owner = np.concatenate([account, account[ended]])
    at = np.concatenate([created, closed[ended]])
    kind = np.concatenate([np.full(len(created), _OPPORTUNITY), np.where(won[ended] == 1, _WON, _LOST)])
    order = np.lexsort((kind, at, owner))
    order = order[owner[order] >= 0]
    first_created = np.full(len(account_ids), np.iinfo(np.int64).max)
    np.minimum.at(first_created, account_of[account_of >= 0], created_at[account_of >= 0])
    nobody = np.full(len(account_ids), -1, np.int64)
    no_codes = np.empty(0, np.int32)
    arrays = HistoryArrays(
        first_created,
        np.searchsorted(owner[order], np.arange(len(account_ids) + 1)).astype(np.int64),
        nobody,
        nobody,
        first_created,
        at[order],
        at[order],
        kind[order].astype(np.int32),
        np.empty(0),
        no_codes,
        no_codes,
    )
    return sealed(arrays)


def _account(table: pa.Table, lead_ids: pa.Array, account_ids: pa.Array, account_of: np.ndarray) -> np.ndarray:
    own, lead = places_of(table["account_id"], account_ids), places_of(table["lead_id"], lead_ids)
    by_lead = np.where(lead >= 0, account_of[np.maximum(lead, 0)] if len(account_of) else -1, -1)
    return np.where(own >= 0, own, by_lead)
