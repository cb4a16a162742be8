"""Blocks of attributes, met with what a dataset knows of people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError, did_you_mean
from features.language.attributes import (
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    ColleagueAttribute,
    FilledShare,
)
from features.language.feature import Feature
from features.language.naming import DIRECTIONS, identifier
from features.texts import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.language.declaration import AttributeBlock, Declaration
    from features.language.profile import KnownAttribute, Profile


def attribute_features(declaration: Declaration, profile: Profile) -> Iterator[Feature]:
    """Yield the features of every block of attributes."""
    named = {block.name for block in declaration.attributes if block.name != "*"}
    for block in declaration.attributes:
        for known in _matching(block, declaration.name, profile, named):
            yield from _flags(block, known, profile)
            yield from _reads(block, known, profile)
            if not block.leave_out:
                yield _value(block, known, profile)
            yield from _changes(block, known, profile)
            yield from _colleagues(block, known)


def filled_features(declaration: Declaration, profile: Profile) -> Iterator[Feature]:
    """Yield, per declared name, how much of a list of attributes is filled in."""
    hidden = {(block.entity, block.name) for block in declaration.attributes if _is_hidden(block)}
    for name, wanted in declaration.filled.items():
        every = [
            (known.entity, known.name)
            for known in profile.attributes
            if not {(known.entity, known.name), (None, known.name)} & hidden
        ]
        if wanted != "*":
            unknown = [one for one in wanted if one not in {known for _, known in every}]
            if unknown:
                message = (
                    f"feature set {declaration.name}: filled {name}: no attribute {unknown[0]!r} in the dataset"
                )
                raise ConfigError(message, hint=did_you_mean(unknown[0], {known for _, known in every}))
            every = [pair for pair in every if pair[1] in wanted]
        if every:
            label = f"share of {name.replace('_', ' ')} that is filled in"
            source = FilledShare(attributes=tuple(every))
            yield Feature(
                name=f"{name}_filled", unit="share", group=name.replace("_", " "), label=label, source=source
            )


def _is_hidden(block: AttributeBlock) -> bool:
    """Tell whether a block asks for nothing of its attribute: it is to play no part at all."""
    asked = block.read or block.flags or block.changes or block.colleagues_distinct or block.colleagues_count
    return block.leave_out and not asked


def _matching(block: AttributeBlock, name: str, profile: Profile, named: set[str]) -> list[KnownAttribute]:
    if block.name == "*":
        return [known for known in profile.attributes if known.name not in named and known.usable]
    matches = [
        known for known in profile.attributes if known.name == block.name and block.entity in {None, known.entity}
    ]
    others = {known.entity for known in profile.attributes if known.name == block.name}
    if not matches and others:
        owner = "leads" if "lead" in others else "accounts"
        message = f"feature set {name}: {block.name!r} is an attribute of {owner}"
        raise ConfigError(message, hint="say so in entity")
    if not matches and not block.optional:
        message = f"feature set {name}: no attribute {block.name!r} in the dataset"
        raise ConfigError(message, hint=did_you_mean(block.name, {known.name for known in profile.attributes}))
    return matches


def _plain(known: KnownAttribute, profile: Profile) -> str:
    """Return the attribute's name among both entities' attributes."""
    both = sum(other.name == known.name for other in profile.attributes) > 1
    return f"account_{known.name}" if both and known.entity == "account" else known.name


def _label(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> str:
    return block.label or _plain(known, profile).replace("_", " ")


def _flags(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> Iterator[Feature]:
    label = _label(block, known, profile)
    for flag, words in block.flags.items():
        source = AttributeMatch(entity=known.entity, attribute=known.name, texts=tuple(words), whole=False)
        yield Feature(
            name=f"{identifier(_plain(known, profile))}_is_{identifier(flag)}",
            unit="yes or no",
            group=block.group or label,
            label=f"{label} says {flag.replace('_', ' ')}",
            source=source,
        )


def _reads(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> Iterator[Feature]:
    label = _label(block, known, profile)
    for name in block.read:
        reader = READERS[name]
        yield Feature(
            name=f"{identifier(_plain(known, profile))}_{name}",
            unit="category" if reader.kind == "category" else reader.unit,
            group=block.group or label,
            label=f"{reader.phrase} by {label}",
            direction=DIRECTIONS[block.direction] if reader.kind == "number" else 0,
            source=AttributeValue(entity=known.entity, attribute=known.name, type=reader.kind, read=name),
        )


def _value(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> Feature:
    label = _label(block, known, profile)
    kind = block.type or known.type
    return Feature(
        name=identifier(_plain(known, profile)),
        unit=block.unit or ("category" if kind == "category" else "number"),
        group=block.group or label,
        label=label,
        direction=DIRECTIONS[block.direction] if kind == "number" else 0,
        source=AttributeValue(entity=known.entity, attribute=known.name, type=kind),
    )


def _changes(block: AttributeBlock, known: KnownAttribute, profile: Profile) -> Iterator[Feature]:
    # Where nothing ever changes there is nothing to learn, and without a history nothing to know.
    if not known.changes:
        return
    label = _label(block, known, profile)
    for which in block.changes:
        counted = which == "count"
        source = AttributeChange(
            entity=known.entity, attribute=known.name, measure="changes" if counted else "days_since_change"
        )
        yield Feature(
            name=f"{identifier(_plain(known, profile))}_{source.measure}",
            unit="times" if counted else "days",
            group=block.group or label,
            label=f"changes of {label}" if counted else f"days since {label} changed",
            source=source,
        )


def _colleagues(block: AttributeBlock, known: KnownAttribute) -> Iterator[Feature]:
    if known.entity != "lead" or not (block.colleagues_distinct or block.colleagues_count):
        return
    label = block.label or known.name.replace("_", " ")
    readers: list[str | None] = [*block.read] or [None]
    for read in readers:
        stem = identifier(known.name) + (f"_{read}" if read else "")
        phrase = READERS[read].phrase if read else label
        group = block.group or f"{label} of colleagues"
        if block.colleagues_distinct:
            yield Feature(
                name=f"colleagues_distinct_{stem}",
                unit="values",
                group=group,
                label=f"different values of {phrase} among colleagues",
                source=ColleagueAttribute(attribute=known.name, measure="distinct", read=read),
            )
        for name, values in block.colleagues_count.items():
            if read is not None and not set(values) & set(READERS[read].levels or values):
                continue
            source = ColleagueAttribute(attribute=known.name, measure="count", values=tuple(values), read=read)
            plain = name.replace("_", " ")
            yield Feature(
                name=f"colleagues_{name}",
                unit="people",
                group=group,
                label=f"colleagues who are {plain}",
                source=source,
            )
