"""The feature that a rule reads, found among what a dataset holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError, did_you_mean, nearest
from features.language import AttributeMatch, AttributeValue, Behaviour, Feature, behaviour_feature
from features.language.naming import identifier
from features.texts import READERS

if TYPE_CHECKING:
    from collections.abc import Collection

    from features.language import Entity
    from models.card.rule import Rule


def rule_feature(
    rule: Rule, number: int, where: str, attributes: Collection[tuple[Entity, str]], kinds: Collection[str]
) -> Feature | None:
    """Return what a rule reads, or None where the dataset has nothing of it.

    Of a rule on several kinds of events, those that the dataset has are counted.

    Raises
    ------
    ConfigError
        The dataset lacks the attribute or kind but has one of nearly that name, or both lead and account have
        such an attribute and the rule does not say which.

    """
    if rule.attribute is not None:
        owner = _owner(rule, where, attributes)
        return None if owner is None else _attribute_feature(rule, number, owner)
    if rule.account is not None:
        return _behaviour_feature(rule, "account", rule.kinds)
    known = [
        kind for kind in rule.kinds if _is_known(kind, kinds, f"{where}: no event kind {kind!r} in the dataset")
    ]
    return _behaviour_feature(rule, rule.who, tuple(known)) if known else None


def _is_known(name: str, known: Collection[str], message: str) -> bool:
    if name in known:
        return True
    # What is nearly there is a slip of the pen, which must not quietly earn nothing.
    if nearest(name, known) is not None:
        raise ConfigError(message, hint=did_you_mean(name, known))
    return False


def _owner(rule: Rule, where: str, attributes: Collection[tuple[Entity, str]]) -> Entity | None:
    owners = [entity for entity, name in attributes if name == rule.attribute and rule.entity in {None, entity}]
    if len(owners) > 1:
        message = f"{where}: both lead and account have an attribute {rule.attribute!r}"
        raise ConfigError(message, hint="say which: entity: lead, or entity: account")
    if not owners:
        names = {name for entity, name in attributes if rule.entity in {None, entity}}
        _is_known(str(rule.attribute), names, f"{where}: no attribute {rule.attribute!r} in the dataset")
        return None
    return owners[0]


def _attribute_feature(rule: Rule, number: int, entity: Entity) -> Feature:
    attribute = str(rule.attribute)
    label = attribute.replace("_", " ")
    name = f"card_{number + 1}_{identifier(rule.name)}"
    levels: tuple[str, ...] = ()
    source: AttributeValue | AttributeMatch
    if rule.between is not None:
        name = f"card_{entity}_{identifier(attribute)}_{rule.read or 'number'}"
        source = AttributeValue(entity=entity, attribute=attribute, type="number", read=rule.read)
    elif rule.read is not None:
        name = f"card_{entity}_{identifier(attribute)}_{rule.read}"
        levels = READERS[rule.read].levels
        source = AttributeValue(entity=entity, attribute=attribute, type="category", read=rule.read)
    else:
        source = AttributeMatch(entity=entity, attribute=attribute, texts=rule.texts, whole=rule.contains is None)
    return Feature(name=name, unit="match", group=label, label=label, source=source, levels=levels)


def _behaviour_feature(rule: Rule, scope: str, kinds: tuple[str, ...]) -> Feature:
    measure = "count"
    if rule.half_life is not None:
        measure = "decayed"
    elif rule.days_since is not None:
        measure = "since_last"
    elif rule.distinct_days is not None:
        measure = "active_days"
    source = Behaviour.model_validate({"scope": scope, "kinds": kinds, "measure": measure, "span": rule.span})
    label = " or ".join(kind.replace("_", " ") for kind in kinds)
    return behaviour_feature(name="_or_".join(kinds), label=label, source=source)
