"""A rule as people say it; every text that shows a card takes its sentences from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.language.behaviour import ALL_TIME, DECAY_REACH
from features.language.naming import words
from features.texts import READERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.card.rule import Range, RuleFields

_OUTCOMES = {
    "opportunity": "earlier opportunity of the account",
    "opportunity_won": "opportunity won with the account",
    "opportunity_lost": "opportunity lost with the account",
}


def rule_sentence(rule: RuleFields) -> str:
    """Return the rule in one line: its name, its points, and when it gives them.

    >>> from models.card.rule import Rule
    >>> webinar = {"name": "Webinar", "event": "webinar", "within": "90d", "each": True, "points": 10, "cap": 20}
    >>> rule_sentence(Rule(**webinar))
    'Webinar: 10 points for each webinar in the last 90 days, at most 20'
    """
    return f"{rule.name}: {points_words(rule.points)} {condition_words(rule)}"


def points_words(points: int) -> str:
    """Return points with their noun and a true minus sign.

    >>> points_words(1), points_words(-30)
    ('1 point', '−30 points')
    """
    return f"{signed(points)} point{'' if abs(points) == 1 else 's'}"


def signed(points: int) -> str:
    """Return a whole number, a negative one with a true minus sign."""
    return f"{points:,}".replace("-", "−")


def condition_words(rule: RuleFields) -> str:
    """Return when a rule gives its points: "with industry Software or Manufacturing", "for any demo request"."""
    if rule.attribute is not None:
        return f"with {_attribute_words(rule)}"
    what = _what_words(rule)
    if rule.repeats:
        return f"for each {what}{_window_words(rule)}{_limit_words(rule)}"
    if rule.days_since is not None:
        return f"with the last {what} {range_words(rule.days_since)} days ago"
    if rule.distinct_days is not None:
        days = "any day" if rule.distinct_days == 1 else f"at least {rule.distinct_days:,} different days"
        return f"for {what} on {days}{_window_words(rule)}"
    if rule.at_least in {None, 1}:
        return f"for any {what}{_window_words(rule)}"
    return f"for {what} at least {rule.at_least:,} times{_window_words(rule)}"


def range_words(ends: Range) -> str:
    """Return a range: "200 to 5,000", "at least 200", "at most 7".

    >>> range_words((200, None)), range_words((200, 5000))
    ('at least 200', '200 to 5,000')
    """
    low, high = ends
    if low is None:
        return f"at most {_number(high)}"
    if high is None:
        return f"at least {_number(low)}"
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def either(texts: Sequence[str], last: str = "or") -> str:
    """Join texts as people do: "a, b or c"."""
    *rest, final = texts
    return f"{', '.join(rest)} {last} {final}" if rest else final


def _number(value: float | None) -> str:
    return (
        "" if value is None else (f"{value:,.0f}" if value == int(value) else f"{value:,.15g}").replace("-", "−")
    )


def _attribute_words(rule: RuleFields) -> str:
    attribute = str(rule.attribute).replace("_", " ")
    whose = f"the {rule.entity}'s {attribute}" if rule.entity else attribute
    if rule.missing:
        return f"{whose} not known"
    if rule.read is not None and READERS[rule.read].phrase != attribute:
        whose += f" (read as {READERS[rule.read].phrase})"
    if rule.between is not None:
        return f"{whose} {range_words(rule.between)}"
    return f"{whose} {'containing ' if rule.contains is not None else ''}{either(rule.texts)}"


def _what_words(rule: RuleFields) -> str:
    if rule.account is not None:
        return _OUTCOMES[rule.account]
    kinds = either([kind.replace("_", " ") for kind in rule.kinds])
    return kinds if rule.who == "lead" else f"{kinds} of a colleague"


def _window_words(rule: RuleFields) -> str:
    if rule.half_life is not None:
        return f", half of it after {words(rule.span)}, nothing after {words(DECAY_REACH * rule.span)}"
    return "" if rule.span == ALL_TIME else f" in the last {words(rule.span)}"


def _limit_words(rule: RuleFields) -> str:
    if rule.cap is None:
        return ""
    return f", {'at most' if rule.points > 0 else 'no lower than'} {signed(rule.cap)}"
