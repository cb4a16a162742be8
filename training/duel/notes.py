"""What must be said beside a duel's figures so that nobody reads more into them than they hold."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from features.facts.clock import DAY, format_moment
from models.card import CardScorer
from training.comparison import FEW_POSITIVES
from training.duel.capacities import as_deep
from training.duel.cost import ALL_OF_THEM, QUARTER
from training.duel.rounding import show
from training.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.duel.arena import Arena
    from training.duel.capacities import CurvePoint
    from training.duel.measures import Part
    from training.duel.side import DuelSide


def take_notes(
    arena: Arena,
    a: DuelSide,
    b: DuelSide,
    whole: Part,
    curve: Sequence[CurvePoint],
    capacity: int,
    by_lot: float,
    exhausted: np.ndarray,
) -> tuple[str, ...]:
    """Return the notes as sentences; ``exhausted`` (counted weeks) is where a side's calls reached everybody."""
    said = [
        _base_rate(arena, a, b, whole, by_lot),
        _too_early(arena, a, b),
        _undecided(arena),
        _few_accounts(whole),
        _few_weeks(arena),
        _supply(capacity, exhausted),
        _absent(arena, curve, capacity, (a, b)),
        _never_listed(arena),
        *_money(arena),
        *(note for side in (a, b) for note in _card(arena, side)),
    ]
    return tuple(note for note in said if note)


def _base_rate(arena: Arena, a: DuelSide, b: DuelSide, whole: Part, by_lot: float) -> str:
    rate = float(arena.found[arena.counts].mean())
    hits = {side.label: whole.measures["hit_rate"] for side in (a, b)}
    rates = [f"{hits[a.label].a.value:.1%} of {a.label}'s", f"{hits[b.label].b.value:.1%} of {b.label}'s"]
    return (
        f"Of leads open on a Monday {rate:.1%} had their opportunity within {arena.horizon / DAY:g} days; of "
        f"calls {rates[0]} and {rates[1]} found one. As many calls drawn by lot would have found about "
        f"{by_lot:,.0f} of the {whole.opportunities:,} opportunities."
    )


def _too_early(arena: Arena, a: DuelSide, b: DuelSide) -> str:
    """Say how many of the opportunities that a side did not find it had called, only too early."""
    days = f"{arena.horizon / DAY:g} days"
    early = [_called_too_early(arena, side) for side in (a, b)]
    if not any(early):
        return ""
    return (
        f"A call more than {days} before the opportunity counts as not found: of those that it did not find, "
        f"{a.label} had called {early[0]:,} so early, {b.label} {early[1]:,}."
    )


def _called_too_early(arena: Arena, side: DuelSide) -> int:
    calls = side.calls
    too_early = np.unique(arena.lead[calls.called & arena.counts & ~arena.found])
    return int((calls.first_find[np.intersect1d(too_early, arena.reachable)] < 0).sum())


def _undecided(arena: Arena) -> str:
    young = int((~arena.decided).sum())
    if not young:
        return ""
    return (
        f"{young} of the {len(arena.mondays)} weeks are shown and not counted: the {arena.horizon / DAY:g} days "
        f"after them were not over on {format_moment(arena.dataset.observed_until)[:10]}, where the data end."
    )


def _few_accounts(whole: Part) -> str:
    if whole.accounts >= FEW_POSITIVES:
        return ""
    return f"Only {whole.accounts} accounts have an opportunity: the intervals are too narrow to build on."


def _few_weeks(arena: Arena) -> str:
    weeks = int(arena.decided.sum())
    if weeks >= QUARTER:
        return ""
    return f"Only {weeks} weeks are counted; what is said of a quarter is stretched from them to {QUARTER}."


def _supply(capacity: int, exhausted: np.ndarray) -> str:
    if not exhausted.any():
        return ""
    if exhausted.all():
        return f"In every counted week {capacity:,} calls reach everybody: the order of a list tells nothing."
    return (
        f"In {int(exhausted.sum())} of {len(exhausted)} counted weeks {capacity:,} calls reach everybody who "
        "could be called: there the order of a list tells nothing."
    )


def _absent(arena: Arena, curve: Sequence[CurvePoint], capacity: int, sides: tuple[DuelSide, DuelSide]) -> str:
    held = 1 - arena.absent
    if held > ALL_OF_THEM:
        return ""
    untaught = all(side.is_card for side in sides)
    why = (
        "a model trained on these data would learn from the other accounts, and cards stand on the same ground"
        if untaught
        else "accounts that a side learnt from are left out"
    )
    fair = as_deep(capacity, held)
    at = next((point.part for point in curve if point.capacity == fair and not point.exhausted), None)
    said = ""
    if at is not None:
        found = at.measures["found"]
        said = (
            f": with {fair:,} a week {sides[0].label} found {found.a.value:,.0f} of the "
            f"{at.opportunities:,} opportunities and {sides[1].label} {found.b.value:,.0f}, difference "
            f"{show(found.difference.value, 1, sign=True)} ({show(found.difference.low, 1)} to "
            f"{show(found.difference.high, 1)})"
        )
    return (
        f"The duel holds {held:.0%} of the leads that were open: {why}. "
        f"A team whose {capacity:,} calls are for all leads makes about {fair:,} of them on these{said}."
    )


def _never_listed(arena: Arena) -> str:
    created = arena.deals.created_at
    opened = np.zeros(len(created), bool)
    opened[arena.lead] = True
    began = arena.history.arrays.created_at >= arena.mondays[0]
    allowed = np.isin(arena.cluster, np.unique(arena.cluster[arena.lead]))
    missed = int((began & allowed & ~opened & (created <= arena.mondays[-1])).sum())
    if not missed:
        return ""
    verb = "was" if missed == 1 else "were"
    return (
        f"{missed:,} opportunit{'y' if missed == 1 else 'ies'} {verb} of leads that came and had it between two "
        "Mondays: no weekly list could hold them, and they are not counted."
    )


def _money(arena: Arena) -> list[str]:
    deals, leads = arena.deals, arena.reachable
    known = int(np.isfinite(deals.amount[leads]).sum())
    if not len(leads):
        return []
    if not known:
        return ["No opportunity has an amount: nothing is said of pipeline value and revenue."]
    said = []
    if known < len(leads):
        said.append(
            f"{len(leads) - known:,} of {len(leads):,} opportunities have no amount: pipeline value and revenue "
            "leave them out."
        )
    still = int((~deals.closed[leads]).sum())
    if still:
        said.append(
            f"{still:,} of {len(leads):,} opportunities are not closed, or their end is not known: won revenue "
            "may grow."
        )
    return said


def _card(arena: Arena, side: DuelSide) -> list[str]:
    if not isinstance(side.scorer, CardScorer):
        return []
    said = []
    agreed = side.scorer.card.agreed
    since = agreed.valid_from or agreed.on
    moment = dt.datetime(since.year, since.month, since.day, tzinfo=dt.UTC).timestamp() * 1e6
    counted = arena.mondays[arena.decided]
    before = int((counted < moment).sum())
    if before:
        verb = "holds from" if agreed.valid_from else "was agreed on"
        said.append(
            f"{_capital(side.label)} {verb} {since}, after {before} of the {len(counted)} counted weeks: whoever "
            "agreed it may have known what came of them."
        )
    unbound = side.scorer.unbound
    if unbound:
        names = [f'"{rule.name}"' for rule in unbound]
        points = "its points are" if len(names) == 1 else "their points are"
        said.append(f"The data have nothing of {side.label}'s {_rules(names)}: {points} never given.")
    return said


def _rules(names: list[str]) -> str:
    return f"rule {names[0]}" if len(names) == 1 else f"{len(names)} rules {listed(names)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
