"""The events of a request."""

from __future__ import annotations

import math
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from features.errors import PayloadError, did_you_mean
from features.payload.moments import plain_moments
from features.payload.values import (
    LONGEST_VALUE,
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
_KEYS = frozenset(EVENT_KEYS)
_KIND, _AT = itemgetter("kind"), itemgetter("at")
_NONE = repeat(None)


def read_events(value: object, field: str, vocabulary: Vocabulary, now: int) -> list[Event]:
    """Return a lead's events in the order given.

    Raises
    ------
    PayloadError
        An event breaks the contract, or two have the same id.

    """
    items = read_list(value, field)
    ordinary = _ordinary_events(items, vocabulary.places, now)
    return _looked_at(items, field, vocabulary, now) if ordinary is None else ordinary


def _ordinary_events(items: list[Any], places: dict[str, int], now: int) -> list[Event] | None:
    """Return events of which nothing needs a second look, all at once; None where one of them does.

    A request holds dozens of events, and looking at each by itself takes several times as long.
    """
    try:
        kinds, times = [*map(_KIND, items)], [*map(_AT, items)]
        ids = [item.get("event_id") for item in items]
        moments = plain_moments(times)
        if moments is None or not places.keys() >= set(kinds) or not _all_different(ids):
            return None
        if moments and not (min(moments) >= 0 and max(moments) <= now):
            return None
        if sum(map(len, items)) == 2 * len(items) + len(items) - ids.count(None):
            return [*zip(moments, kinds, moments, repeat(math.nan), _NONE, _NONE, strict=False)]
        return _with_more(items, kinds, moments, now)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        # Something is missing, no object, no text, or nothing that can be compared.
        return None


def _with_more(items: list[dict[str, Any]], kinds: list[str], moments: list[int], now: int) -> list[Event] | None:
    """Return events that may also have a value, channel, campaign or a later known_at."""
    if not all(item.keys() <= _KEYS for item in items):
        return None
    values, channels, campaigns = ([item.get(key) for item in items] for key in ("value", "channel", "campaign"))
    known = [item["at"] if item.get("known_at") is None else item["known_at"] for item in items]
    known_at = plain_moments(known)
    if known_at is None or max(known_at) > now or any(map(int.__lt__, known_at, moments)):
        return None
    numbers = [math.nan if value is None else float(value) for value in values]
    if not {*map(type, values)} <= {int, float, type(None)} or any(map(_is_endless, values)):
        return None
    labels = {*channels, *campaigns} - {None}
    if not all(type(label) is str and 0 < len(label) <= LONGEST_VALUE for label in labels):
        return None
    return list(zip(moments, kinds, known_at, numbers, channels, campaigns, strict=True))


def _is_endless(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)


def _all_different(ids: list[Any]) -> bool:
    """Tell whether all ids that are given are texts, and none is another's."""
    given = {*ids}
    given.discard(None)
    return len(given) == len(ids) - ids.count(None) and {*map(type, given)} <= {str}


def _looked_at(items: list[Any], field: str, vocabulary: Vocabulary, now: int) -> list[Event]:
    """Return the events, each looked at by itself, so that an error names its place."""
    seen: dict[str, int] = {}
    found = []
    for i, item in enumerate(items):
        place = f"{field}[{i}]"
        found.append(_event(read_object(item, place, EVENT_KEYS), place, vocabulary, now))
        event_id = item.get("event_id")
        if event_id is not None and seen.setdefault(read_text(event_id, f"{place}.event_id"), i) != i:
            raise PayloadError(f"{place}.event_id", f"{event_id!r} repeats {field}[{seen[event_id]}]")
    return found


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
