"""Laying out one scoring request as a history of a lead and its colleagues."""

from __future__ import annotations

from operator import itemgetter, lt
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.history.arrays import HistoryArrays, bounds_of, sealed, versions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.payload import Deal, Event, LeadFacts, Vocabulary

_NO_CODES = np.empty(0, np.int32)
_TIME_OF = itemgetter(0)
_NO_EVENTS: tuple[tuple[Any, ...], ...] = ((),) * 6


def lay_out_request(facts: LeadFacts, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the parts of a :class:`~features.history.History`: lead 0 and then its colleagues."""
    people = [(facts.created_at, facts.events)]
    people += [(other.created_at, other.events) for other in facts.colleagues or ()]
    known_group = facts.colleagues is not None
    created = [moment for moment, _ in people]
    first_created = min(created)
    every = len(people)
    events = [event for _, own in people for event in in_order(own)]
    at, kinds, known_at, values, own_channels, own_campaigns = zip(*events, strict=True) if events else _NO_EVENTS
    channels, channel_codes = _names(own_channels)
    campaigns, campaign_codes = _names(own_campaigns)
    arrays = HistoryArrays(
        np.array(created, np.int64),
        bounds_of([own for _, own in people]),
        np.array([0 if known_group else -1] * every, np.int64),
        np.array([every if known_group else -1] * every, np.int64),
        np.array([first_created] * every, np.int64),
        np.array(at, np.int64),
        np.array(known_at, np.int64),
        np.array([*map(vocabulary.places.__getitem__, kinds)], np.int32),
        np.array(values, np.float64),
        channel_codes,
        campaign_codes,
    )
    return {
        "leads": pa.array([facts.lead_id], pa.string()),
        "account_ids": np.array([""], object),
        "account_of": np.array([0] * every, np.int32),
        "kinds": vocabulary.kinds,
        "channels": channels,
        "campaigns": campaigns,
        "observed_from": vocabulary.observed_from,
        "arrays": sealed(arrays),
        "versions": _versions(facts),
        "deals": _UNKNOWN_DEALS if facts.deals is None else deal_arrays(first_created, facts.deals),
        "deals_of": np.array([0 if facts.deals is not None else -1], np.int64),
    }


def in_order(events: list[Event]) -> list[Event]:
    """Return events in the order of the import."""
    ordered = sorted(events, key=_TIME_OF)
    times = [*map(_TIME_OF, ordered)]
    if all(map(lt, times, times[1:])):
        return ordered
    return sorted(events, key=event_order)


def event_order(event: Event) -> tuple[int, str, int, float, str, str]:
    """Order of the import: time, kind, known_at, value, channel, campaign, with missing ones first."""
    at, kind, known_at, value, channel, campaign = event
    # NaN is not itself; no name sorts before an empty one.
    return at, kind, known_at, -np.inf if value != value else value, channel or "", campaign or ""  # noqa: PLR0124


def deal_arrays(first_created: int, deals: Sequence[Deal]) -> HistoryArrays:
    """Lay out one account's opportunities as events of scope ``account``."""
    events = []
    for created_at, closed_at, won in deals:
        events.append((created_at, 0))
        if closed_at is not None and won is not None:
            events.append((closed_at, 2 if won else 1))
    events.sort()
    at = np.array([moment for moment, _ in events], np.int64)
    arrays = HistoryArrays(
        np.array([first_created], np.int64),
        np.array([0, len(events)], np.int64),
        np.array([-1], np.int64),
        np.array([-1], np.int64),
        np.array([first_created], np.int64),
        at,
        at,
        np.array([kind for _, kind in events], np.int32),
        np.empty(0),
        _NO_CODES,
        _NO_CODES,
    )
    return sealed(arrays)


#: Nobody reads them: no lead has this account.
_UNKNOWN_DEALS = deal_arrays(0, ())


def _names(given: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    """Number the names of a request in the order of their first appearance, -1 for none."""
    names = tuple(name for name in dict.fromkeys(given) if name is not None)
    if not names:
        return (), np.full(len(given), -1, np.int32)
    place: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return names, np.array([place.get(name, -1) for name in given], np.int32)


def _versions(facts: LeadFacts) -> dict[Any, Any]:
    found = {}
    others = facts.colleagues or ()
    for key in {*facts.versions, *(("lead", name) for other in others for name in other.versions)}:
        own = [facts.versions.get(key, [])]
        if key[0] == "lead":
            own += [other.versions.get(key[1], []) for other in others]
        found[key] = versions_of(own, tracked=key not in facts.untracked)
    return found
