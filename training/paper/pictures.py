"""The paper's three pictures: who found what, what other numbers of calls bring, and each rule's worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from models import svg
from training.duel.cost import QUARTER
from training.paper.answer import short_name
from training.paper.texts import capital, name, tidy

if TYPE_CHECKING:
    from markupsafe import Markup

    from training.duel import Duel
    from training.rules import RuleVerdict
    from training.rules.judge import RuleVerdicts

#: So many rules fit into one picture on a page.
RULES_A_PICTURE = 30


def shared_picture(duel: Duel) -> Markup:
    """Draw how many opportunities both, one alone, and neither found, as bars."""
    short = short_name(duel)
    fills = {
        "both": ("both lists", svg.SOFT),
        "only_a": (f"only {short}", "url(#hatch-lines)"),
        "only_b": ("only the card", "url(#hatch-dots)"),
        "neither": ("neither", "#fff"),
    }
    counts = {key: duel.shared[key].value for key in fills}
    width, left, top, row = 340.0, 112.0, 14.0, 58.0
    most = max([*counts.values(), 1.0])
    parts = [svg.hatches()]
    for place, (key, (label, fill)) in enumerate(fills.items()):
        y = top + place * row
        size = (width - left - 46) * counts[key] / most
        parts += [
            svg.text(left - 8, y + 22, capital(label), anchor="end", size=13),
            svg.box(left, y, size, row - 24, fill),
            svg.text(left + size + 6, y + 22, f"{counts[key]:,.0f}", bold=True, size=14),
        ]
    said = ", ".join(f"{label} {counts[key]:,.0f}" for key, (label, _) in fills.items())
    height = top + row * len(fills) - 6
    return svg.picture("found", width, height, "Opportunities found by whom", f"{capital(said)}.", parts)


@dataclass(frozen=True)
class Panel:
    """Where a picture's figures stand: both axes begin at 0 and end at ``furthest`` and ``highest``."""

    furthest: float
    highest: float
    width: float = 340.0
    height: float = 250.0
    left: float = 38.0
    right: float = 88.0
    top: float = 20.0
    bottom: float = 40.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point; what lies beyond an end stands at it."""
        across = self.width - self.left - self.right
        up = (self.height - self.top - self.bottom) * min(max(y, 0.0), self.highest) / self.highest
        return self.left + across * x / self.furthest, self.height - self.bottom - up

    def frame(self) -> list[Markup]:
        """Draw the axes with their names."""
        foot, end = self.height - self.bottom, self.width - self.right
        parts = []
        for tick in svg.ticks(0, self.highest, 5):
            y = self.at(0, tick)[1]
            parts += [
                svg.line([(self.left, y), (end, y)], stroke="#ddd"),
                svg.text(self.left - 5, y + 4, svg.tick_text(tick), anchor="end", size=11),
            ]
        for tick in svg.ticks(0, self.furthest, 5):
            parts.append(svg.text(self.at(tick, 0)[0], foot + 15, svg.tick_text(tick), anchor="middle", size=11))
        return [
            *parts,
            svg.line([(self.left, foot), (end, foot)]),
            svg.text((self.left + end) / 2, self.height - 6, "calls a week", anchor="middle"),
            svg.text(0, 10, "opportunities a quarter"),
        ]


def curve_picture(duel: Duel) -> Markup:
    """Draw opportunities a quarter by calls a week: both sides, and where the other's line most likely runs."""
    share = QUARTER / len(duel.counted)
    found = [point.part.measures["found"] for point in duel.curve]
    calls = [float(point.capacity) for point in duel.curve]
    card = [share * one.b.value for one in found]
    other = [share * one.a.value for one in found]
    lows = [share * (one.b.value + one.difference.low) for one in found]
    highs = [share * (one.b.value + one.difference.high) for one in found]
    known = all(map(isfinite, [*lows, *highs]))
    panel = Panel(max(calls), max([*card, *other, *(highs if known else []), 1.0]) * 1.04)

    def path(values: list[float]) -> list[tuple[float, float]]:
        return [panel.at(x, y) for x, y in zip(calls, values, strict=True)]

    parts = panel.frame()
    if known:
        parts.append(svg.area([*path(lows), *reversed(path(highs))]))
    now = panel.at(duel.capacity, 0)[0]
    parts += [
        svg.line([(now, panel.top - 4), (now, panel.height - panel.bottom)], dash="1 3", stroke=svg.SOFT),
        svg.text(now + 4, panel.top + 4, f"now: {duel.capacity:,}", size=11, fill=svg.SOFT),
        svg.line(path(card), width=2, dash="6 4"),
        svg.line(path(other), width=2.4),
        *_labels(path(other)[-1], path(card)[-1], short_name(duel), higher=sum(other) >= sum(card)),
    ]
    rows = "; ".join(
        f"{k:,.0f} calls: the card {b:,.0f}, {short_name(duel)} {a:,.0f}"
        for k, b, a in zip(calls, card, other, strict=True)
    )
    title = "Opportunities a quarter by calls a week"
    return svg.picture("curve", panel.width, panel.height, title, f"{rows}.", parts)


def _labels(other: tuple[float, float], card: tuple[float, float], short: str, *, higher: bool) -> list[Markup]:
    """Name both lines at their ends; ``higher`` says whose label is above where they end at one height."""
    first, second = _apart(*((other[1], card[1]) if higher else (card[1], other[1])), 15)
    spots = (first, second) if higher else (second, first)
    parts = []
    for label, dash, spot in zip((short, "the card"), ("", "4 3"), spots, strict=True):
        start = other[0] + 4
        parts.append(svg.line([(start, spot), (start + 16, spot)], width=2.2, dash=dash))
        parts.append(svg.text(start + 19, spot + 4, capital(label), size=11.5, bold=True))
    return parts


def worth_pictures(verdicts: RuleVerdicts) -> list[Markup]:
    """Draw the worth of each rule, with its range, against what was given; one picture for so many rules."""
    rules = verdicts.rules
    chunks = [rules[start : start + RULES_A_PICTURE] for start in range(0, len(rules), RULES_A_PICTURE)]
    return [_worths(chunk, number) for number, chunk in enumerate(chunks, 1)]


def _worths(rules: tuple[RuleVerdict, ...], number: int) -> Markup:
    width, left, right, top, row = 680.0, 210.0, 16.0, 34.0, 20.0
    height = top + row * len(rules) + 36
    low, high = _span(rules)

    def x(value: float) -> float:
        return left + (width - left - right) * (min(max(value, low), high) - low) / (high - low)

    foot = height - 30
    parts = [*_legend(left)]
    for tick in svg.ticks(low, high, 8):
        parts += [
            svg.line([(x(tick), top), (x(tick), foot)], stroke=svg.INK if tick == 0 else "#ddd"),
            svg.text(x(tick), foot + 13, svg.tick_text(tick), anchor="middle", size=11),
        ]
    parts.append(svg.text((left + width - right) / 2, height - 3, "points", anchor="middle", size=11.5))
    told = []
    for place, one in enumerate(rules):
        y = top + row * (place + 0.5)
        per = " (each time)" if one.each else ""
        plain = tidy(one.rule)
        label = name(plain, svg.fitting(plain, left - 14 - 6.2 * len(per)))
        parts.append(svg.text(left - 8, y + 4, f"{label}{per}", anchor="end", size=12))
        told.append(f"{plain}: given {one.given}")
        if one.worth is None or not isfinite(one.worth.value):
            parts.append(svg.text(x(0) + 6, y + 4, "cannot be tested", size=10.5, fill=svg.SOFT))
        else:
            parts += _reach(x(one.worth.low), x(one.worth.high), y, one.worth.low < low, one.worth.high > high)
            parts.append(svg.dot(x(one.worth.value), y))
            told[-1] += f", worth {one.worth.value:.0f}"
        parts.append(svg.diamond(x(one.given), y))
    title = "What each rule is worth against what was given" + (f", part {number}" if number > 1 else "")
    said = "; ".join(told).replace("-", "−")
    return svg.picture(f"worth{number}", width, height, title, f"{said}.", parts)


def _span(rules: tuple[RuleVerdict, ...]) -> tuple[float, float]:
    """Return the ends of the axis: all that was given or found, and ranges as far as twice that."""
    points = [0.0, *(float(one.given) for one in rules)]
    points += [one.worth.value for one in rules if one.worth is not None and isfinite(one.worth.value)]
    reach = 1.6 * max(1.0, *map(abs, points))
    ends = [one.worth for one in rules if one.worth is not None]
    low = min([*points, *(max(end.low, -reach) for end in ends)])
    high = max([*points, *(min(end.high, reach) for end in ends)])
    edge = 0.04 * (high - low or 1.0)
    return low - edge, high + edge


def _legend(left: float) -> list[Markup]:
    return [
        svg.diamond(left + 6, 12),
        svg.text(left + 16, 16, "points given", size=12),
        *_reach(left + 112, left + 148, 12, out_left=False, out_right=False),
        svg.dot(left + 130, 12),
        svg.text(left + 156, 16, "worth, and the range in which it most likely lies", size=12),
    ]


def _reach(start: float, end: float, y: float, out_left: bool, out_right: bool) -> list[Markup]:
    """Draw a range; a bar at an end, or an arrow where it goes on."""
    parts = [svg.line([(start, y), (end, y)], width=1.6)]
    for at, out, way in ((start, out_left, 1), (end, out_right, -1)):
        if out:
            parts.append(svg.line([(at + 6 * way, y - 4), (at, y), (at + 6 * way, y + 4)], width=1.6))
        else:
            parts.append(svg.line([(at, y - 4), (at, y + 4)], width=1.6))
    return parts


def _apart(first: float, second: float, least: float) -> tuple[float, float]:
    """Return two heights moved apart where their labels would touch."""
    gap = second - first
    if abs(gap) >= least:
        return first, second
    push = (least - abs(gap)) / 2
    return (first - push, second + push) if gap >= 0 else (first + push, second - push)
