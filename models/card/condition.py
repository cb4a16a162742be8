"""Whether two rules speak of the same thing, whatever their names and points."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.card.rule import RuleFields


def same_condition(rule: RuleFields) -> tuple[object, ...]:
    """Return what is equal for two rules exactly if they give points for the same thing.

    Case, blanks around and the order of texts and kinds do not count, nor does a cap.

    >>> from models.card.rule import Rule
    >>> one = Rule(name="A", points=5, event="visit", within="4w")
    >>> same_condition(one) == same_condition(Rule(name="B", points=9, event=["visit"], within="28d", at_least=1))
    True
    """
    texts = frozenset(text.strip().casefold() for text in rule.texts)
    once = None if rule.repeats or rule.days_since or rule.distinct_days else rule.at_least or 1
    return (
        (rule.attribute, rule.entity, rule.read, rule.missing),
        (texts, rule.contains is not None),
        rule.ends,
        (frozenset(rule.kinds), rule.account, rule.who, rule.span),
        (rule.each, rule.half_life is not None, rule.distinct_days, once),
    )
