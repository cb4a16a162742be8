"""A plain recount over the facts: is the value that a sentence is about to name what the lead's facts say?

It shares nothing with the kernels that made the value: loops over events, windows written out once more.
Counts, days, sums and attributes are recounted; what it does not know how to count it lets pass.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from features.facts.clock import DAY
from features.language import AttributeMatch, AttributeValue, Behaviour, LeadAge
from features.language.readers import read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.language import Feature
    from features.payload import Event, LeadFacts

#: Sums may round otherwise in another order.
_ROUNDING = 1e-9
#: What the times of events suffice for.
_OF_TIMES = {"count", "since_last", "since_first", "active_days", "people", "decayed", "trend"}
_LATEST_ONLY = {"since_last", "last"}


class Recount:
    """How one feature is counted again; prepared once a model.

    ``observed_from`` is since when each kind was observed, as the model's manifest has it.
    """

    def __init__(self, feature: Feature, observed_from: Mapping[str, int]) -> None:
        self.feature = feature
        source = feature.source
        if isinstance(source, Behaviour):
            self.kinds, self.reach = frozenset(source.kinds), source.reach
            prefix = "account." if source.scope == "account" else ""
            self.observed = max(observed_from.get(prefix + kind, math.inf) for kind in source.kinds)
            self.of_the_lead = source.scope == "lead"
            self.everywhere = not (source.channels or source.campaigns)
            self.by_times = self.of_the_lead and self.everywhere and source.measure in _OF_TIMES

    def agrees(self, value: float, facts: LeadFacts) -> bool:
        """Tell whether a value is what a plain recount over the facts gives."""
        counted = self.value(facts)
        if counted is None or counted == value:
            return True
        if counted != counted or value != value:  # noqa: PLR0124 - not a number is not itself
            return counted != counted and value != value  # noqa: PLR0124
        return abs(counted - value) <= _ROUNDING * max(1.0, abs(counted))

    def value(self, facts: LeadFacts) -> float | None:
        """Return the value from the facts, NaN where they do not tell it, None where nobody counts it here."""
        source = self.feature.source
        if isinstance(source, Behaviour):
            return self._behaviour(source, facts)
        if isinstance(source, (AttributeValue, AttributeMatch)):
            return _attribute(self.feature, source, facts)
        if isinstance(source, LeadAge):
            return (facts.as_of - facts.created_at) / DAY
        return None

    def _behaviour(self, source: Behaviour, facts: LeadFacts) -> float | None:
        kinds = self.kinds
        people, created = ((), facts.created_at) if self.of_the_lead else _people(source, facts)
        if people is None:
            return math.nan
        as_of = facts.as_of
        begin = as_of - self.reach
        if max(begin, created) < self.observed and source.measure not in _LATEST_ONLY:
            return math.nan
        if self.by_times:
            own = [e[0] for e in facts.events if e[1] in kinds and e[2] < as_of and begin <= e[0] < as_of]
            return _timed(source, own, as_of)
        everybody = [facts.events] if self.of_the_lead else people
        seen = [[e for e in own if e[1] in kinds and begin <= e[0] < as_of and e[2] < as_of] for own in everybody]
        if not self.everywhere:
            seen = [[e for e in own if _is_from(source, e)] for own in seen]
        return _measured(source, seen, as_of)


def _attribute(feature: Feature, source: AttributeValue | AttributeMatch, facts: LeadFacts) -> float:
    text, latest = None, -math.inf
    for known_at, told in facts.versions.get((source.entity, source.attribute), ()):
        if latest <= known_at < facts.as_of:
            text, latest = told, known_at
    if text is None:
        return math.nan
    if isinstance(source, AttributeMatch):
        return float(source.matches(text))
    if source.type == "number":
        return read_number(source.read, text)
    level = read_text(source.read, text)
    return float(feature.levels.index(level)) if level in feature.levels else math.nan


def _is_from(source: Behaviour, event: Event) -> bool:
    """Tell whether an event came by one of the channels and campaigns that the feature counts."""
    _, _, _, _, channel, campaign = event
    return (not source.channels or channel in source.channels) and (
        not source.campaigns or campaign in source.campaigns
    )


def _people(source: Behaviour, facts: LeadFacts) -> tuple[Sequence[Sequence[Event]] | None, int]:
    """Return the events of those beyond the lead that a feature is about, and since when the account exists."""
    others = facts.colleagues
    created = min([facts.created_at, *(other.created_at for other in others or ())])
    if source.scope == "account":
        return (None if facts.deals is None else [_deal_events(facts)]), created
    if others is None:
        return None, created
    return [other.events for other in others if other.created_at < facts.as_of], created


def _deal_events(facts: LeadFacts) -> list[Event]:
    events: list[Event] = []
    for created_at, closed_at, won in facts.deals or ():
        events.append((created_at, "opportunity", created_at, math.nan, None, None))
        if closed_at is not None and won is not None:
            kind = "opportunity_won" if won else "opportunity_lost"
            events.append((closed_at, kind, closed_at, math.nan, None, None))
    return events


def _timed(source: Behaviour, times: list[int], as_of: int) -> float:  # noqa: PLR0911 - one case a measure
    """Return a measure of one person's events from their times."""
    match source.measure:
        case "count":
            return float(len(times))
        case "since_last":
            return (as_of - max(times)) / DAY if times else math.nan
        case "since_first":
            return (as_of - min(times)) / DAY if times else math.nan
        case "active_days":
            return float(len({at // DAY for at in times}))
        case "people":
            return float(bool(times))
        case "decayed":
            half = source.span / math.log(2.0)
            return math.fsum([math.exp((at - as_of) / half) for at in times])
        case _:
            recent = len([at for at in times if as_of - at <= source.span])
            return float(2 * recent - len(times))


def _measured(source: Behaviour, seen: list[list[Event]], as_of: int) -> float | None:
    """Return a measure of several people's events, or of their values and campaigns."""
    match source.measure:
        case "sum":
            return math.fsum(e[3] for own in seen for e in own if not math.isnan(e[3]))
        case "campaigns":
            return float(len({e[5] for own in seen for e in own} - {None}))
        case "people" | "active_days":
            return sum(_timed(source, [e[0] for e in own], as_of) for own in seen)
        case measure if measure in _OF_TIMES:
            return _timed(source, [e[0] for own in seen for e in own], as_of)
        case _:
            return None
