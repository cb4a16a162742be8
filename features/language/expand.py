"""From a declaration and what a dataset holds to the features themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from features.errors import ConfigError, did_you_mean
from features.facts.clock import format_duration
from features.language.declaration import DIRECTIONS
from features.language.feature import (
    ALL_TIME,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    Feature,
    FeatureSet,
    LeadAge,
    Measure,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.language.declaration import AttributeBlock, BehaviourBlock, Declaration
    from features.language.profile import KnownAttribute, Profile

_MEASURES: tuple[Measure, ...] = ("count", "sum", "active_days", "people", "decayed")
_UNITS = {
    "count": "times",
    "sum": "total",
    "active_days": "days",
    "people": "people",
    "decayed": "times",
    "since_last": "days",
    "since_first": "days",
}


def expand(declaration: Declaration, profile: Profile) -> FeatureSet:
    """Return the features that a declaration asks for on a dataset with this profile, in declared order.

    ``*`` stands for every kind or attribute that the dataset has; a kind or attribute named outright that it
    lacks is an error with the nearest known name. Category levels are learnt later, from training rows only.
    """
    features: list[Feature] = []
    if declaration.age:
        features.append(
            Feature(name="lead_age", unit="days", group="lead age", label="lead age", source=LeadAge())
        )
    for block in declaration.behaviour:
        features.extend(_behaviour(block, "lead", declaration, profile))
    for block in declaration.colleagues:
        features.extend(_behaviour(block, "colleagues", declaration, profile))
    features.extend(_attributes(declaration, profile))
    if not features:
        raise ConfigError(f"feature set {declaration.name}: declares no feature for this dataset")
    names = [feature.name for feature in features]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(
            f"feature set {declaration.name}: {repeated[0]!r} is declared more than once ({len(repeated)} such)",
            hint="a kind or attribute belongs in one block for each measure and window",
        )
    return FeatureSet(name=declaration.name, features=tuple(features))


def identifier(text: str) -> str:
    """Return a name fit for a column: lower case, underscores, a letter first.

    >>> identifier("Web Visit (US)"), identifier("3rd party")
    ('web_visit_us', 'x3rd_party')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "x"
    return name if name[0].isalpha() else f"x{name}"


def _behaviour(
    block: BehaviourBlock, scope: Scope, declaration: Declaration, profile: Profile
) -> Iterator[Feature]:
    kinds = _known_kinds(block, declaration.name, profile)
    if not kinds:
        return
    together = {block.together: kinds} if block.together else {kind: (kind,) for kind in kinds}
    for name, members in together.items():
        with_value = any(profile.kinds[kind].has_value for kind in members)
        label = block.label or declaration.labels.get(name) or name.replace("_", " ")
        for measure, span in _measures(block, with_value=with_value):
            yield behaviour_feature(
                name=name,
                label=label,
                source=Behaviour(scope=scope, kinds=members, measure=measure, span=span),
                group=block.group,
                direction=block.direction,
            )


def _known_kinds(block: BehaviourBlock, name: str, profile: Profile) -> tuple[str, ...]:
    if block.kinds == "*":
        return tuple(sorted(profile.kinds))
    unknown = [kind for kind in block.kinds if kind not in profile.kinds]
    if unknown:
        message = f"feature set {name}: no event kind {unknown[0]!r} in the dataset"
        raise ConfigError(message, hint=did_you_mean(unknown[0], profile.kinds))
    return tuple(block.kinds)


def _measures(block: BehaviourBlock, *, with_value: bool) -> Iterator[tuple[Measure, int]]:
    for measure in _MEASURES:
        if measure == "sum" and not with_value:
            continue
        for span in block.spans(measure):
            yield measure, span
    for which in block.since:
        yield ("since_last" if which == "last" else "since_first"), ALL_TIME


def behaviour_feature(
    *, name: str, label: str, source: Behaviour, group: str | None = None, direction: str = "any"
) -> Feature:
    """Build the feature of one measure with its name, unit, group and plain-language label."""
    colleagues = source.scope == "colleagues"
    prefix = "colleagues_" if colleagues else ""
    whose = "colleagues' " if colleagues else ""
    sign = DIRECTIONS[direction]
    if source.measure in {"since_last", "since_first"}:
        sign = -sign if source.measure == "since_last" else 0
    return Feature(
        name=f"{prefix}{identifier(name)}_{_suffix(source)}",
        unit=_UNITS[source.measure],
        group=group or f"{whose}{label}",
        label=f"{whose}{_phrase(source, label)}",
        direction=sign,
        source=source,
    )


def _suffix(source: Behaviour) -> str:
    if source.measure in {"since_last", "since_first"}:
        return f"days_{source.measure}"
    return f"{source.measure}_{'all' if source.span == ALL_TIME else format_duration(source.span)}"


def _phrase(source: Behaviour, label: str) -> str:
    within = "so far" if source.span == ALL_TIME else f"in {_words(source.span)}"
    return {
        "count": f"{label} {within}",
        "sum": f"total of {label} {within}",
        "active_days": f"days with {label} {within}",
        "people": f"people with {label} {within}",
        "decayed": f"recent {label} (half-life {_words(source.span)})",
        "since_last": f"days since last of {label}",
        "since_first": f"days since first of {label}",
    }[source.measure]


def _words(span: int) -> str:
    text = format_duration(span)
    unit = {"d": "day", "h": "hour", "m": "minute", "s": "second"}[text[-1]]
    return f"{text[:-1]} {unit}{'' if text[:-1] == '1' else 's'}"


def _attributes(declaration: Declaration, profile: Profile) -> Iterator[Feature]:
    named = {block.name for block in declaration.attributes if block.name != "*"}
    for block in declaration.attributes:
        matches = _matching(block, declaration.name, profile, named)
        for known in matches:
            yield from _flag_features(block, known)
            if not block.leave_out:
                yield _attribute_feature(block, known, profile)


def _matching(block: AttributeBlock, name: str, profile: Profile, named: set[str]) -> list[KnownAttribute]:
    if block.name == "*":
        return [known for known in profile.attributes if known.name not in named and known.usable]
    matches = [
        known for known in profile.attributes if known.name == block.name and block.entity in {None, known.entity}
    ]
    if not matches and not block.optional:
        message = f"feature set {name}: no attribute {block.name!r} in the dataset"
        raise ConfigError(message, hint=did_you_mean(block.name, {known.name for known in profile.attributes}))
    return matches


def _flag_features(block: AttributeBlock, known: KnownAttribute) -> Iterator[Feature]:
    label = block.label or known.name.replace("_", " ")
    for flag, words in block.flags.items():
        source = AttributeMatch(entity=known.entity, attribute=known.name, texts=tuple(words), whole=False)
        yield Feature(
            name=f"{identifier(known.name)}_is_{identifier(flag)}",
            unit="yes or no",
            group=block.group or label,
            label=f"{label} says {flag.replace('_', ' ')}",
            source=source,
        )


def _attribute_feature(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> Feature:
    both = sum(other.name == known.name for other in profile.attributes) > 1
    plain = f"account_{known.name}" if both and known.entity == "account" else known.name
    label = block.label or plain.replace("_", " ")
    kind = block.type or known.type
    return Feature(
        name=identifier(plain),
        unit=block.unit or ("category" if kind == "category" else "number"),
        group=block.group or label,
        label=label,
        direction=DIRECTIONS[block.direction] if kind == "number" else 0,
        source=AttributeValue(entity=known.entity, attribute=known.name, type=kind),
    )
