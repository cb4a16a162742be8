"""The feature rules once more, in plain Python: slow, obvious, and what the kernel is held to.

A test compares the two on made-up histories, bit for bit. Read this file to know what a feature means.
"""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.facts.clock import DAY
from features.language.feature import DECAY_REACH, AttributeMatch, AttributeValue, Behaviour, LeadAge
from features.numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.language.feature import Entity, Feature
    from features.payload import Event, Version


@dataclass
class PlainLead:
    """A lead with its facts as they come; times in microseconds, an event is (at, kind, known_at, value)."""

    created_at: int
    events: list[Event]
    account: str | None = None
    versions: dict[tuple[Entity, str], list[Version]] = field(default_factory=dict)


def plain_feature(
    feature: Feature, lead: PlainLead, everybody: list[PlainLead], as_of: int, observed_from: dict[str, int]
) -> float:
    """Return one feature of one lead at one moment, NaN where it is missing or unknown."""
    source = feature.source
    if isinstance(source, LeadAge):
        return (as_of - lead.created_at) / DAY
    if isinstance(source, AttributeValue | AttributeMatch):
        return _attribute(feature, source, lead, as_of)
    return _behaviour(source, lead, everybody, as_of, observed_from)


def _attribute(feature: Feature, source: AttributeValue | AttributeMatch, lead: PlainLead, as_of: int) -> float:
    known = [v for v in lead.versions.get((source.entity, source.attribute), []) if v[0] < as_of]
    if not known:
        return math.nan
    text = max(known, key=lambda version: version[0])[1]
    if text is None:
        return math.nan
    if isinstance(source, AttributeMatch):
        return float(source.matches(text))
    if source.type == "category":
        return float(feature.levels.index(text)) if text in feature.levels else math.nan
    return parse_number(text)


def _behaviour(
    source: Behaviour, lead: PlainLead, everybody: list[PlainLead], as_of: int, observed_from: dict[str, int]
) -> float:
    people = [lead]
    first_created = lead.created_at
    if source.scope == "colleagues":
        if lead.account is None:
            return math.nan
        account = [other for other in everybody if other.account == lead.account]
        people = [other for other in account if other is not lead and other.created_at < as_of]
        first_created = min(other.created_at for other in account)
    span = source.span * DECAY_REACH if source.measure == "decayed" else source.span
    observed = max(observed_from.get(kind, math.inf) for kind in source.kinds)
    if source.measure != "since_last" and max(as_of - span, first_created) < observed:
        return math.nan
    seen = [[e for e in _visible(person, source, as_of) if as_of - e[0] <= span] for person in people]
    return _measure(source, seen, as_of)


def _visible(person: PlainLead, source: Behaviour, as_of: int) -> list[Event]:
    events = [e for e in person.events if e[1] in source.kinds and e[0] < as_of and e[2] < as_of]
    order = sorted(events, key=lambda e: (e[0], e[1], e[2], -math.inf if math.isnan(e[3]) else e[3]))
    return order[::-1]


def _measure(source: Behaviour, seen: list[list[Event]], as_of: int) -> float:
    events = [event for own in seen for event in own]
    ages = [as_of - event[0] for event in events]
    match source.measure:
        case "count":
            value = float(len(events))
        case "active_days":
            value = float(sum(len({event[0] // DAY for event in own}) for own in seen))
        case "people":
            value = float(sum(bool(own) for own in seen))
        case "sum":
            value = _in_order(event[3] for event in events if not math.isnan(event[3]))
        case "decayed":
            value = _in_order(math.exp(-math.log(2.0) * age / source.span) for age in ages)
        case "since_last":
            value = min(ages) / DAY if ages else math.nan
        case "since_first":
            value = max(ages) / DAY if ages else math.nan
    return value


def _in_order(numbers: Iterable[float]) -> float:
    """Add from left to right; the built-in sum compensates from Python 3.12 on."""
    return functools.reduce(operator.add, numbers, 0.0)
