"""The order of a lead's events: the import's, whatever order a caller sends them in."""

from __future__ import annotations

import math
from operator import itemgetter, lt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.payload.lead_facts import Event

_TIME_OF = itemgetter(0)


class InOrder(list["Event"]):
    """Events that are known to be in the order of the import: nobody need sort them again."""


def in_order(events: list[Event]) -> InOrder:
    """Return events in the order of the import."""
    if isinstance(events, InOrder):
        return events
    if _rises([*map(_TIME_OF, events)]):
        return InOrder(events)
    ordered = sorted(events, key=_TIME_OF)
    # Only events of one moment need their other columns to be told apart.
    return InOrder(ordered if _rises([*map(_TIME_OF, ordered)]) else sorted(events, key=event_order))


def _rises(times: list[int]) -> bool:
    return all(map(lt, times, times[1:]))


def event_order(event: Event) -> tuple[int, str, int, float, str, str]:
    """Order of the import: time, kind, known_at, value, channel, campaign, with missing ones first."""
    at, kind, known_at, value, channel, campaign = event
    # NaN is not itself; no name sorts before an empty one.
    return at, kind, known_at, -math.inf if value != value else value, channel or "", campaign or ""  # noqa: PLR0124
