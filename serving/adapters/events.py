"""Events that a record tells of."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from features.numbers import parse_number
from serving.adapters.paths import MISSING, look_up, parse_path
from serving.adapters.values import BadValueError, read_id, read_text, read_value
from serving.ledger import EventFact, fault_of

if TYPE_CHECKING:
    from serving.adapters.mapping import EventRule, KindField, ValueField
    from serving.adapters.taken import Taken
    from serving.adapters.unwrap import Unwrap

#: Most events of one record.
MOST_EVENTS = 10_000


def take_events(
    record: object, rule: EventRule, unwrap: Unwrap, taken: Taken, place: str, mapping: str, now: int
) -> None:
    """Add the events that one rule finds; what cannot be read is left out and said in ``taken.unread``."""
    items: list[Any] = [record]
    if rule.each is not None:
        found = look_up(record, parse_path(rule.each))
        if found is MISSING or found is None or found == "":
            return
        if not isinstance(found, list):
            taken.unread.append(f"{place}: expected a list at {rule.each}")
            return
        items = found
    known = {event.event_id for event in taken.events}
    seen: Counter[str] = Counter()
    for number, item in enumerate(items):
        where = place if rule.each is None else f"{rule.each}[{number}]"
        if len(taken.events) >= MOST_EVENTS:
            taken.unread.append(f"{where}: only {MOST_EVENTS:,} events are read")
            return
        try:
            event = _event(item, rule, unwrap, taken.lead_id, mapping, seen, now)
        except BadValueError as error:
            taken.unread.append(f"{where}: {error}")
            continue
        if event is not None and event.event_id not in known:
            known.add(event.event_id)
            taken.events.append(event)


def _event(
    item: object, rule: EventRule, unwrap: Unwrap, lead_id: str, mapping: str, seen: Counter[str], now: int
) -> EventFact | None:
    at = unwrap.moment(item, rule.at, now)
    kind = _kind(item, rule.kind, unwrap)
    if kind is None:
        return None
    if at is None:
        # A record may have a field for what has not happened; an item of a list is something that has.
        if rule.each is None:
            return None
        raise BadValueError(f"{' or '.join(rule.at.path)} is missing")
    heard = None if rule.known_at is None else unwrap.moment(item, rule.known_at, now)
    number = _value(item, rule.value, unwrap)
    if number is not None and math.isnan(parse_number(number)):
        raise BadValueError(f"{number[:40]!r} is not a number")
    content = (kind, at.at, number, _value(item, rule.channel, unwrap), _value(item, rule.campaign, unwrap))
    event = EventFact(
        event_id=_given_id(item, rule, unwrap) or _made_id(mapping, lead_id, content, seen),
        lead_id=lead_id,
        kind=kind,
        at=at.at,
        known_at=max(at.known_at, at.known_at if heard is None else heard.known_at),
        channel=content[3],
        campaign=content[4],
        value=None if number is None else parse_number(number),
    )
    if (fault := fault_of(event)) is not None:
        raise BadValueError(" ".join(fault))
    return event


def _kind(item: object, where: KindField, unwrap: Unwrap) -> str | None:
    """Return the kind, None for a word that the mapping does not translate: such events are not asked for."""
    if where.const is not None or where.path is None:
        return where.const
    word = read_text(unwrap.value(unwrap.first(item, where.path)))
    return None if word is None else where.values.get(word)


def _value(item: object, where: ValueField | None, unwrap: Unwrap) -> str | None:
    if where is None:
        return None
    if where.path is None:
        return read_value(where.const, where.type)
    text = read_value(unwrap.value(unwrap.first(item, where.path)), where.type)
    if text is None:
        return where.default
    return text if where.values is None else where.values.get(text, text)


def _given_id(item: object, rule: EventRule, unwrap: Unwrap) -> str | None:
    if rule.event_id is None:
        return None
    found = read_id(unwrap.value(unwrap.first(item, rule.event_id.path)), rule.event_id.type)
    return None if found is None else rule.event_id.prefix + found


def _made_id(mapping: str, lead_id: str, content: tuple[Any, ...], seen: Counter[str]) -> str:
    """Return an id that is the same whenever the same is told; equal ones of a list are counted."""
    whole = hashlib.sha256(orjson.dumps([mapping, lead_id, *content])).hexdigest()[:32]
    seen[whole] += 1
    return f"{mapping}:{whole}" + (f":{seen[whole]}" if seen[whole] > 1 else "")
