"""The columnar, sorted history that the compiled plan runs over: many leads of a dataset, or one of a request.

Leads are numbered in the order (account, lead_id), so that an account's leads stand together; a lead's events
stand together in time order. Times are int64 microseconds since 1970 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import DatasetError
from features.numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.facts.dataset import Dataset
    from features.language.feature import Entity
    from features.payload import Event, LeadFacts, Version, Vocabulary

#: An event kind that was never observed: every window reaches back before it.
NEVER = 2**62


class HistoryArrays(NamedTuple):
    """What the kernel reads; L leads, E events.

    ``lead_start`` (L+1,) bounds each lead's events. ``group_start`` and ``group_end`` (L,) bound the leads of a
    lead's account, itself included; they are -1 for a lead without an account. ``group_created`` (L,) is when
    the account's first lead was created.
    """

    created_at: np.ndarray
    lead_start: np.ndarray
    group_start: np.ndarray
    group_end: np.ndarray
    group_created: np.ndarray
    event_at: np.ndarray
    event_known: np.ndarray
    event_kind: np.ndarray
    event_value: np.ndarray


@dataclass(frozen=True)
class Versions:
    """The versions of one attribute over all its entities, sorted by entity and ``known_at``.

    ``start`` (entities+1,) bounds each entity's versions; ``code`` points into ``vocabulary``, -1 for an
    empty value.
    """

    start: np.ndarray
    known_at: np.ndarray
    code: np.ndarray
    vocabulary: tuple[str, ...]

    @cached_property
    def numbers(self) -> np.ndarray:
        """The vocabulary read as float64, NaN where a text is not a finite number, and NaN last for code -1."""
        return np.array([parse_number(text) for text in self.vocabulary] + [np.nan])


@dataclass(frozen=True)
class History:
    """Events and attribute versions of some leads, in columns.

    ``account_of`` (L,) numbers each lead's account within ``account_ids``, -1 where it has none.
    ``observed_from`` gives, per kind, the first moment from which that kind is observed.
    """

    lead_ids: np.ndarray
    account_ids: np.ndarray
    account_of: np.ndarray
    kinds: tuple[str, ...]
    observed_from: dict[str, int]
    arrays: HistoryArrays
    versions: dict[tuple[Entity, str], Versions]

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> History:
        """Read a dataset's leads, events and attributes, which the import wrote sorted."""
        leads = dataset.arrow("leads")
        lead_ids = leads["lead_id"].combine_chunks()
        accounts = leads["account_id"].combine_chunks().dictionary_encode()
        account_of = accounts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        created_at = _microseconds(leads["created_at"])
        kinds, events = _read_events(dataset, lead_ids)
        arrays = HistoryArrays(created_at, *_groups(account_of, created_at, len(lead_ids), events[0]), *events[1:])
        history = cls(
            lead_ids=lead_ids.to_numpy(zero_copy_only=False),
            account_ids=accounts.dictionary.to_numpy(zero_copy_only=False),
            account_of=account_of,
            kinds=kinds,
            observed_from=dataset.observed_from,
            arrays=arrays,
            versions=_read_versions(dataset, lead_ids, accounts.dictionary),
        )
        history.check_order(str(dataset.path))
        return history

    @classmethod
    def of_lead(cls, facts: LeadFacts, vocabulary: Vocabulary) -> History:
        """Lay out one request: the lead is number 0, its colleagues follow."""
        others = facts.colleagues or []
        people = [(facts.created_at, facts.events), *others]
        created_at = np.array([created for created, _ in people], np.int64)
        place = {kind: i for i, kind in enumerate(vocabulary.kinds)}
        events = [event for _, own in people for event in sorted(own, key=_event_order)]
        at, kinds, known, values = zip(*events, strict=True) if events else ((), (), (), ())
        known_group = facts.colleagues is not None
        arrays = HistoryArrays(
            created_at,
            np.cumsum([0, *(len(own) for _, own in people)]).astype(np.int64),
            np.full(len(people), 0 if known_group else -1, np.int64),
            np.full(len(people), len(people) if known_group else -1, np.int64),
            np.full(len(people), created_at.min(), np.int64),
            np.array(at, np.int64),
            np.array(known, np.int64),
            np.array([place[kind] for kind in kinds], np.int32),
            np.array(values, np.float64),
        )
        return cls(
            lead_ids=np.array([facts.lead_id], object),
            account_ids=np.array([""], object),
            account_of=np.zeros(len(people), np.int32),
            kinds=vocabulary.kinds,
            observed_from=vocabulary.observed_from,
            arrays=arrays,
            versions={key: _one_entity(versions) for key, versions in facts.versions.items()},
        )

    def positions(self, lead_ids: Iterable[str]) -> np.ndarray:
        """Return the numbers of the named leads (int64), -1 for a name that is not here."""
        wanted = pa.array(list(lead_ids), pa.string())
        found = pc.index_in(wanted, value_set=pa.array(self.lead_ids, pa.string()))
        return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    def check_order(self, where: str) -> None:
        """Raise DatasetError where the events are not sorted by lead and time, as the kernel needs."""
        at, start = self.arrays.event_at, self.arrays.lead_start
        falls = np.flatnonzero(np.diff(at) < 0) + 1
        if not np.isin(falls, start).all():
            message = f"{where}: events.parquet is not sorted by account, lead and time"
            raise DatasetError(message, hint="import the source again; do not rewrite the tables by hand")


def _event_order(event: Event) -> tuple[int, str, int, float]:
    """Order of the import: time, kind, known_at, value with missing first."""
    at, kind, known_at, value = event
    return at, kind, known_at, -np.inf if value != value else value  # noqa: PLR0124 - NaN is not itself


def _one_entity(versions: list[Version]) -> Versions:
    texts = sorted({text for _, text in versions if text is not None})
    place: dict[str | None, int] = {text: i for i, text in enumerate(texts)} | {None: -1}
    return Versions(
        start=np.array([0, len(versions)], np.int64),
        known_at=np.array([known_at for known_at, _ in versions], np.int64),
        code=np.array([place[text] for _, text in versions], np.int32),
        vocabulary=tuple(texts),
    )


def _microseconds(column: pa.ChunkedArray) -> np.ndarray:
    return column.combine_chunks().cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()


def _read_events(dataset: Dataset, lead_ids: pa.Array) -> tuple[tuple[str, ...], tuple[np.ndarray, ...]]:
    events = dataset.arrow("events", ["lead_id", "kind", "at", "known_at", "value"])
    kind = events["kind"].combine_chunks().dictionary_encode()
    # Kinds that were watched but never happened count as well: their windows hold nothing, and that is known.
    kinds = sorted({*kind.dictionary.to_pylist(), *dataset.manifest.observed_from})
    rank = pc.index_in(kind.dictionary, value_set=pa.array(kinds, pa.string())).to_numpy(zero_copy_only=False)
    lead = pc.index_in(events["lead_id"].combine_chunks(), value_set=lead_ids).to_numpy(zero_copy_only=False)
    lead_start = np.searchsorted(lead, np.arange(len(lead_ids) + 1)).astype(np.int64)
    return tuple(kinds), (
        lead_start,
        _microseconds(events["at"]),
        _microseconds(events["known_at"]),
        rank.astype(np.int32)[kind.indices.to_numpy(zero_copy_only=False)],
        events["value"].combine_chunks().to_numpy(zero_copy_only=False).astype(np.float64),
    )


def _groups(
    account_of: np.ndarray, created_at: np.ndarray, leads: int, lead_start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return ``lead_start`` and, per lead, the bounds and first creation of its account's leads."""
    edges = np.flatnonzero(np.diff(account_of, prepend=-2, append=-2))
    starts, ends = edges[:-1], edges[1:]
    sizes = ends - starts
    first_created = np.minimum.reduceat(created_at, starts) if leads else created_at
    group_start = np.repeat(starts, sizes).astype(np.int64)
    group_end = np.repeat(ends, sizes).astype(np.int64)
    group_created = np.repeat(first_created, sizes)
    alone = account_of < 0
    group_start[alone] = group_end[alone] = -1
    group_created[alone] = created_at[alone]
    return lead_start, group_start, group_end, group_created


def _read_versions(
    dataset: Dataset, lead_ids: pa.Array, account_ids: pa.Array
) -> dict[tuple[Entity, str], Versions]:
    table = dataset.arrow("attributes")
    entity_ids = {"lead": lead_ids, "account": account_ids}
    found: dict[tuple[Entity, str], Versions] = {}
    pairs = (
        table.group_by(["entity", "name"]).aggregate([]).sort_by([("entity", "ascending"), ("name", "ascending")])
    )
    for entity, name in zip(pairs["entity"].to_pylist(), pairs["name"].to_pylist(), strict=True):
        rows = table.filter(pc.and_(pc.equal(table["entity"], entity), pc.equal(table["name"], name)))
        found[entity, name] = _versions(rows, entity_ids[entity])
    return found


def _versions(rows: pa.Table, entity_ids: pa.Array) -> Versions:
    owner = pc.index_in(rows["entity_id"].combine_chunks(), value_set=entity_ids).to_numpy(zero_copy_only=False)
    known_at = _microseconds(rows["known_at"])
    value = rows["value"].combine_chunks().dictionary_encode()
    code = value.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    order = np.lexsort((known_at, owner))
    return Versions(
        start=np.searchsorted(owner[order], np.arange(len(entity_ids) + 1)).astype(np.int64),
        known_at=known_at[order],
        code=code[order],
        vocabulary=tuple(value.dictionary.to_pylist()),
    )
