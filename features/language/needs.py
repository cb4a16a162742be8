"""Which facts a feature set reads, so that no more of a large dataset is loaded than that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import VALUE_MEASURES, Behaviour, Touch
from features.language.rowwise import Function

if TYPE_CHECKING:
    from features.language.attributes import Entity
    from features.language.feature import FeatureSet, Source


@dataclass(frozen=True)
class Needs:
    """Columns of events beside kind and times, and attributes as (entity, name); None for all of them.

    ``events`` tells whether any events of leads are needed at all.
    """

    event_columns: tuple[str, ...]
    attributes: frozenset[tuple[Entity, str]] | None
    events: bool = True

    @classmethod
    def of(cls, feature_set: FeatureSet | None) -> Needs:
        """Return what a feature set needs; without one, or with functions in it, everything."""
        sources = [] if feature_set is None else [feature.source for feature in feature_set.features]
        if feature_set is None or any(isinstance(source, Function) for source in sources):
            return cls(("value", "channel", "campaign"), None)
        wanted = {column for source in sources for column in _event_columns(source)}
        attributes = {pair for source in sources for pair in _attributes(source)}
        columns = tuple(c for c in ("value", "channel", "campaign") if c in wanted)
        return cls(columns, frozenset(attributes), any(_counts_events(source) for source in sources))


def _counts_events(source: Source) -> bool:
    return isinstance(source, Touch) or (isinstance(source, Behaviour) and source.scope != "account")


def _event_columns(source: Source) -> set[str]:
    if isinstance(source, Touch):
        return {"channel"} if source.what == "channel" else set()
    if not isinstance(source, Behaviour) or source.scope == "account":
        return set()
    wanted = {"value"} if source.measure in VALUE_MEASURES else set()
    wanted |= {"channel"} if source.channels else set()
    return wanted | ({"campaign"} if source.campaigns or source.measure == "campaigns" else set())


def _attributes(source: Source) -> set[tuple[Entity, str]]:
    match source:
        case AttributeValue() | AttributeMatch() | AttributeChange():
            return {(source.entity, source.attribute)}
        case ColleagueAttribute():
            return {("lead", source.attribute)}
        case FilledShare():
            return set(source.attributes)
    return set()
