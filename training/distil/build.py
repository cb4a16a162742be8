"""The distilled card as a card of the agreed format: unsigned, with a note on how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.facts.clock import format_moment
from models.card import PointCard
from models.card.card import NOBODY
from models.card.letters import plain_name
from training.distil.scale import cuts_near

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from models.card import Rule
    from training.distil.scale import Scale
    from training.material import Material


def build_card(
    material: Material, rules: Sequence[Rule], points: np.ndarray, late_total: np.ndarray, scale: Scale, seen: int
) -> PointCard:
    """Return a card of the rules with their points: attributes and the account under fit, events under engagement.

    ``late_total`` (late rows,) are the points of the rows on which grades are placed; ``seen`` is how many
    candidates there were. It says who agreed that nobody has.
    """
    own = None if material.card is None else material.card.card
    train = material.rows.take(material.parts.train)
    until = format_moment(int(train.as_of.max()))[:10]
    *letters, qualified = cuts_near(late_total, scale.shares) + cuts_near(late_total, (scale.qualified,))
    note = (
        f"Learnt from {len(train):,} rows with {train.positives:,} positive until {until}: the {len(rules)} of "
        f"{seen:,} conditions that together tell most, by leadquality card distil. Agreed by nobody yet."
    )
    agreed: dict[str, Any] = {
        "by": [NOBODY],
        "on": format_moment(material.dataset.observed_until)[:10],
        "note": note,
    }
    if own is not None:
        agreed["replaces"] = own.label
    content: dict[str, Any] = {
        "version": 2,
        "name": "distilled" if own is None else f"{own.name}_distilled",
        "agreed": agreed,
        "grades": dict(zip("ABC", letters, strict=True)),
        "qualified": qualified,
    }
    if own is not None and own.actions is not None:
        content["actions"] = own.actions.model_dump()
    named = _named([(rule, int(given)) for rule, given in zip(rules, points, strict=True)])
    for axis, wanted in (("fit", False), ("engagement", True)):
        own_rules = [rule for rule in named if (rule.subject == "event") is wanted]
        ranked = sorted(own_rules, key=lambda rule: -rule.points)
        content[axis] = {"rules": [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in ranked]}
    return PointCard.model_validate(content)


def _named(rules: list[tuple[Rule, int]]) -> list[Rule]:
    """Give the points, and a number to a name that is there already."""
    found: list[Rule] = []
    taken: set[str] = set()
    for rule, given in rules:
        name, number = rule.name, 2
        while plain_name(name) in taken:
            name = f"{rule.name[:75].rstrip()} ({number})"
            number += 1
        taken.add(plain_name(name))
        found.append(rule.model_copy(update={"points": given, "name": name}))
    return found
