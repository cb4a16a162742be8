"""The feature rules once more, in plain Python: slow, obvious, and what the kernels are held to.

A test compares the two on made-up histories, bit for bit. Read this file to know what a feature means.
"""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from features.facts.clock import DAY, HOUR
from features.functions import LeadView, SeenEvent, find_function, value_of
from features.language import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    ColleagueAttribute,
    Derived,
    FilledShare,
    Function,
    LeadAge,
    Touch,
)
from features.language.behaviour import ALL_TIME, DECAY_REACH
from features.language.hours import HOURS_A_WEEK, parse_hours
from features.language.readers import read_number, read_text
from features.reference_expressions import plain_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.language import Entity, Feature, FeatureSet
    from features.payload import Deal, Event, Version

_LATEST_ONLY = {"since_last", "last"}


@dataclass
class PlainLead:
    """A lead with its facts as they come; times in microseconds.

    ``untracked`` names the attributes whose source keeps no history. ``deals`` are opportunities of its account
    that are on record with this lead.
    """

    created_at: int
    events: list[Event]
    account: str | None = None
    versions: dict[tuple[Entity, str], list[Version]] = field(default_factory=dict)
    untracked: frozenset[str] = frozenset()
    deals: list[Deal] = field(default_factory=list)


@dataclass
class Moment:
    """A lead among everybody at one moment, and from when on each kind was observed."""

    lead: PlainLead
    everybody: Sequence[PlainLead]
    as_of: int
    observed_from: dict[str, int]

    @property
    def account(self) -> list[PlainLead]:
        """All leads of the lead's account, itself included; none where it has no account."""
        if self.lead.account is None:
            return []
        return [other for other in self.everybody if other.account == self.lead.account]

    @property
    def colleagues(self) -> list[PlainLead]:
        """The account's other leads that existed by then."""
        return [other for other in self.account if other is not self.lead and other.created_at < self.as_of]


def plain_row(feature_set: FeatureSet, moment: Moment) -> list[float]:
    """Return every feature of one lead at one moment, NaN where it is missing or unknown."""
    row: dict[str, float] = {}
    for feature in feature_set.features:
        row[feature.name] = plain_feature(feature, moment, row)
    return list(row.values())


def plain_feature(feature: Feature, moment: Moment, before: dict[str, float]) -> float:
    """Return one feature; ``before`` holds those that stand before it."""
    match feature.source:
        case LeadAge():
            return (moment.as_of - moment.lead.created_at) / DAY
        case Behaviour() as source:
            return _behaviour(source, moment)
        case Touch() as source:
            return _touch(feature, source, moment)
        case AttributeChange() as source:
            return _change(source, moment)
        case FilledShare() as source:
            filled = sum(_known_text(moment.lead, key, moment.as_of) is not None for key in source.attributes)
            return filled / len(source.attributes)
        case ColleagueAttribute() as source:
            return _colleague_attribute(source, moment)
        case Derived() as source:
            return plain_expression(source.expression, before)
        case Function() as source:
            function, _ = find_function(source.module, source.function)
            return value_of(source, function, _view(moment, moment.lead, moment.colleagues))
        case AttributeValue() | AttributeMatch() as source:
            return _attribute(feature, source, moment)


def _known(lead: PlainLead, key: tuple[Entity, str], as_of: int) -> list[Version]:
    return sorted((v for v in lead.versions.get(key, []) if v[0] < as_of), key=lambda version: version[0])


def _known_text(lead: PlainLead, key: tuple[Entity, str], as_of: int) -> str | None:
    known = _known(lead, key, as_of)
    return known[-1][1] if known else None


def _attribute(feature: Feature, source: AttributeValue | AttributeMatch, moment: Moment) -> float:
    text = _known_text(moment.lead, (source.entity, source.attribute), moment.as_of)
    if text is None:
        return math.nan
    if isinstance(source, AttributeMatch):
        return float(source.matches(text))
    if source.type == "number":
        return read_number(source.read, text)
    level = read_text(source.read, text)
    return float(feature.levels.index(level)) if level in feature.levels else math.nan


def _change(source: AttributeChange, moment: Moment) -> float:
    known = _known(moment.lead, (source.entity, source.attribute), moment.as_of)
    if not known or source.attribute in moment.lead.untracked:
        return math.nan
    changed = [at for (_, before), (at, after) in pairwise(known) if before != after]
    if source.measure == "changes":
        return float(len(changed))
    return (moment.as_of - changed[-1]) / DAY if changed else math.nan


def _colleague_attribute(source: ColleagueAttribute, moment: Moment) -> float:
    if moment.lead.account is None:
        return math.nan
    texts = [_known_text(other, ("lead", source.attribute), moment.as_of) for other in moment.colleagues]
    meant = [read_text(source.read, text) for text in texts if text is not None]
    if source.measure == "distinct":
        return float(len({value for value in meant if value is not None}))
    return float(sum(value in source.values for value in meant))


def _behaviour(source: Behaviour, moment: Moment) -> float:
    people, first_created = [moment.lead], moment.lead.created_at
    prefix = ""
    if source.scope != "lead":
        if moment.lead.account is None:
            return math.nan
        first_created = min(other.created_at for other in moment.account)
        people = moment.colleagues
    if source.scope == "account":
        people, prefix = [_as_lead(moment.account)], "account."
    observed = max(moment.observed_from.get(f"{prefix}{kind}", math.inf) for kind in source.kinds)
    unknown = max(moment.as_of - source.reach, first_created) < observed
    if unknown and source.measure not in _LATEST_ONLY:
        return math.nan
    seen = [_visible(person, source, moment.as_of) for person in people]
    return _measure(source, seen, moment.as_of)


def _as_lead(account: list[PlainLead]) -> PlainLead:
    """Lay out an account's opportunities as the events of somebody."""
    events: list[Event] = []
    for created_at, closed_at, won in (deal for lead in account for deal in lead.deals):
        events.append((created_at, "opportunity", created_at, math.nan, None, None))
        if closed_at is not None and won is not None:
            kind = "opportunity_won" if won else "opportunity_lost"
            events.append((closed_at, kind, closed_at, math.nan, None, None))
    return PlainLead(0, events)


def _order(event: Event) -> tuple[int, str, int, float, str, str]:
    at, kind, known_at, value, channel, campaign = event
    return at, kind, known_at, -math.inf if math.isnan(value) else value, channel or "", campaign or ""


def _visible(person: PlainLead, source: Behaviour, as_of: int) -> list[Event]:
    """Return the chosen events that were known and lie within reach, latest first."""
    seen = [e for e in person.events if e[1] in source.kinds and e[0] < as_of and e[2] < as_of]
    if source.channels:
        seen = [e for e in seen if e[4] in source.channels]
    if source.campaigns:
        seen = [e for e in seen if e[5] in source.campaigns]
    return sorted((e for e in seen if as_of - e[0] <= source.reach), key=_order, reverse=True)


def _measure(source: Behaviour, seen: list[list[Event]], as_of: int) -> float:
    events = [event for own in seen for event in own]
    ages = [as_of - event[0] for event in events]
    valued = [event for event in events if not math.isnan(event[3])]
    match source.measure:
        case "count":
            value = float(len(events))
        case "active_days":
            value = float(sum(len({event[0] // DAY for event in own}) for own in seen))
        case "people":
            value = float(sum(bool(own) for own in seen))
        case "campaigns":
            value = float(len({event[5] for event in events} - {None}))
        case "sum":
            value = _in_order(event[3] for event in valued)
        case "max":
            value = max((event[3] for event in valued), default=math.nan)
        case "last":
            # Of two people at the same instant, the first in the account's order.
            value = min(valued, key=lambda event: as_of - event[0])[3] if valued else math.nan
        case "decayed":
            value = _in_order(_weight(source, as_of, event) for event in events)
        case "decayed_sum":
            value = _in_order(_weight(source, as_of, event) * event[3] for event in valued)
        case "since_last":
            value = min(ages) / DAY if ages else math.nan
        case "since_first":
            value = max(ages) / DAY if ages else math.nan
        case "trend":
            recent = sum(age <= source.span for age in ages)
            value = float(recent - (len(ages) - recent))
        case "burst":
            value = float(max((_most_within(source.span, own) for own in seen), default=0))
        case "share":
            value = sum(_in_hours(source, event) for event in events) / len(events) if events else math.nan
    return value


def _weight(source: Behaviour, as_of: int, event: Event) -> float:
    return math.exp(-math.log(2.0) * (as_of - event[0]) / source.span)


def _most_within(span: int, events: list[Event]) -> int:
    """Return the most events of one person that lie less than ``span`` apart."""
    return max((sum(0 <= other[0] - event[0] < span for other in events) for event in events), default=0)


def _in_hours(source: Behaviour, event: Event) -> bool:
    # 1970 began on a Thursday, 72 hours after the week's first.
    return parse_hours(str(source.hours))[(event[0] // HOUR + 72) % HOURS_A_WEEK]


def _in_order(numbers: Iterable[float]) -> float:
    """Add from left to right; the built-in sum compensates from Python 3.12 on."""
    return functools.reduce(operator.add, numbers, 0.0)


def _touch(feature: Feature, source: Touch, moment: Moment) -> float:
    observed = max(moment.observed_from.get(kind, math.inf) for kind in source.kinds)
    if source.place == -1 and moment.lead.created_at < observed:
        return math.nan
    events = _visible(
        moment.lead, Behaviour(scope="lead", kinds=source.kinds, measure="count", span=ALL_TIME), moment.as_of
    )
    names = [event[1] for event in events] if source.what == "kind" else [e[4] for e in events if e[4] is not None]
    position = source.place - 1 if source.place > 0 else -1
    if not names or position >= len(names):
        return math.nan
    return float(feature.levels.index(names[position])) if names[position] in feature.levels else math.nan


def _view(moment: Moment, lead: PlainLead, colleagues: list[PlainLead] | None) -> LeadView:
    everything = Behaviour(scope="lead", kinds=tuple(sorted({e[1] for e in lead.events})), measure="count")
    events = reversed(_visible(lead, everything, moment.as_of))
    known = {key: _known_text(lead, key, moment.as_of) for key in lead.versions}
    return LeadView(
        moment.as_of,
        lead.created_at,
        tuple(SeenEvent(e[0], e[1], e[3], e[4], e[5]) for e in events),
        {key: text for key, text in known.items() if text is not None},
        None
        if colleagues is None or lead.account is None
        else tuple(_view(moment, other, None) for other in colleagues),
    )


__all__ = ["DECAY_REACH", "Moment", "PlainLead", "plain_feature", "plain_row"]
