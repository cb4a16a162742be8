"""Some leads with their events, attribute versions and opportunities, in columns.

Leads are numbered in the order (account, lead_id), so that an account's leads stand together; a lead's events
stand together in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from features.errors import ConfigError, DatasetError
from features.history.arrays import NEVER
from features.history.from_request import lay_out_request
from features.history.from_tables import account_kind, read_history
from features.history.loops import in_time_order
from features.history.places import places_of
from features.history.tables import (
    Header,
    Tables,
    header_of,
    no_attributes,
    no_opportunities,
    read_tables,
)
from features.history.unsorted import sorted_events, sorted_leads
from features.language.behaviour import ACCOUNT_KINDS
from features.language.needs import Needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from features.facts.dataset import Dataset
    from features.history.arrays import HistoryArrays, Versions
    from features.language import Entity, FeatureSet
    from features.payload import LeadFacts, Vocabulary


@dataclass(frozen=True)
class History:
    """Events and attribute versions of L leads, in columns.

    ``leads`` holds the ids of the leads. ``account_of`` (L,) numbers each lead's account within ``account_ids``,
    -1 where it has none. ``deals`` holds what became of each account's opportunities, as if accounts were leads
    and these their events; ``deals_of`` (L,) numbers the account there, -1 where nothing is known of one.
    ``observed_from`` gives, per kind, the first moment from which that kind is observed. ``with_events`` is false
    where it was read for features that need none.
    """

    leads: pa.StringArray
    account_ids: np.ndarray
    account_of: np.ndarray
    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    campaigns: tuple[str, ...]
    observed_from: dict[str, int]
    arrays: HistoryArrays
    versions: dict[tuple[Entity, str], Versions]
    deals: HistoryArrays
    deals_of: np.ndarray
    with_events: bool = True

    @cached_property
    def lead_ids(self) -> np.ndarray:
        """The leads' ids as Python texts, object (L,)."""
        return self.leads.to_numpy(zero_copy_only=False)

    @classmethod
    def from_dataset(cls, dataset: Dataset, only: FeatureSet | None = None) -> History:
        """Read a dataset's facts, which the import wrote sorted; ``only`` reads what these features need."""
        needs = Needs.of(only)
        tables = read_tables(dataset, needs)
        return cls.from_tables(tables, header_of(dataset, tables, needs), needs, where=str(dataset.path))

    @classmethod
    def from_tables(cls, tables: Tables, header: Header, needs: Needs, *, where: str) -> History:
        """Lay out some accounts' facts; ``where`` names their dataset in the error if they are not sorted."""
        history = cls(**read_history(tables, header, needs))
        history.check_order(where)
        return history

    @classmethod
    def from_unsorted(
        cls,
        leads: pa.Table | pd.DataFrame,
        events: pa.Table | pd.DataFrame | Path,
        *,
        observed_from: Mapping[str, int] | None = None,
        only: FeatureSet | None = None,
    ) -> History:
        """Lay out leads and events without an import: the same bits as the import's, from rows in any order.

        ``leads`` has lead_id, created_at and, where there are accounts, account_id. ``events``, a table
        or the path of a Parquet file, has lead_id, kind, at, known_at and, where the features need them, value,
        channel and campaign. Times are UTC. ``observed_from`` gives, per kind, since when it is observed, in
        microseconds since 1970; without it, since its first event. Attributes and opportunities are unknown.
        ``only`` reads what these features need.

        Raises
        ------
        DataError
            A row cannot be used, as one of a lead that is not in ``leads``; the message names it.
        ConfigError
            The features need attributes.

        """
        needs = Needs.of(only)
        if needs.attributes:
            wanted = ", ".join(sorted({name for _, name in needs.attributes}))
            message = f"the features need attributes ({wanted}), and unsorted events come without them"
            raise ConfigError(message, hint="import the source, then use History.from_dataset")
        given = dict(observed_from or {})
        people = sorted_leads(leads)
        ids = people["lead_id"].combine_chunks()
        columns, offsets, first = sorted_events(events, ids, needs, given)
        kinds = tuple(sorted({*first, *given}))
        observed = dict.fromkeys(map(account_kind, ACCOUNT_KINDS), NEVER) | first | given
        tables = Tables(people, columns, no_attributes(), no_opportunities(), offsets)
        return cls.from_tables(tables, Header(kinds, (), observed, ()), needs, where="events")

    @classmethod
    def of_lead(cls, facts: LeadFacts, vocabulary: Vocabulary) -> History:
        """Lay out one request: the lead is number 0, its colleagues follow."""
        return cls(**lay_out_request(facts, vocabulary))

    def positions(self, lead_ids: Iterable[str] | pa.Array | pa.ChunkedArray) -> np.ndarray:
        """Return the numbers of the named leads (int64), -1 for a name that is not here."""
        given = lead_ids if isinstance(lead_ids, pa.Array | pa.ChunkedArray) else list(lead_ids)
        return places_of(given, self.leads)

    def check_order(self, where: str) -> None:
        """Raise DatasetError where the events are not sorted by lead and time, as the kernel needs."""
        if not in_time_order(self.arrays.event_at, self.arrays.lead_start):
            message = f"{where}: events.parquet is not sorted by account, lead and time"
            raise DatasetError(message, hint="import the source again; do not rewrite the tables by hand")
