"""What is wrong between rules, and with rules that no lead can meet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from features.facts.clock import DAY
from features.language.behaviour import ALL_TIME
from features.language.naming import words
from features.texts import READERS
from models.card.check.draft import faulty_names
from models.card.check.fault import Finding
from models.card.check.overlaps import overlap_findings
from models.card.words import points_words, range_words, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.check.draft import Draft
    from models.card.check.fault import Severity
    from models.card.rule import RuleFields


def rules_findings(draft: Draft) -> Iterator[Finding]:
    """Yield what is wrong with rules that are each in the right form."""
    if not draft.rules and not draft.broken & {"fit", "engagement"}:
        yield Finding((), "the card has no rule", "write some under fit: or engagement:, as - name: ...")
    yield from faulty_names(draft.rules)
    for placed in draft.rules:
        for key, what, hint, severity in _alone(placed.rule):
            yield Finding((*placed.path, key), f"rule {placed.rule.name!r}: {what}", hint, severity)
    yield from _caps(draft)
    yield from overlap_findings(draft.rules)


def _alone(rule: RuleFields) -> Iterator[tuple[str, str, str, Severity]]:
    """Yield key, fault, hint and severity."""
    yield from _never_met(rule)
    if rule.points == 0:
        yield "points", "gives no points", "give it points, or take it out", "warning"
    if rule.cap is not None and rule.repeats and 0 < abs(rule.cap) < abs(rule.points):
        what = f"the cap {signed(rule.cap)} is less than the {points_words(rule.points)} of one event"
        yield "cap", what, "raise the cap, or lower the points", "warning"
    plain = [text.strip().casefold() for text in rule.texts]
    for text in sorted({text for text in plain if plain.count(text) > 1}):
        key = "contains" if rule.contains is not None else "in"
        yield key, f"{text!r} stands in it twice; case and blanks around do not count", "keep one", "warning"
    if isinstance(rule.event, list) and len(set(rule.event)) < len(rule.event):
        twice = sorted({kind for kind in rule.event if rule.event.count(kind) > 1})
        yield "event", f"{', '.join(twice)} stands in it twice", "keep one; each event counts once", "warning"


def _never_met(rule: RuleFields) -> Iterator[tuple[str, str, str, Severity]]:
    never = "no lead can meet it"
    if rule.days_since is not None:
        high = rule.days_since[1]
        if high is not None and high <= 0:
            what = f"{never}: an event is always more than 0 days old, never {range_words(rule.days_since)}"
            yield "days_since", what, "count days backwards: [null, 7] is the last week", "error"
    if rule.distinct_days is not None and rule.span != ALL_TIME and rule.who == "lead":
        # A window of 30 days may touch 31 days of the calendar.
        possible = math.floor(rule.span / DAY) + (2 if rule.span % DAY else 1)
        if rule.distinct_days > possible:
            what = f"{never}: {words(rule.span)} hold at most {possible} different days, not {rule.distinct_days}"
            yield "distinct_days", what, "lower distinct_days, or lengthen within", "error"
    if rule.between is not None and rule.read is not None:
        high = rule.between[1]
        if high is not None and high < 0:
            what = f"{never}: read: {rule.read} never gives {range_words(rule.between)} {READERS[rule.read].unit}"
            yield "between", what, "write numbers from 0 up", "error"


def _caps(draft: Draft) -> Iterator[Finding]:
    for axis, part in draft.card.axes.items():
        if part.cap is None or axis in draft.broken:
            continue
        for placed in draft.rules:
            if placed.axis == axis and (placed.rule.most or 0) > part.cap:
                what = (
                    f"the cap {signed(part.cap)} on {axis} is less than rule {placed.rule.name!r} alone can give"
                )
                yield Finding((axis, "cap"), f"{what}, {signed(placed.rule.most or 0)}", _LESS, "warning")
    cap = draft.card.cap
    if cap is None or "cap" in draft.broken:
        return
    for placed in draft.rules:
        if (placed.rule.most or 0) > cap:
            what = f"the cap {signed(cap)} on the total is less than rule {placed.rule.name!r} alone can give"
            yield Finding(("cap",), f"{what}, {signed(placed.rule.most or 0)}", _LESS, "warning")


_LESS = "raise the cap, or lower the rule's points"
