"""Reading a dataset's tables into the columns of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.history.arrays import HistoryArrays, Versions
from features.history.deals import read_deals
from features.language.behaviour import ACCOUNT_KINDS
from features.language.needs import Needs

if TYPE_CHECKING:
    from features.facts.dataset import Dataset
    from features.language import Entity, FeatureSet

#: Numbers of kinds, channels and campaigns, as the kernel reads them.
_CODE = np.int32


def read_history(dataset: Dataset, only: FeatureSet | None) -> dict[str, Any]:
    """Return the parts of a :class:`~features.history.History`; ``only`` reads what these features need."""
    needs = Needs.of(only)
    leads = dataset.arrow("leads")
    lead_ids = leads["lead_id"].combine_chunks()
    accounts = leads["account_id"].combine_chunks().dictionary_encode()
    account_of = accounts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    created_at = microseconds(leads["created_at"])
    groups = _groups(account_of, created_at)
    names, events = _read_events(dataset, needs)
    deals, first_deal = read_deals(dataset, lead_ids, accounts.dictionary, account_of, created_at)
    return {
        "lead_ids": lead_ids.to_numpy(zero_copy_only=False),
        "account_ids": accounts.dictionary.to_numpy(zero_copy_only=False),
        "account_of": account_of,
        **names,
        "observed_from": dict.fromkeys(map(account_kind, ACCOUNT_KINDS), first_deal) | dataset.observed_from,
        "arrays": HistoryArrays(created_at, dataset.event_offsets(), *groups, *events),
        "versions": _read_versions(dataset, lead_ids, accounts.dictionary, needs),
        "deals": deals,
        "deals_of": account_of.astype(np.int64),
    }


def account_kind(kind: str) -> str:
    """Return the key under which ``observed_from`` holds a kind of scope ``account``."""
    return f"account.{kind}"


def microseconds(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of times as int64 microseconds since 1970 UTC."""
    times = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return times.to_numpy()


def _read_events(dataset: Dataset, needs: Needs) -> tuple[dict[str, Any], tuple[np.ndarray, ...]]:
    columns = ["kind", "at", "known_at", *needs.event_columns]
    texts = [column for column in columns if column in {"kind", "channel", "campaign"}]
    events = dataset.arrow("events", columns, encoded=tuple(texts))
    # Kinds that were watched but never happened count as well: their windows hold nothing, and that is known.
    kinds, kind_codes = _codes(events["kind"], dataset.manifest.observed_from)
    found: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for column in ("channel", "campaign"):
        found[column] = _codes(events[column]) if column in columns else ((), np.empty(0, _CODE))
    value = events["value"].to_numpy() if "value" in columns else np.empty(0)
    names = {"kinds": kinds, "channels": found["channel"][0], "campaigns": found["campaign"][0]}
    return names, (
        microseconds(events["at"]),
        microseconds(events["known_at"]),
        kind_codes,
        value,
        found["channel"][1],
        found["campaign"][1],
    )


def _codes(column: pa.ChunkedArray, more: Any = ()) -> tuple[tuple[str, ...], np.ndarray]:  # noqa: ANN401 - names
    """Return a dictionary column's texts, and ``more``, in sorted order, and the codes, -1 for null."""
    # Each chunk may have a dictionary of its own.
    every = {text for chunk in column.chunks for text in chunk.dictionary.to_pylist() if text is not None}
    names = tuple(sorted({*every, *more}))
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
    return names, out


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
    dataset: Dataset, lead_ids: pa.Array, account_ids: pa.Array, needs: Needs
) -> dict[tuple[Entity, str], Versions]:
    if needs.attributes is not None and not needs.attributes:
        return {}
    table = dataset.arrow("attributes")
    entity_ids = {"lead": lead_ids, "account": account_ids}
    current_only = set(dataset.manifest.current_only)
    found: dict[tuple[Entity, str], Versions] = {}
    pairs = (
        table.group_by(["entity", "name"]).aggregate([]).sort_by([("entity", "ascending"), ("name", "ascending")])
    )
    for entity, name in zip(pairs["entity"].to_pylist(), pairs["name"].to_pylist(), strict=True):
        if needs.attributes is None or (entity, name) in needs.attributes:
            rows = table.filter(pc.and_(pc.equal(table["entity"], entity), pc.equal(table["name"], name)))
            found[entity, name] = _versions(rows, entity_ids[entity], tracked=name not in current_only)
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
