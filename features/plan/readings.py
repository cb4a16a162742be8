"""What the versions of one attribute mean for the features that read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.kernel import version_values
from features.language.attributes import AttributeMatch, AttributeValue
from features.language.readers import read_number, read_text
from features.numbers import parse_number
from features.plan.attributes import owners_of

if TYPE_CHECKING:
    from features.history import History
    from features.language import Entity, Feature, FeatureSet

#: Texts whose meaning is kept from one call to the next: a service sees the same titles and countries again.
_MOST_KEPT = 10_000


@dataclass(frozen=True)
class Reading:
    """The features that read one attribute's value, each with its column."""

    entity: Entity
    attribute: str
    columns: tuple[int, ...]
    features: tuple[Feature, ...]
    _places: tuple[dict[str, float], ...]
    _kept: dict[str, tuple[float, ...]] = field(default_factory=dict)
    _rows: dict[str, np.ndarray] = field(default_factory=dict)

    def write(self, history: History, leads: np.ndarray, as_of: np.ndarray, out: np.ndarray) -> None:
        """Write the features' values into ``out`` (rows, features) where the history knows the attribute."""
        versions = history.versions.get((self.entity, self.attribute))
        if versions is None:
            return
        meanings = self._meanings_of(versions.vocabulary)
        owners = owners_of(self.entity, history, leads)
        version_values(
            versions.start, versions.known_at, versions.code, owners, as_of, meanings, self._places_of, out
        )

    def _meanings_of(self, texts: tuple[str, ...]) -> np.ndarray:
        """Return what each text means, float64 (texts + 1, columns), and last that nothing is known."""
        # A request has one text, which the service sees again.
        kept = self._rows.get(texts[0]) if len(texts) == 1 else None
        if kept is None:
            kept = np.array([*map(self._meaning, texts), (np.nan,) * len(self.columns)])
            if len(texts) == 1 and len(self._rows) < _MOST_KEPT:
                self._rows[texts[0]] = kept
        return kept

    @cached_property
    def _places_of(self) -> np.ndarray:
        return np.array(self.columns, np.int64)

    def _meaning(self, text: str) -> tuple[float, ...]:
        """Return what a text means for each feature: the number, the category's position, or the match."""
        known = self._kept.get(text)
        if known is None:
            pairs = zip(self.features, self._places, strict=True)
            known = tuple(_value(feature.source, place, text) for feature, place in pairs)
            if len(self._kept) < _MOST_KEPT:
                self._kept[text] = known
        return known


def readings_of(feature_set: FeatureSet) -> tuple[Reading, ...]:
    """Return the readings of a feature set, by attribute in the order of the first column that reads it."""
    found: dict[tuple[Entity, str], list[int]] = {}
    for column, feature in enumerate(feature_set.features):
        source = feature.source
        if isinstance(source, AttributeValue | AttributeMatch):
            found.setdefault((source.entity, source.attribute), []).append(column)
    return tuple(
        _reading(entity, name, columns, [feature_set.features[column] for column in columns])
        for (entity, name), columns in found.items()
    )


def _reading(entity: Entity, attribute: str, columns: list[int], features: list[Feature]) -> Reading:
    places = ({level: float(i) for i, level in enumerate(feature.levels)} for feature in features)
    return Reading(entity, attribute, tuple(columns), tuple(features), tuple(places))


def _value(source: object, place: dict[str, float], text: str) -> float:
    if isinstance(source, AttributeMatch):
        return float(source.matches(text))
    assert isinstance(source, AttributeValue)  # noqa: S101 - readings_of chose them
    if source.type == "category":
        read = read_text(source.read, text)
        return np.nan if read is None else place.get(read, np.nan)
    return parse_number(text) if source.read is None else read_number(source.read, text)
