"""Facts as Arrow tables, a whole dataset's or some accounts', and what holds for all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.history.arrays import NEVER
from features.history.event_columns import EventColumns
from features.history.from_tables import account_kind
from features.history.read_events import read_events
from features.language.behaviour import ACCOUNT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.facts.dataset import Dataset
    from features.language import Entity
    from features.language.needs import Needs

#: Columns of opportunities that become an account's events.
OPPORTUNITY_COLUMNS = ("lead_id", "account_id", "created_at", "closed_at", "won")
#: Columns of events that are texts from a short list.
EVENT_TEXTS = ("kind", "channel", "campaign")


@dataclass(frozen=True)
class Tables:
    """Leads with all that is known of them and their accounts, rows in the order of the dataset's files.

    An account's leads are all here or none of them. ``event_offsets`` (leads + 1,) bounds each lead's events.
    """

    leads: pa.Table
    events: EventColumns
    attributes: pa.Table
    opportunities: pa.Table
    event_offsets: np.ndarray


@dataclass(frozen=True)
class Header:
    """What holds for the whole dataset, whichever part of it is laid out.

    ``kinds`` and ``attributes`` are all that there are, sorted. ``observed_from`` gives, per kind, the first
    moment from which it is observed, of scope ``account`` under ``account.<kind>``. ``current_only`` names the
    attributes whose source keeps no history.
    """

    kinds: tuple[str, ...]
    attributes: tuple[tuple[Entity, str], ...]
    observed_from: dict[str, int]
    current_only: tuple[str, ...]


def read_tables(dataset: Dataset, needs: Needs) -> Tables:
    """Read from a dataset what is needed, in the order that the import wrote."""
    leads = dataset.arrow("leads")
    kinds = dataset.manifest.observed_from
    return Tables(
        leads,
        read_events(dataset.file("events"), needs, kinds) if needs.events else EventColumns.nothing(),
        dataset.arrow("attributes") if needs.attributes is None or needs.attributes else no_attributes(),
        dataset.arrow("opportunities", list(OPPORTUNITY_COLUMNS)),
        dataset.event_offsets() if needs.events else np.zeros(len(leads) + 1, np.int64),
    )


def header_of(dataset: Dataset, tables: Tables, needs: Needs) -> Header:
    """Return the header of a dataset whose tables have been read, asking it for what was not."""
    if not needs.events:
        return ask_header(dataset)
    pairs = tables.attributes.group_by(["entity", "name"]).aggregate([])
    first = pc.min(tables.opportunities["created_at"].cast(pa.int64())).as_py()
    attributes = zip(pairs["entity"].to_pylist(), pairs["name"].to_pylist(), strict=True)
    return _header(dataset, tables.events.kind.names, attributes, first)


def ask_header(dataset: Dataset) -> Header:
    """Return the header of a dataset without reading its tables into memory."""
    ((first,),) = dataset.rows("SELECT epoch_us(min(created_at)) FROM opportunities")
    kinds = [kind for (kind,) in dataset.rows("SELECT DISTINCT kind FROM events")]
    attributes: list[tuple[Entity, str]] = [
        (entity, name) for entity, name in dataset.rows("SELECT DISTINCT entity, name FROM attributes")
    ]
    return _header(dataset, kinds, attributes, first)


def _header(
    dataset: Dataset, kinds: Iterable[str], attributes: Iterable[tuple[Entity, str]], first_deal: int | None
) -> Header:
    deals = dict.fromkeys(map(account_kind, ACCOUNT_KINDS), NEVER if first_deal is None else first_deal)
    return Header(
        # Kinds that were watched but never happened count as well: their windows hold nothing, and that is known.
        tuple(sorted({*kinds, *dataset.manifest.observed_from})),
        tuple(sorted(attributes)),
        deals | dataset.observed_from,
        tuple(dataset.manifest.current_only),
    )


def no_attributes() -> pa.Table:
    """Return a table of attribute versions without rows."""
    texts = {name: pa.array([], pa.string()) for name in ("entity", "entity_id", "name", "value")}
    return pa.table(texts | {"known_at": pa.array([], pa.timestamp("us", "UTC"))})


def no_opportunities() -> pa.Table:
    """Return a table of opportunities without rows."""
    time = pa.timestamp("us", "UTC")
    types = dict.fromkeys(OPPORTUNITY_COLUMNS, pa.string()) | {
        "created_at": time,
        "closed_at": time,
        "won": pa.bool_(),
    }
    return pa.schema(types).empty_table()
