"""A card bound to a dataset's attributes and kinds: points by rule for any feature rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ConfigError, did_you_mean
from features.language import AttributeMatch, AttributeValue, Behaviour, Feature, FeatureSet, behaviour_feature
from features.language.naming import identifier
from models.scorer import Contributions, grade_letters

if TYPE_CHECKING:
    from collections.abc import Collection

    from features.language import Entity
    from models.calibration import LogitLine
    from models.card import PointCard, Rule


@dataclass(frozen=True)
class CardScorer:
    """A card as a scorer: its total is the points, each rule is a group of contributions.

    ``calibration`` turns points into a probability; it is fitted beside a model's, on the same rows, since the
    card itself says nothing of probability.
    """

    card: PointCard
    rule_features: tuple[Feature, ...]
    calibration: LogitLine | None = None

    @property
    def name(self) -> str:
        """The card's label."""
        return self.card.label

    @cached_property
    def feature_set(self) -> FeatureSet:
        """The features that the rules read; two rules may share one."""
        return FeatureSet(name=self.card.name, features=()).union(self.rule_features)

    def rule_points(self, matrix: np.ndarray) -> np.ndarray:
        """Return the points of each rule, int64 (n, rules), before the cap on the total."""
        position = {name: i for i, name in enumerate(self.feature_set.names)}
        columns = [
            _points(rule, matrix[:, position[feature.name]])
            for rule, feature in zip(self.card.rules, self.rule_features, strict=True)
        ]
        return np.stack(columns, axis=1)

    def total(self, matrix: np.ndarray) -> np.ndarray:
        """Return the points, float64 (n,), capped as the card says."""
        points = self.rule_points(matrix).sum(axis=1).astype(np.float64)
        return points if self.card.cap is None else np.minimum(points, self.card.cap)

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return the calibrated probability of a card's total, float64 (n,)."""
        if self.calibration is None:
            raise ValueError(f"card {self.name} is not calibrated: it has points, but no probability")
        return self.calibration.probability(self.total(matrix))

    def contributions(self, matrix: np.ndarray) -> Contributions:
        """Return the points of each rule, under its name."""
        names = tuple(rule.name for rule in self.card.rules)
        return Contributions(names, self.rule_points(matrix).astype(np.float64), 0.0)

    def grades(self, matrix: np.ndarray) -> np.ndarray:
        """Return the agreed grades (n,)."""
        return grade_letters(self.total(matrix), self.card.grades.as_tuple())


def bind_card(card: PointCard, attributes: Collection[tuple[Entity, str]], kinds: Collection[str]) -> CardScorer:
    """Find each rule's attribute or event kind among those of a dataset.

    Raises
    ------
    ConfigError
        A rule speaks of an attribute or kind that the dataset lacks, or one that both lead and account have.

    """
    return CardScorer(card, tuple(_rule_feature(card, i, attributes, kinds) for i in range(len(card.rules))))


def _rule_feature(
    card: PointCard, number: int, attributes: Collection[tuple[Entity, str]], kinds: Collection[str]
) -> Feature:
    rule = card.rules[number]
    where = f"card {card.name}, rule {rule.name!r}"
    if rule.event is not None:
        if rule.event not in kinds:
            message = f"{where}: no event kind {rule.event!r} in the dataset"
            raise ConfigError(message, hint=did_you_mean(rule.event, kinds))
        source = Behaviour(scope="lead", kinds=(rule.event,), measure="count", span=rule.span)
        return behaviour_feature(name=rule.event, label=rule.event.replace("_", " "), source=source)
    return _attribute_feature(rule, number, _owner(rule, where, attributes))


def _owner(rule: Rule, where: str, attributes: Collection[tuple[Entity, str]]) -> Entity:
    owners = [entity for entity, name in attributes if name == rule.attribute and rule.entity in {None, entity}]
    if not owners:
        message = f"{where}: no attribute {rule.attribute!r} in the dataset"
        raise ConfigError(message, hint=did_you_mean(str(rule.attribute), {name for _, name in attributes}))
    if len(owners) > 1:
        message = f"{where}: both lead and account have an attribute {rule.attribute!r}"
        raise ConfigError(message, hint="say which: entity: lead, or entity: account")
    return owners[0]


def _attribute_feature(rule: Rule, number: int, entity: Entity) -> Feature:
    attribute = str(rule.attribute)
    label = attribute.replace("_", " ")
    if rule.between is not None:
        source: AttributeValue | AttributeMatch = AttributeValue(entity=entity, attribute=attribute, type="number")
        name = f"card_{entity}_{identifier(attribute)}_number"
    else:
        texts = tuple(rule.contains or rule.one_of or [str(rule.equals)])
        source = AttributeMatch(entity=entity, attribute=attribute, texts=texts, whole=rule.contains is None)
        name = f"card_{number + 1}_{identifier(rule.name)}"
    return Feature(name=name, unit="match", group=label, label=label, source=source)


def _points(rule: Rule, values: np.ndarray) -> np.ndarray:
    """Return one rule's points, int64 (n,); what is unknown earns none."""
    known = np.nan_to_num(values, nan=0.0)
    if rule.event is not None and rule.each:
        points = known * rule.points
        if rule.cap is not None:
            points = np.minimum(points, rule.cap) if rule.points > 0 else np.maximum(points, rule.cap)
        return points.astype(np.int64)
    if rule.event is not None:
        met = known >= (rule.at_least or 1)
    elif rule.between is not None:
        low, high = rule.between
        met = np.isfinite(values)
        met &= (values >= low) if low is not None else True
        met &= (values <= high) if high is not None else True
    else:
        met = known == 1.0
    return np.where(met, rule.points, 0).astype(np.int64)
