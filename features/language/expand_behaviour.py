"""Blocks of behaviour and sequence, met with a dataset's kinds, channels and campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from features.errors import ConfigError, did_you_mean
from features.language.behaviour import ACCOUNT_KINDS, ALL_TIME, VALUE_MEASURES, Behaviour, Touch
from features.language.feature import Feature
from features.language.naming import behaviour_feature, identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.language.behaviour import Measure, Scope
    from features.language.declaration import BehaviourBlock, Declaration, SequenceBlock
    from features.language.profile import Profile

_WINDOWED: tuple[tuple[str, Measure], ...] = (
    ("count", "count"),
    ("sum", "sum"),
    ("max", "max"),
    ("active_days", "active_days"),
    ("distinct_campaigns", "campaigns"),
    ("people", "people"),
    ("decayed", "decayed"),
    ("decayed_sum", "decayed_sum"),
    ("trend", "trend"),
    ("burst", "burst"),
)
_PLAIN = {
    "opportunity": "opportunities",
    "opportunity_lost": "opportunities lost",
    "opportunity_won": "opportunities won",
}
_PLACES = {1: "last", 2: "second last", 3: "third last"}


class _Choice(NamedTuple):
    """Events that are measured as one: their name, and what they must be."""

    name: str
    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    campaigns: tuple[str, ...]


def behaviour_features(
    block: BehaviourBlock, scope: Scope, declaration: Declaration, profile: Profile
) -> Iterator[Feature]:
    """Yield the features of one block."""
    if bool(block.share) != bool(block.hours):
        raise ConfigError(
            f"feature set {declaration.name}: share and hours belong together",
            hint='as in  hours: {office_hours: "mon-fri 8-18"}  and  share: [90d]',
        )
    for choice in _choices(block, scope, declaration, profile):
        label = block.label or declaration.labels.get(choice.name) or _PLAIN.get(choice.name)
        label = label or choice.name.replace("_", " ")
        valued = scope != "account" and any(profile.kinds[kind].has_value for kind in choice.kinds)
        for measure, span, hours in _measures(block):
            if measure in VALUE_MEASURES and not valued:
                continue
            yield behaviour_feature(
                name=choice.name,
                label=label,
                source=Behaviour(
                    scope=scope,
                    kinds=choice.kinds,
                    measure=measure,
                    span=span,
                    channels=choice.channels,
                    campaigns=choice.campaigns,
                    hours=block.hours.get(hours),
                ),
                group=block.group,
                direction=block.direction,
                hours_name=hours,
            )


def sequence_features(block: SequenceBlock, declaration: Declaration, profile: Profile) -> Iterator[Feature]:
    """Yield the features of a block of sequence."""
    kinds = _known_kinds(block.kinds, sorted(profile.kinds), declaration.name)
    label = block.label or block.together.replace("_", " ")
    if not kinds:
        return
    for place in range(1, block.last_kinds + 1):
        yield _touch(block, f"{_PLACES[place]} {label}", "kind", place, kinds)
    if block.first_channel and profile.channels:
        yield _touch(block, f"channel of the first {label}", "channel", -1, kinds)
    if block.last_channel and profile.channels:
        yield _touch(block, f"channel of the last {label}", "channel", 1, kinds)


def _touch(block: SequenceBlock, label: str, what: str, place: int, kinds: tuple[str, ...]) -> Feature:
    ordinal = {1: "last", 2: "second_last", 3: "third_last", -1: "first"}[place]
    return Feature(
        name=f"{block.together}_{ordinal}_{what}",
        unit=what,
        group=block.group or block.label or block.together.replace("_", " "),
        label=label,
        source=Touch(kinds=kinds, what=what, place=place),  # type: ignore[arg-type]
    )


def _choices(block: BehaviourBlock, scope: Scope, declaration: Declaration, profile: Profile) -> list[_Choice]:
    known = ACCOUNT_KINDS if scope == "account" else tuple(sorted(profile.kinds))
    kinds = _known_kinds(block.kinds, known, declaration.name)
    if not kinds:
        return []
    channels = _known_names(block.channels, profile.channels, "channel", declaration.name)
    campaigns = _known_names(block.campaigns, profile.campaigns, "campaign", declaration.name)
    name = block.together or "touches"
    if block.per == "channel":
        each = channels or profile.channels[: block.most]
        return [_Choice(f"{name}_by_{identifier(one)}", kinds, (one,), campaigns) for one in each]
    if block.per == "campaign":
        each = campaigns or profile.campaigns[: block.most]
        return [_Choice(f"{name}_in_{identifier(one)}", kinds, channels, (one,)) for one in each]
    filters = "".join(f"_by_{identifier(c)}" for c in channels) + "".join(
        f"_in_{identifier(c)}" for c in campaigns
    )
    if block.together:
        return [_Choice(block.together, kinds, channels, campaigns)]
    return [_Choice(f"{kind}{filters}", (kind,), channels, campaigns) for kind in kinds]


def _known_kinds(wanted: str | list[str], known: Sequence[str], name: str) -> tuple[str, ...]:
    if wanted == "*":
        return tuple(known)
    return _known_names(list(wanted), known, "event kind", name)


def _known_names(wanted: list[str], known: Sequence[str], what: str, name: str) -> tuple[str, ...]:
    unknown = [one for one in wanted if one not in known]
    if unknown:
        message = f"feature set {name}: no {what} {unknown[0]!r} in the dataset"
        raise ConfigError(message, hint=did_you_mean(unknown[0], known))
    return tuple(wanted)


def _measures(block: BehaviourBlock) -> Iterator[tuple[Measure, int, str]]:
    """Yield each measure with its span and the name of its hours, where it has any."""
    for key, measure in _WINDOWED:
        for span in block.spans(key):
            yield measure, span, ""
    for hours in block.hours:
        for span in block.spans("share"):
            yield "share", span, hours
    if block.last_value:
        yield "last", ALL_TIME, ""
    for which in block.since:
        yield ("since_last" if which == "last" else "since_first"), ALL_TIME, ""
