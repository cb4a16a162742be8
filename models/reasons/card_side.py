"""The agreed card's points for the same thing, beside the model's, and a sentence where the two part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.language import AttributeChange, AttributeMatch, AttributeValue, Behaviour
from models.reasons.numbers import plain_number

if TYPE_CHECKING:
    from features.language import Feature
    from models.lead_model import LeadModel
    from models.reasons.messages import Catalogue

#: Card and model part where their points for the same thing differ by so many.
PARTING = 5.0


def rules_by_group(model: LeadModel) -> dict[str, list[int]]:
    """Return the numbers of the card's rules by the feature group that is about the same thing.

    A rule belongs to one group: that of the feature it reads itself, else of the narrowest one about the same
    events of the same people, or about the same attribute. A rule on what no group is about belongs to none.
    """
    found: dict[str, list[int]] = {}
    if model.card is None:
        return found
    own = model.feature_set.features[: model.width]
    for number, feature in enumerate(model.card.rule_features):
        if feature is None:
            continue
        near = [(breadth, i) for i, other in enumerate(own) if (breadth := _breadth(other, feature)) is not None]
        if near:
            found.setdefault(own[min(near)[1]].group, []).append(number)
    return found


def _breadth(feature: Feature, read: Feature) -> int | None:
    """Return how much wider a feature is than what a rule reads, None where it is about something else."""
    if feature.name == read.name:
        return 0
    match feature.source, read.source:
        case Behaviour() as ours, Behaviour() as theirs:
            same = ours.scope == theirs.scope and set(ours.kinds) >= set(theirs.kinds)
            narrow = ours.channels or ours.campaigns
            return len(ours.kinds) if same and not narrow else None
        case (AttributeValue() | AttributeMatch() | AttributeChange()) as ours, (
            AttributeValue() | AttributeMatch() | AttributeChange()
        ) as theirs:
            return 1 if (ours.entity, ours.attribute) == (theirs.entity, theirs.attribute) else None
        case _:
            return None


def parting(words: Catalogue, card: int | None, points: float) -> str:
    """Return where card and model part, empty where they do not, or where no rule is about the same thing."""
    if card is None or abs(card - points) < PARTING:
        return ""
    template = words.parting if card else words.parting_nothing
    whole = float(round(points))
    return template.format(card=plain_number(float(card), words.minus), model=plain_number(whole, words.minus))
