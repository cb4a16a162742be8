"""The leads behind the figures: those that only one side found, and the best that both missed, with reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import DAY, format_moment
from training.compare.why import sentences
from training.duel.side import DuelSide, matrix_of

if TYPE_CHECKING:
    from training.duel.arena import Arena

#: So many leads that both missed are listed, and at most so many that only one side found.
MISSES, LISTED = 20, 500


@dataclass(frozen=True)
class View:
    """What one side made of a lead on a Monday: its ``place`` on that day's list, from 1, and its reasons.

    ``place`` is None where the side had called the lead before, on ``called`` (a date; None if never by then).
    ``score`` is what the side ranks by: points of a card, log-odds of a model.
    """

    place: int | None
    called: str | None
    score: float
    reasons: list[str]


@dataclass(frozen=True)
class DuelFind:
    """A lead with an opportunity, on the Monday ``week`` of the call that found it.

    Of a lead that both missed ``week`` is the Monday on which it stood highest on either list in time.
    ``days_early`` is from that Monday to the opportunity; ``amount`` is None where it is not known, ``won`` where
    the opportunity's end is not.
    """

    lead_id: str
    account_id: str
    week: str
    opportunity: str
    days_early: float
    amount: float | None
    won: bool | None
    a: View
    b: View

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def only_one(arena: Arena, a: DuelSide, b: DuelSide) -> tuple[tuple[DuelFind, ...], tuple[DuelFind, ...]]:
    """Return the leads that only ``a`` found and those that only ``b`` found, by value, then by week."""
    first, second = a.calls.first_find, b.calls.first_find
    return (
        _described(arena, a, b, _by_value(arena, first[(first >= 0) & (second < 0)])[:LISTED]),
        _described(arena, a, b, _by_value(arena, second[(second >= 0) & (first < 0)])[:LISTED]),
    )


def best_misses(arena: Arena, a: DuelSide, b: DuelSide) -> tuple[DuelFind, ...]:
    """Return the leads of the highest value that neither found, or without amounts those that came nearest."""
    reachable = np.zeros(len(arena.cluster), bool)
    reachable[arena.reachable] = True
    missed = reachable & (a.calls.first_find < 0) & (b.calls.first_find < 0)
    rows = np.flatnonzero(missed[arena.lead] & arena.found & arena.counts)
    places = np.array([side.calls.place[rows] for side in (a, b)])
    nearest = np.where(places > 0, places, len(arena) + 1).min(axis=0)
    order = np.lexsort((arena.week[rows], nearest, arena.lead[rows]))
    _, first = np.unique(arena.lead[rows[order]], return_index=True)
    best, near = rows[order][first], nearest[order][first]
    amount = np.nan_to_num(arena.deals.amount[arena.lead[best]])
    return _described(arena, a, b, best[np.lexsort((near, -amount))][:MISSES])


def _by_value(arena: Arena, rows: np.ndarray) -> np.ndarray:
    lead = arena.lead[rows]
    amount = np.nan_to_num(arena.deals.amount[lead])
    return rows[np.lexsort((arena.tie[lead], arena.week[rows], -amount))]


def _described(arena: Arena, a: DuelSide, b: DuelSide, rows: np.ndarray) -> tuple[DuelFind, ...]:
    if len(rows) == 0:
        return ()
    lead, deals = arena.lead[rows], arena.deals
    seen = [_views(arena, side, rows) for side in (a, b)]
    names = arena.account_ids(lead)
    return tuple(
        DuelFind(
            lead_id=str(arena.history.lead_ids[number]),
            account_id=str(names[i]),
            week=arena.day(int(arena.week[rows[i]])),
            opportunity=format_moment(int(deals.created_at[number])),
            days_early=float((deals.created_at[number] - arena.as_of[rows[i]]) / DAY),
            amount=None if np.isnan(deals.amount[number]) else float(deals.amount[number]),
            won=bool(deals.won[number]) if deals.closed[number] else None,
            a=seen[0][i],
            b=seen[1][i],
        )
        for i, number in enumerate(lead)
    )


def _views(arena: Arena, side: DuelSide, rows: np.ndarray) -> list[View]:
    why = sentences(side.scorer, matrix_of(side.scorer, arena, rows))
    called = np.flatnonzero(side.calls.called)
    found = []
    for row, reasons in zip(rows, why, strict=True):
        before = called[(arena.lead[called] == arena.lead[row]) & (arena.week[called] < arena.week[row])]
        place = int(side.calls.place[row])
        found.append(
            View(
                place=place or None,
                called=arena.day(int(arena.week[before].max())) if len(before) else None,
                score=float(side.score[row]),
                reasons=reasons,
            )
        )
    return found
