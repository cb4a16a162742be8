"""Laying out tables of facts, a whole dataset's or some accounts', as the columns of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.history.arrays import HistoryArrays, Versions, sealed
from features.history.deals import read_deals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.history.tables import Header, Tables
    from features.language import Entity
    from features.language.needs import Needs

#: Numbers of kinds, channels and campaigns, as the kernel reads them.
_CODE = np.int32


def read_history(tables: Tables, header: Header, needs: Needs) -> dict[str, Any]:
    """Return the parts of a :class:`~features.history.History` of the leads of ``tables``."""
    leads = tables.leads
    lead_ids = leads["lead_id"].combine_chunks()
    accounts = leads["account_id"].combine_chunks().dictionary_encode()
    account_of = accounts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    created_at = microseconds(leads["created_at"])
    groups = _groups(account_of, created_at)
    names, events = _read_events(tables.events, header.kinds, needs)
    return {
        "lead_ids": lead_ids.to_numpy(zero_copy_only=False),
        "account_ids": accounts.dictionary.to_numpy(zero_copy_only=False),
        "account_of": account_of,
        **names,
        "observed_from": header.observed_from,
        "arrays": sealed(HistoryArrays(created_at, tables.event_offsets, *groups, *events)),
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


def microseconds(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of times as int64 microseconds since 1970 UTC."""
    times = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return times.to_numpy()


def _read_events(
    events: pa.Table, kinds: tuple[str, ...], needs: Needs
) -> tuple[dict[str, Any], tuple[np.ndarray, ...]]:
    found: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for column in ("channel", "campaign"):
        found[column] = ((), np.empty(0, _CODE))
        if column in needs.event_columns:
            names = texts_of(events[column])
            found[column] = names, _codes(events[column], names)
    value = events["value"].to_numpy() if "value" in needs.event_columns else np.empty(0)
    return {"kinds": kinds, "channels": found["channel"][0], "campaigns": found["campaign"][0]}, (
        microseconds(events["at"]),
        microseconds(events["known_at"]),
        _codes(events["kind"], kinds),
        value,
        found["channel"][1],
        found["campaign"][1],
    )


def texts_of(column: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the texts of a dictionary column, sorted."""
    # Each chunk may have a dictionary of its own.
    every = {text for chunk in column.chunks for text in chunk.dictionary.to_pylist() if text is not None}
    return tuple(sorted(every))


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> np.ndarray:
    """Return the places of a dictionary column's texts in ``names``, -1 for null."""
    value_set = pa.array(names, pa.string())
    out = np.empty(len(column), _CODE)
    begin = 0
    for chunk in column.chunks:
        place = pc.index_in(chunk.dictionary, value_set=value_set).fill_null(-1).to_numpy(zero_copy_only=False)
        table = np.append(place, -1).astype(_CODE)
        codes = chunk.indices
        codes = codes.fill_null(-1) if codes.null_count else codes
        np.take(table, codes.to_numpy(zero_copy_only=False), out=out[begin : begin + len(chunk)], mode="wrap")
        begin += len(chunk)
    return out


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
    code = value.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(_CODE)
    order = np.lexsort((known_at, owner))
    return Versions(
        start=np.searchsorted(owner[order], np.arange(len(entity_ids) + 1)).astype(np.int64),
        known_at=known_at[order],
        code=code[order],
        vocabulary=tuple(value.dictionary.to_pylist()),
        tracked=tracked,
    )
