"""A feature set as a table that people read: each column's name, unit, group, label, direction and origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import Behaviour, LeadAge, Touch
from features.language.rowwise import Derived, Function

if TYPE_CHECKING:
    from features.language.feature import FeatureSet, Source

_DIRECTIONS = {1: "rises", -1: "falls", 0: "any"}
_WHOSE = {
    "lead": "events of the lead",
    "colleagues": "events of colleagues",
    "account": "the account's opportunities",
}


def describe_features(feature_set: FeatureSet) -> pd.DataFrame:
    """Return one row a feature, in column order: name, unit, group, label, direction, type and origin."""
    return pd.DataFrame(
        [
            {
                "name": feature.name,
                "unit": feature.unit,
                "group": feature.group,
                "label": feature.label,
                "direction": _DIRECTIONS[feature.direction],
                "type": "category" if feature.is_category else "number",
                "from": origin(feature.source),
            }
            for feature in feature_set.features
        ],
        columns=["name", "unit", "group", "label", "direction", "type", "from"],
    )


def origin(source: Source) -> str:  # noqa: PLR0911 - one case a source
    """Return in a few words which facts a feature is made of."""
    match source:
        case Behaviour():
            filters = [*source.channels, *source.campaigns, *([source.hours] if source.hours else [])]
            return f"{_WHOSE[source.scope]}: {', '.join([_few(source.kinds), *filters])}"
        case Touch():
            return f"order of the lead's events: {_few(source.kinds)}"
        case LeadAge():
            return "creation of the lead"
        case FilledShare():
            return f"attributes: {_few(tuple(name for _, name in source.attributes))}"
        case ColleagueAttribute():
            return f"attribute of colleagues: {source.attribute}"
        case AttributeValue() | AttributeMatch() | AttributeChange():
            return f"attribute of the {source.entity}: {source.attribute}"
        case Derived():
            return source.expression
        case Function():
            return f"{source.module}:{source.function}"


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
