"""Names of rules in plain words, as people write them on a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.texts import READERS

if TYPE_CHECKING:
    from collections.abc import Collection

    from models.card import Rule

#: The longest name that a card allows.
LONGEST = 80
_OUTCOMES = {
    "opportunity": "Account had an opportunity",
    "opportunity_won": "Account bought",
    "opportunity_lost": "Account was lost",
}


def rule_name(rule: Rule, everything: Collection[str] = ()) -> str:
    """Return what a rule is about in a few words, at most 80 letters.

    ``everything`` are the kinds that stand together for any activity.
    """
    if rule.attribute is not None:
        name = _attribute_name(rule)
    elif rule.account is not None:
        name = _OUTCOMES[rule.account] + _again(rule) + _within(rule)
    else:
        name = _event_name(rule, everything)
    return name if len(name) <= LONGEST else name[: LONGEST - 3].rstrip() + "..."


def plain(identifier: str) -> str:
    """Return a name of the data as words: ``web_visit`` becomes ``web visit``.

    >>> plain("web_visit")
    'web visit'
    """
    return " ".join(identifier.replace("_", " ").split())


def _attribute_name(rule: Rule) -> str:
    thing = READERS[rule.read].phrase if rule.read is not None else plain(str(rule.attribute))
    if rule.entity is not None:
        thing = f"{thing} of the {rule.entity}"
    thing = thing[:1].upper() + thing[1:]
    if rule.missing:
        return f"{thing} not known"
    if rule.between is not None:
        low, high = rule.between
        if low is None:
            return f"{thing} up to {_number(high)}"
        return f"{thing} {_number(low)} or more" if high is None else f"{thing} {_number(low)} to {_number(high)}"
    return _listed(f"{thing}: ", [plain(text) if rule.read else text for text in rule.texts])


def _event_name(rule: Rule, everything: Collection[str]) -> str:
    any_kind = len(rule.kinds) > 1 and set(rule.kinds) == set(everything)
    thing = "activity" if any_kind else " or ".join(plain(kind) for kind in rule.kinds)
    if rule.days_since is not None:
        said = f"last {thing} at most {_number(rule.days_since[1])} days ago"
    elif rule.distinct_days is not None:
        said = f"{thing} on {rule.distinct_days} days or more{_within(rule)}"
    else:
        said = f"{thing}{_again(rule)}{_within(rule)}"
    return f"Colleagues: {said}" if rule.who == "colleagues" else said[:1].upper() + said[1:]


def _again(rule: Rule) -> str:
    return f", {rule.at_least} or more" if rule.at_least not in {None, 1} else ""


def _within(rule: Rule) -> str:
    return "" if rule.within in {None, "all"} else f" in {str(rule.within).removesuffix('d')} days"


def _number(value: float | None) -> str:
    return f"{value:,.0f}" if value is not None and float(value).is_integer() else f"{value:g}"


def _listed(start: str, texts: list[str]) -> str:
    """Return the start with as many texts as there is room for."""
    for shown in range(len(texts), 0, -1):
        rest = len(texts) - shown
        head = texts[:shown]
        if rest:
            said = f"{', '.join(head)} and {rest} more"
        else:
            said = head[0] if shown == 1 else f"{', '.join(head[:-1])} or {head[-1]}"
        if len(start + said) <= LONGEST:
            return start + said
    return start + texts[0]
