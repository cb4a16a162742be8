"""The events of a request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from features.errors import PayloadError, did_you_mean
from features.facts.clock import parse_moment
from features.payload.values import (
    read_label,
    read_list,
    read_moment,
    read_number,
    read_object,
    read_text,
    required_moment,
)

if TYPE_CHECKING:
    from features.payload.lead_facts import Event, Vocabulary

EVENT_KEYS = ("kind", "at", "known_at", "value", "event_id", "channel", "campaign")
#: An event with none but these needs no more than its kind and time read.
_PLAIN_KEYS = frozenset(("kind", "at", "event_id"))


def read_events(value: object, field: str, vocabulary: Vocabulary, now: int) -> list[Event]:
    """Return a lead's events in the order given.

    Raises
    ------
    PayloadError
        An event breaks the contract, or two have the same id.

    """
    seen: dict[str, int] = {}
    found = []
    places = vocabulary.places
    for i, item in enumerate(read_list(value, field)):
        event = _plain_event(item, places, now)
        if event is None:
            place = f"{field}[{i}]"
            event = _event(read_object(item, place, EVENT_KEYS), place, vocabulary, now)
        found.append(event)
        event_id = item.get("event_id")
        if event_id is None:
            continue
        if type(event_id) is not str:
            read_text(event_id, f"{field}[{i}].event_id")
        if seen.setdefault(event_id, i) != i:
            raise PayloadError(f"{field}[{i}].event_id", f"{event_id!r} repeats {field}[{seen[event_id]}]")
    return found


def _plain_event(item: object, places: dict[str, int], now: int) -> Event | None:
    """Return an event of nothing but kind, past time and id, as nearly all are; None where it needs a look.

    A request holds dozens of them, and looking at all that an event may hold takes five times as long.
    """
    if type(item) is not dict or not item.keys() <= _PLAIN_KEYS:
        return None
    kind, at = item.get("kind"), item.get("at")
    if type(kind) is not str or type(at) is not str or kind not in places:
        return None
    try:
        moment = parse_moment(at)
    except (ValueError, OverflowError):
        return None
    return (moment, kind, moment, math.nan, None, None) if 0 <= moment <= now else None


def _event(event: dict[str, Any], place: str, vocabulary: Vocabulary, now: int) -> Event:
    kind = read_text(event.get("kind"), f"{place}.kind")
    if kind not in vocabulary.places:
        hint = did_you_mean(kind, vocabulary.kinds)
        raise PayloadError(f"{place}.kind", f"{kind[:60]!r} is no event kind of this model", hint=hint)
    return read_event(event, f"{place}.", now)


def read_event(event: dict[str, Any], prefix: str, now: int, *, unsaid: int | None = None) -> Event:
    """Return one event of whatever kind; ``prefix`` is what stands before its keys in an error's field.

    An event that does not say when it could first be known was so at ``unsaid``, or at its own time.

    Raises
    ------
    PayloadError
        A value is missing, of the wrong type, or a time that cannot be.

    """
    kind = read_text(event.get("kind"), f"{prefix}kind")
    channel, campaign = (read_label(event, key, prefix) for key in ("channel", "campaign"))
    at = required_moment(event, "at", prefix, now)
    known_at = at if unsaid is None else max(at, unsaid)
    if event.get("known_at") is not None:
        known_at = read_moment(event["known_at"], f"{prefix}known_at", now)
    if known_at < at:
        raise PayloadError(f"{prefix}known_at", "is before the event's own time")
    value = event.get("value")
    number = math.nan if value is None else read_number(value, f"{prefix}value")
    return at, kind, known_at, number, channel, campaign
