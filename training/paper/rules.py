"""The rule table of the paper as plain texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from training.duel.rounding import show, step_of
from training.paper.texts import counted, name, percent, quoted, tidy
from training.rules.verdict import WORDS
from training.words import listed

if TYPE_CHECKING:
    from training.rules import RuleVerdict
    from training.rules.judge import RuleVerdicts

_AXES = {"fit": "What a lead is", "engagement": "What people did"}
#: Verdicts that ask for something.
_LOUD = ("more", "less", "wrong_way", "repeats")
_LITTLE = "worth little or nothing"


@dataclass(frozen=True)
class RuleLine:
    """One rule: points given, its worth with the range, what the model gives, who meets it, rates, and verdict."""

    rule: str
    given: str
    worth: str
    reach: str
    model: str
    leads: str
    with_rule: str
    without: str
    verdict: str
    detail: str
    loud: bool


@dataclass(frozen=True)
class RuleGroup:
    """The rules of one axis under its heading."""

    heading: str
    lines: tuple[RuleLine, ...]


def rule_groups(verdicts: RuleVerdicts) -> tuple[RuleGroup, ...]:
    """Return the table's groups: the rules of both axes, in the card's order."""
    groups = []
    for axis, heading in _AXES.items():
        lines = tuple(_line(one) for one in verdicts.rules if one.axis == axis)
        if lines:
            groups.append(RuleGroup(heading, lines))
    return tuple(groups)


def rules_said(verdicts: RuleVerdicts) -> str:
    """Return how many rules got which verdict, in a sentence."""
    tally = Counter(one.code for one in verdicts.rules)
    plural = {
        "agrees": ("is worth about what you gave", "are worth about what you gave"),
        "more": ("is worth more", "are worth more"),
        "less": ("is worth less", "are worth less"),
        "no_evidence": ("shows no evidence either way", "show no evidence either way"),
        "wrong_way": ("points the wrong way", "point the wrong way"),
        "repeats": ("repeats another rule", "repeat other rules"),
        "untestable": ("cannot be tested", "cannot be tested"),
    }
    parts = [f"{tally[code]} {plural[code][tally[code] > 1]}" for code in WORDS if tally[code]]
    said = f"Of {counted(len(verdicts.rules), 'rule')}, {listed(parts)}."
    if verdicts.scale is None:
        return said
    return f"{said} Points are those of the card’s own scale, as the rules that need no change set it."


def untold_said(verdicts: RuleVerdicts) -> str:
    """Return what "no evidence" means, where a rule got it; else nothing."""
    if all(one.code != "no_evidence" for one in verdicts.rules):
        return ""
    return (
        "“No evidence” does not mean that a rule is wrong: it may be worth what you gave, or nothing; these leads "
        "cannot tell. Leave such rules as they are unless something else speaks against them."
    )


def lacks_said(verdicts: RuleVerdicts) -> tuple[str, ...]:
    """Return what the model uses and no rule reads, as lines; empty without a model."""
    return tuple(
        f"{quoted(one.group)}: about {_points(one.points)} up or down ({one.share:.0%})"
        for one in verdicts.lacks or ()
    )


def _line(one: RuleVerdict) -> RuleLine:
    per = " each time" if one.each else ""
    worth, ends = "–", ""
    if one.worth is not None and isfinite(one.worth.value):
        step = step_of(one.worth.low, one.worth.high)
        worth = show(one.worth.value, step)
        if isfinite(one.worth.low) and isfinite(one.worth.high):
            ends = f"{show(one.worth.low, step)} to {show(one.worth.high, step)}"
    verdict, detail = _verdict(one)
    return RuleLine(
        rule=name(one.rule),
        given=f"{one.given}{per}".replace("-", "−"),
        worth=worth,
        reach=ends,
        model=_by_model(one),
        leads=f"{one.leads:,}",
        with_rule=percent(one.rates.with_rule),
        without=percent(one.rates.without),
        verdict=verdict,
        detail=detail,
        loud=one.code in _LOUD,
    )


def _by_model(one: RuleVerdict) -> str:
    """Return the points that the model gives, whole or as their range deserves; a dash where it gives none."""
    worth = one.model_worth
    if worth is None or not isfinite(worth.value):
        return "–"
    return show(worth.value, max(1.0, step_of(worth.low, worth.high)))


def _verdict(one: RuleVerdict) -> tuple[str, str]:
    """Return the verdict's words and, where these leave a question, a line under them."""
    if one.code == "repeats" and one.repeats is not None:
        said = tidy(one.sentence.removeprefix(f"Repeats {one.repeats}: "), 220)
        return f"repeats {quoted(one.repeats)}", said
    if one.code == "untestable":
        return WORDS[one.code], tidy(one.sentence.removeprefix("Cannot be tested: "), 220)
    if one.code == "no_evidence" and one.worth is not None:
        few = one.worth.low <= one.given <= one.worth.high
        return WORDS[one.code], "" if few else _LITTLE
    if one.given < 0 and one.code in ("more", "less"):
        return WORDS[one.code], f"should take off {one.code}"
    return WORDS[one.code], ""


def _points(points: float) -> str:
    whole = max(1, round(points))
    return counted(whole, "point")
