"""Other points for a rule: on the card's own steps, with its cap for as many events as before."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from models.card.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.card import PointCard
    from training.rules.rows import RuleRows
    from training.rules.scale import Proportions

#: What a rule's points may be at most, as the card's format says.
MOST = 1000


def steps_of(card: PointCard) -> tuple[int, ...]:
    """Return the step of each rule's points, at least 1: what all points of its sort are multiples of.

    Points for every event are often 1 or 2 where those given once go in fives: each sort keeps to its own.
    """
    sizes = {
        repeats: gcd(*(rule.points for rule in card.rules if rule.repeats == repeats)) or 1
        for repeats in (False, True)
    }
    return tuple(sizes[rule.repeats] for rule in card.rules)


def with_points(rule: Rule, points: int) -> Rule:
    """Return the rule with other points; its cap lets as many events count as before, to the nearest point."""
    content = rule.model_dump(by_alias=True, exclude_defaults=True) | {"points": points}
    if rule.cap is not None and rule.points and points:
        size = max(1, round(abs(rule.cap / rule.points * points)))
        content["cap"] = size if points > 0 else -size
    if not points:
        content.pop("cap", None)
    return Rule.model_validate(content)


def limits(
    rows: RuleRows, proportions: Proportions, place: int, free: tuple[int, ...], quantile: float, *, negative: bool
) -> tuple[int, int]:
    """Return the least and the most points that may be proposed for a rule, both included.

    More engagement is never punished unless ``negative``. An agreed sign turns only where the interval of the
    rule's worth at ``quantile`` lies wholly on the other side of 0.
    """
    rule = rows.rules[int(proportions.fit.rules[place])]
    worth, low, high = proportions.worth(place, free, quantile)
    clear = low > 0 or high < 0
    flips = clear and worth * rule.points < 0
    least = 0 if rule.points > 0 and not flips else -MOST
    most = 0 if rule.points < 0 and not flips else MOST
    if rule.event is not None and rule.points >= 0 and not negative:
        least = 0
    return least, most


def on_step(points: float, step: int, ends: tuple[int, int]) -> int:
    """Return the nearest multiple of ``step`` within ``ends``, halves away from 0.

    >>> on_step(12.4, 5, (0, 1000)), on_step(-3, 5, (0, 1000)), on_step(-12.5, 5, (-1000, 1000))
    (10, 0, -15)
    """
    size = int(abs(points) / step + 0.5) * step
    least, most = (int(end / step) * step for end in ends)
    return min(max(size if points >= 0 else -size, least), most)


def changed_card(card: PointCard, points: Mapping[str, int], agreed: Mapping[str, object]) -> PointCard:
    """Return the card with other points for some rules, by name, unsigned; those with 0 points are taken out.

    ``agreed`` are keys to put into its agreement.

    Raises
    ------
    ValueError
        A name is no rule's, or no rule is left.

    """
    unknown = set(points) - {rule.name for rule in card.rules}
    if unknown:
        raise ValueError(f"no rule of {card.name} is called {', '.join(sorted(unknown))}")
    content = card.model_dump(by_alias=True, exclude_defaults=True, exclude={"signed"})
    for axis, own in card.axes.items():
        changed = [with_points(rule, points.get(rule.name, rule.points)) for rule in own.rules]
        kept = [rule for rule in changed if rule.points or rule.name not in points]
        if own.rules:
            content[axis]["rules"] = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in kept]
    content["agreed"] = {**content["agreed"], "replaces": card.label, **agreed}
    return type(card).model_validate(content)
