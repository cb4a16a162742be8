"""Laying out tables of facts, a whole dataset's or some accounts', as the columns of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.history.arrays import HistoryArrays, Versions, sealed
from features.history.deals import read_deals
from features.history.event_columns import CODE, microseconds

if TYPE_CHECKING:
    from features.history.tables import Header, Tables
    from features.language import Entity
    from features.language.needs import Needs


def read_history(tables: Tables, header: Header, needs: Needs) -> dict[str, Any]:
    """Return the parts of a :class:`~features.history.History` of the leads of ``tables``."""
    leads = tables.leads
    lead_ids = leads["lead_id"].combine_chunks()
    accounts = leads["account_id"].combine_chunks().dictionary_encode()
    account_of = accounts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    created_at = microseconds(leads["created_at"])
    groups = _groups(account_of, created_at)
    events = tables.events
    columns = (
        events.at,
        events.known_at,
        events.kind.within(header.kinds),
        events.value,
        events.channel.codes,
        events.campaign.codes,
    )
    return {
        "leads": lead_ids,
        "account_ids": accounts.dictionary.to_numpy(zero_copy_only=False),
        "account_of": account_of,
        "kinds": header.kinds,
        "channels": events.channel.names,
        "campaigns": events.campaign.names,
        "observed_from": header.observed_from,
        "arrays": sealed(HistoryArrays(created_at, tables.event_offsets, *groups, *columns)),
        "versions": _read_versions(
            tables.attributes, header, {"lead": lead_ids, "account": accounts.dictionary}, needs
        ),
        "deals": read_deals(tables.opportunities, lead_ids, accounts.dictionary, account_of, created_at),
        "deals_of": account_of.astype(np.int64),
        "with_events": needs.events,
    }


def account_kind(kind: str) -> str:
    """Return the key under which ``observed_from`` holds a kind of scope ``account``."""
    return f"account.{kind}"


def _groups(account_of: np.ndarray, created_at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, per lead, the bounds and first creation of its account's leads."""
    edges = np.flatnonzero(np.diff(account_of, prepend=-2, append=-2))
    starts, ends = edges[:-1], edges[1:]
    sizes = ends - starts
    first_created = np.minimum.reduceat(created_at, starts) if len(created_at) else created_at
    group_start = np.repeat(starts, sizes).astype(np.int64)
    group_end = np.repeat(ends, sizes).astype(np.int64)
    group_created = np.repeat(first_created, sizes)
    alone = account_of < 0
    group_start[alone] = group_end[alone] = -1
    group_created[alone] = created_at[alone]
    return group_start, group_end, group_created


def _read_versions(
    table: pa.Table, header: Header, entity_ids: dict[Entity, pa.Array], needs: Needs
) -> dict[tuple[Entity, str], Versions]:
    found: dict[tuple[Entity, str], Versions] = {}
    for entity, name in header.attributes:
        if needs.attributes is None or (entity, name) in needs.attributes:
            rows = table.filter(pc.and_(pc.equal(table["entity"], entity), pc.equal(table["name"], name)))
            tracked = name not in header.current_only
            found[entity, name] = _versions(rows, entity_ids[entity], tracked=tracked)
    return found


def _versions(rows: pa.Table, entity_ids: pa.Array, *, tracked: bool) -> Versions:
    owner = pc.index_in(rows["entity_id"].combine_chunks(), value_set=entity_ids).to_numpy(zero_copy_only=False)
    known_at = microseconds(rows["known_at"])
    value = rows["value"].combine_chunks().dictionary_encode()
    code = value.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(CODE)
    order = np.lexsort((known_at, owner))
    return Versions(
        start=np.searchsorted(owner[order], np.arange(len(entity_ids) + 1)).astype(np.int64),
        known_at=known_at[order],
        code=code[order],
        vocabulary=tuple(value.dictionary.to_pylist()),
        tracked=tracked,
    )
