"""A feature set without what is left out: every column that would read it goes, or reads the rest alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.language import FeatureSet
from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.behaviour import VALUE_MEASURES, Behaviour, Touch
from features.language.expression import parse_expression
from features.language.rowwise import Derived, Function

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from features.language import Feature, Profile
    from features.language.feature import Source


@dataclass(frozen=True)
class Narrowed:
    """What is left of a feature set: ``dropped`` columns are gone, ``narrowed`` ones read what is still there.

    ``functions`` are columns of registered functions, which are given every fact and may read any.
    """

    feature_set: FeatureSet
    dropped: tuple[str, ...]
    narrowed: tuple[str, ...]
    functions: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything that was left out had been read at all."""
        return bool(self.dropped or self.narrowed)


def leave_out(feature_set: FeatureSet, keys: Collection[str], profile: Profile) -> Narrowed:
    """Return the feature set without the named attributes (``lead.tags``) and kinds (``events.webinar``).

    A column over several kinds or attributes keeps the others. A derived column goes with any that it reads.

    Raises
    ------
    ConfigError
        Every column reads something that is left out.

    """
    kept: list[Feature] = []
    dropped: list[str] = []
    narrowed: list[str] = []
    for feature in feature_set.features:
        source = _without(feature.source, frozenset(keys), profile, feature_set.names, dropped)
        if source is None:
            dropped.append(feature.name)
        elif source == feature.source:
            kept.append(feature)
        else:
            kept.append(feature.model_copy(update={"source": source}))
            narrowed.append(feature.name)
    if not kept:
        raise ConfigError(
            f"feature set {feature_set.name}: every column reads what the leak guard leaves out: "
            f"{', '.join(sorted(keys))}",
            hint="run leadquality audit; import more columns, or trust what is known in time, with the reason",
        )
    functions = tuple(f.name for f in kept if isinstance(f.source, Function))
    narrow = FeatureSet(name=feature_set.name, features=tuple(kept))
    return Narrowed(narrow, tuple(dropped), tuple(narrowed), functions)


def keys_read(source: Source) -> frozenset[str]:
    """Return the keys of the attributes and kinds of events that a source reads; none for what reads columns."""
    match source:
        case Behaviour() if source.scope == "account":
            return frozenset()
        case Behaviour() | Touch():
            return frozenset(f"events.{kind}" for kind in source.kinds)
        case AttributeValue() | AttributeMatch() | AttributeChange():
            return frozenset({f"{source.entity}.{source.attribute}"})
        case ColleagueAttribute():
            return frozenset({f"lead.{source.attribute}"})
        case FilledShare():
            return frozenset(f"{entity}.{name}" for entity, name in source.attributes)
    return frozenset()


def _without(
    source: Source, keys: frozenset[str], profile: Profile, names: Sequence[str], dropped: list[str]
) -> Source | None:
    """Return a source that reads nothing of ``keys``, or None where nothing is left of it."""
    if isinstance(source, Derived):
        return None if set(parse_expression(source.expression, names).names) & set(dropped) else source
    read = keys_read(source)
    if not read & keys:
        return source
    return None if read <= keys else _rest(source, keys, profile)


def _rest(source: Source, keys: frozenset[str], profile: Profile) -> Source | None:
    """Return a source over several kinds or attributes with those that are not in ``keys``."""
    if isinstance(source, FilledShare):
        pairs = tuple(pair for pair in source.attributes if f"{pair[0]}.{pair[1]}" not in keys)
        return source.model_copy(update={"attributes": pairs})
    if not isinstance(source, Behaviour | Touch):
        return None
    kinds = tuple(kind for kind in source.kinds if f"events.{kind}" not in keys)
    valued = any(profile.kinds[kind].has_value for kind in kinds if kind in profile.kinds)
    if isinstance(source, Behaviour) and source.measure in VALUE_MEASURES and not valued:
        return None
    return source.model_copy(update={"kinds": kinds})
