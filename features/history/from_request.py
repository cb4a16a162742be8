"""Laying out one scoring request as a history of a lead and its colleagues."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.history.arrays import HistoryArrays, bounds_of, sealed, versions_of
from features.payload.order import in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.payload import Deal, LeadFacts, Vocabulary

_NO_CODES = np.empty(0, np.int32)
# Most requests are one lead with no more events than this, without values, channels or campaigns. What all
# of these have in common is laid out once: to make an array takes longer than to fill it.
_KEPT = 1_024
_NOUGHTS, _NO_NAMES, _NO_VALUES = np.zeros(_KEPT, np.int32), np.full(_KEPT, -1, np.int32), np.full(_KEPT, np.nan)
_ONES = {number: np.array([number], np.int64) for number in (-1, 0, 1)}
_ONE_ACCOUNT = np.array([""], object)
for _kept in (_NOUGHTS, _NO_NAMES, _NO_VALUES, _ONE_ACCOUNT, *_ONES.values()):
    _kept.flags.writeable = False
_NO_EVENTS: tuple[tuple[Any, ...], ...] = ((),) * 6


def lay_out_request(facts: LeadFacts, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the parts of a :class:`~features.history.History`: lead 0 and then its colleagues."""
    people = [(facts.created_at, facts.events)]
    people += [(other.created_at, other.events) for other in facts.colleagues or ()]
    known_group = facts.colleagues is not None
    created = [moment for moment, _ in people]
    every = len(people)
    first_created = min(created)
    created_at = _read_only(np.array(created, np.int64))
    events = in_order(facts.events) if every == 1 else [event for _, own in people for event in in_order(own)]
    at, kinds, known_at, values, own_channels, own_campaigns = zip(*events, strict=True) if events else _NO_EVENTS
    channels, channel_codes = _names(own_channels)
    campaigns, campaign_codes = _names(own_campaigns)
    event_at = _read_only(np.array(at, np.int64))
    arrays = HistoryArrays(
        created_at,
        _read_only(bounds_of([own for _, own in people])),
        _same(0 if known_group else -1, every),
        _same(every if known_group else -1, every),
        created_at if every == 1 else _read_only(np.array([first_created] * every, np.int64)),
        event_at,
        event_at if known_at == at else _read_only(np.array(known_at, np.int64)),
        _read_only(np.array([*map(vocabulary.places.__getitem__, kinds)], np.int32)),
        _values(values),
        channel_codes,
        campaign_codes,
    )
    return {
        "leads": pa.array([facts.lead_id], pa.string()),
        "account_ids": _ONE_ACCOUNT,
        "account_of": _NOUGHTS[:every] if every <= _KEPT else np.zeros(every, np.int32),
        "kinds": vocabulary.kinds,
        "channels": channels,
        "campaigns": campaigns,
        "observed_from": vocabulary.observed_from,
        "arrays": arrays,
        "versions": _versions(facts),
        "deals": _UNKNOWN_DEALS if facts.deals is None else deal_arrays(first_created, facts.deals),
        "deals_of": _same(0 if facts.deals is not None else -1, 1),
    }


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


def _read_only(column: np.ndarray) -> np.ndarray:
    """Return a column as the kernels take it, see :func:`~features.history.arrays.sealed`."""
    column.flags.writeable = False
    return column


def _same(number: int, count: int) -> np.ndarray:
    return _ONES[number] if count == 1 else _read_only(np.array([number] * count, np.int64))


def _values(given: Sequence[float]) -> np.ndarray:
    # Of a value that is missing there is one NaN, which is counted by being the same object.
    if len(given) <= _KEPT and given.count(math.nan) == len(given):
        return _NO_VALUES[: len(given)]
    return _read_only(np.array(given, np.float64))


def _names(given: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    """Number the names of a request in the order of their first appearance, -1 for none."""
    if len(given) <= _KEPT and given.count(None) == len(given):
        return (), _NO_NAMES[: len(given)]
    names = tuple(name for name in dict.fromkeys(given) if name is not None)
    place: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return names, _read_only(np.array([place.get(name, -1) for name in given], np.int32))


def _versions(facts: LeadFacts) -> dict[Any, Any]:
    found = {}
    others = facts.colleagues or ()
    for key in {*facts.versions, *(("lead", name) for other in others for name in other.versions)}:
        own = [facts.versions.get(key, [])]
        if key[0] == "lead":
            own += [other.versions.get(key[1], []) for other in others]
        found[key] = versions_of(own, tracked=key not in facts.untracked)
    return found
