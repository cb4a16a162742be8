"""Candidate rules: every sensible condition that the data allow, each a rule of the card's own format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.facts.publish import silent
from features.language import AttributeValue, Feature, FeatureSet
from features.levels import learn_levels
from features.texts import READERS
from models.card import Rule
from training.distil.cuts import has_none, is_whole, ranges, sensible_cuts
from training.distil.levels import value_groups
from training.distil.propose_events import account_candidates, event_candidates
from training.distil.wording import rule_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from features.language.profile import KnownAttribute
    from training.distil.allowed import Allowed
    from training.material import Material

#: Of an attribute without a reader so many values are looked at, the most frequent.
MOST_VALUES = 40


@dataclass(frozen=True)
class Candidate:
    """A rule of one point, and in which fits it may be used: bit 0 in the whole, bit f + 1 without fold f.

    Thresholds come from the values alone; groups of values come from outcomes, so that a group found with a fold's
    outcomes may not be used where that fold is held out.
    """

    rule: Rule
    fits: int


def propose(
    material: Material, allowed: Allowed, weight: np.ndarray, learners: Sequence[np.ndarray]
) -> list[Candidate]:
    """Return all candidates, plainest first and the agreed card's own conditions before all.

    ``learners`` are masks over the rows: the training rows first, then those without each fold. ``weight`` (n,) is
    what rows count, in leads.
    """
    every = (1 << len(learners)) - 1
    found = [Candidate(rule, every) for rule in _agreed(material, allowed)]
    for known, content in _values(material, allowed, learners[0]):
        about = _about(known, allowed)
        for feature, column in content:
            source = feature.source
            read = source.read if isinstance(source, AttributeValue) else None
            reading = about if read is None else about | {"read": read}
            if feature.is_category:
                single = ({"equals": text} for text in feature.levels)
                found += [Candidate(_rule(reading | test, allowed), every) for test in single]
                found += _groups(reading, feature, column, material.rows.label, weight, learners, allowed)
            else:
                train = column[learners[0]]
                spans = ranges(sensible_cuts(train), is_whole(train), has_none(train))
                found += [Candidate(_rule(reading | {"between": span}, allowed), every) for span in spans]
        found.append(Candidate(_rule(about | {"missing": True}, allowed), every))
    conditions = [*account_candidates(), *event_candidates(allowed.kinds)]
    found += [Candidate(_rule(condition, allowed), every) for condition in conditions]
    return found


def _about(known: KnownAttribute, allowed: Allowed) -> dict[str, Any]:
    twins = [other for other, _ in allowed.attributes if other.name == known.name]
    return {"attribute": known.name} | ({"entity": known.entity} if len(twins) > 1 else {})


def _rule(condition: dict[str, Any], allowed: Allowed) -> Rule:
    unnamed = Rule.model_validate({"name": "?", "points": 1} | condition)
    return unnamed.model_copy(update={"name": rule_name(unnamed, allowed.kinds)})


def _agreed(material: Material, allowed: Allowed) -> Iterator[Rule]:
    """Yield the agreed conditions; of a rule that repeats, that there was any such event."""
    if material.card is None:
        return
    barred = {name for name, _ in material.guard.card_rules}
    kinds = set(allowed.kinds)
    for rule, _ in material.card.bound:
        if rule.name in barred or not (rule.event is None or set(rule.kinds) <= kinds):
            continue
        once = {"points": 1, "each": False, "cap": None}
        yield rule.model_copy(update=once | ({"half_life": None} if rule.half_life is not None else {}))


def _values(
    material: Material, allowed: Allowed, train: np.ndarray
) -> Iterator[tuple[KnownAttribute, list[tuple[Feature, np.ndarray]]]]:
    """Yield each attribute with what it and its readers give: features with their columns over all rows."""
    wanted = [(known, list(_readings(known, readers))) for known, readers in allowed.attributes]
    together = FeatureSet(name="explore", features=tuple(f for _, features in wanted for f in features))
    if not together.features:
        return
    rows, engine, dataset = material.rows, material.engine, material.dataset
    history = engine.history(dataset, together)
    learnt = rows.take(train)
    fitted = learn_levels(together, history, learnt.lead, learnt.as_of, most=MOST_VALUES)
    matrix = engine.matrix(dataset, history, fitted, rows.lead, rows.as_of, silent)
    for known, features in wanted:
        places = [fitted.position(feature.name) for feature in features]
        yield known, [(fitted.features[place], matrix[:, place]) for place in places]


def _readings(known: KnownAttribute, readers: tuple[str, ...]) -> Iterator[Feature]:
    # What a reader makes of a text is what people agree on, not the hundreds of spellings.
    plain = known.usable and not any(READERS[read].kind == "category" for read in readers)
    kinds: list[tuple[str | None, str]] = [(None, known.type)] if plain else []
    kinds += [(read, READERS[read].kind) for read in readers]
    for number, (read, kind) in enumerate(kinds):
        source = AttributeValue.model_validate(
            {"entity": known.entity, "attribute": known.name, "type": kind, "read": read}
        )
        own = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in known.name.lower())
        name = f"v_{known.entity}_{own}_{number}"
        yield Feature(name=name, unit="value", group=known.name, label=known.name, source=source)


def _groups(
    about: dict[str, Any],
    feature: Feature,
    column: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray,
    learners: Sequence[np.ndarray],
    allowed: Allowed,
) -> list[Candidate]:
    fits: dict[tuple[int, ...], int] = {}
    for number, rows in enumerate(learners):
        for group in value_groups(column[rows], label[rows], weight[rows], len(feature.levels)):
            fits[group] = fits.get(group, 0) | (1 << number)
    texts = feature.levels
    return [
        Candidate(_rule(about | {"in": [texts[i] for i in group]}, allowed), mask) for group, mask in fits.items()
    ]
