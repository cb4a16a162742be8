"""The answer of the paper in one sentence, and what belongs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from training.duel.cost import ALL_OF_THEM, QUARTER, times
from training.duel.rounding import matching, show, step_of
from training.paper.texts import amount, capital, counted, more, quoted, reach

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.duel import Duel


@dataclass(frozen=True)
class KeyFigure:
    """One line of the table under the answer: both sides a quarter, and the difference with its range."""

    label: str
    card: str
    other: str
    difference: str
    reach: str


#: Which measures stand under the answer, in whose words, and how fine at most.
_KEYS = (
    ("found", "Opportunities found", 0.1),
    ("pipeline", "Value of these opportunities", 1.0),
    ("revenue", "Won revenue from them", 1.0),
    ("to_nothing", "Calls that came to nothing", 1.0),
)


def other_name(duel: Duel) -> str:
    """Return how the paper calls the side that is held against the card."""
    if not duel.a.is_card:
        return "the model"
    return f"the other card, {quoted(duel.a.label.removeprefix('card '))}"


def short_name(duel: Duel) -> str:
    """Return the same for tables and pictures."""
    return "the other card" if duel.a.is_card else "the model"


def _list_of(duel: Duel) -> str:
    return f"the list of {other_name(duel)}," if duel.a.is_card else "the model’s list"


def answer(duel: Duel) -> str:
    """Return what the present card costs a quarter, or that it cannot be told apart, in one plain sentence."""
    cost, other = duel.cost, other_name(duel)
    among = "" if duel.held > ALL_OF_THEM else f" among {duel.held:.0%} of the open leads"
    calls = f"With {counted(duel.capacity, 'call')} a week{among}"
    found = cost.opportunities
    if cost.verdict == "untold":
        return f"{calls} everybody can be called, so that it makes no difference which list is used."
    if cost.verdict == "costs":
        return (
            f"{calls}, working down the card’s list instead of {_list_of(duel)} costs about "
            f"{_opportunities(found)} a quarter, most likely {reach(found, 0.1)}."
        )
    if cost.verdict == "better":
        won = times(found, -1)
        return (
            f"{calls} the card is better than {other}: it finds about {_opportunities(won)} a quarter more, "
            f"most likely {reach(won, 0.1)}. Keep it."
        )
    return f"{calls} the card and {other} cannot be told apart by these leads."


def beside(duel: Duel) -> tuple[str, ...]:
    """Return the sentences under the answer: what it means in money and calls, and who found what."""
    cost, short, shared = duel.cost, short_name(duel), duel.shared
    said = []
    if cost.verdict == "untold":
        said.append("Choose fewer calls a week, and hold the duel again.")
    if cost.verdict == "unclear":
        said.append(_not_ruled_out(cost.opportunities))
        said.append(_undecided(duel))
    if cost.verdict == "costs" and cost.pipeline is not None:
        said.append(_money(cost.pipeline))
    if cost.verdict not in ("untold", "unclear") and cost.to_nothing.low * cost.to_nothing.high > 0:
        more_calls = cost.to_nothing if cost.to_nothing.value > 0 else times(cost.to_nothing, -1)
        way = "more" if cost.to_nothing.value > 0 else "fewer"
        said.append(
            f"The card’s list also leads to about {amount(more_calls)} {way} calls a quarter that come to nothing "
            f"(most likely {reach(more_calls)})."
        )
    said += _as_deep(duel)
    early = shared["weeks_earlier"]
    if isfinite(early.low) and early.low * early.high > 0:
        way = "earlier" if early.value > 0 else "later"
        size = early if early.value > 0 else times(early, -1)
        said.append(
            f"Where both found an opportunity, {short} called the lead about {amount(size, 0.1)} weeks {way} "
            f"({reach(size, 0.1)})."
        )
    said.append(
        f"Called at random, the same number of leads would have found about {duel.by_lot:,.0f} of the "
        f"{counted(duel.whole.opportunities, 'opportunity', 'opportunities')} of these "
        f"{counted(len(duel.counted), 'week')}."
    )
    return tuple(said)


def _as_deep(duel: Duel) -> list[str]:
    """Say what as many calls find as the team makes on these leads, when its calls are for all of them."""
    point = duel.as_deep
    if point is None:
        return []
    gap = times(point.part.measures["found"].difference, -QUARTER / len(duel.counted))
    return [
        f"The duel holds {duel.held:.0%} of the leads that were open: nothing had been learnt from these. "
        f"If your {counted(duel.capacity, 'call')} are for all open leads, about {point.capacity:,} of them "
        f"fall on these. With so many the card’s figure less {short_name(duel)}’s is {more(gap, 0.1)} "
        f"opportunities a quarter (most likely {reach(gap, 0.1)})."
    ]


def key_figures(duel: Duel) -> tuple[KeyFigure, ...]:
    """Return the lines of the table under the answer, all a quarter; the difference is the card's loss or gain."""
    share = QUARTER / len(duel.counted)
    lines = []
    for key, label, finest in _KEYS:
        if key not in duel.measures:
            continue
        one = duel.measures[key]
        lines.append(_key(label, times(one.b, share), times(one.a, share), times(one.difference, -share), finest))
    rate = duel.measures["hit_rate"]
    hits = [times(figure, by) for figure, by in ((rate.b, 100), (rate.a, 100), (rate.difference, -100))]
    lines.append(_key("Calls of 100 that found an opportunity", hits[0], hits[1], hits[2], 1.0))
    return tuple(lines)


def _key(label: str, card: Estimate, other: Estimate, gap: Estimate, finest: float) -> KeyFigure:
    a, b, apart, step = matching(card, other, gap, finest)
    shown = show(apart, step, sign=isfinite(apart) and round(apart / step) != 0)
    return KeyFigure(label, show(a, step), show(b, step), shown, reach(gap, finest))


def _opportunities(figure: Estimate) -> str:
    said = amount(figure, 0.1)
    return f"{said} opportunit{'y' if said == '1' else 'ies'}"


def _not_ruled_out(found: Estimate) -> str:
    ends = [times(found, -1).low, times(found, -1).high]
    few, many = abs(min(ends[0], 0.0)), max(ends[1], 0.0)
    low, high = (amount(type(found)(value, found.low, found.high), 0.1) for value in (few, many))
    return (
        f"A quarter, the card may find up to {low} opportunities fewer or up to {high} more: the figures allow "
        "both, and cannot tell them apart."
    )


def _undecided(duel: Duel) -> str:
    """Say of money and wasted calls, too, what the figures leave open or not, in one sentence."""
    cost, parts = duel.cost, []
    if cost.pipeline is not None:
        parts.append(_way(times(cost.pipeline, -1), "in money the card’s opportunities", "ahead", "behind"))
    parts.append(_way(cost.to_nothing, "of calls that come to nothing the card makes", "more", "fewer"))
    return capital(" and ".join(parts)) + "."


def _way(gap: Estimate, what: str, above: str, below: str) -> str:
    """Return "in money the card’s opportunities are ahead by about 300 (most likely 100 to 500)", or the range."""
    by = what.startswith("in money")
    if gap.low * gap.high > 0:
        way, size = (above, gap) if gap.value > 0 else (below, times(gap, -1))
        said = f"are {way} by about {amount(size)}" if by else f"about {amount(size)} {way}"
        return f"{what} {said} a quarter (most likely {reach(size)})"
    step = step_of(gap.low, gap.high)
    low, high = show(abs(min(gap.low, 0.0)), step), show(max(gap.high, 0.0), step)
    said = f"may be up to {low} {below} or {high} {above}" if by else f"up to {low} {below} or {high} {above}"
    return f"{what} {said} a quarter"


def _money(pipeline: Estimate) -> str:
    if pipeline.low > 0:
        return (
            f"These opportunities are worth about {amount(pipeline)} a quarter (most likely {reach(pipeline)}), "
            "in the currency of the data."
        )
    if pipeline.high < 0:
        won = times(pipeline, -1)
        return (
            f"They are small ones: in value the card’s opportunities are ahead by about {amount(won)} a quarter "
            f"(most likely {reach(won)})."
        )
    step = step_of(pipeline.low, pipeline.high)
    return (
        "In money the difference is not clear, since a few large deals decide it: anything from a loss of "
        f"{show(pipeline.high, step)} to a gain of {show(-pipeline.low, step)} a quarter is likely."
    )
