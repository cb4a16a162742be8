"""What the team would have found: those at its capacity by either scorer, and those that only one finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment
from training.capacity import DAY, found_at_capacity, week_of
from training.compare.why import sentences

if TYPE_CHECKING:
    from training.compare.ground import Ground
    from training.compare.side import Side


@dataclass(frozen=True)
class Find:
    """A lead that only one scorer's list would have had called in time, and the row on which it would have been.

    ``week`` is the Monday of that call. ``probability_*`` and ``reasons_*`` are what either said of that row.
    """

    lead_id: str
    account_id: str
    week: str
    as_of: str
    probability_a: float
    probability_b: float
    reasons_a: list[str]
    reasons_b: list[str]


@dataclass(frozen=True)
class Finds:
    """How many of the ``opportunities`` both, only one, or neither would find at ``capacity`` calls a week."""

    capacity: int
    opportunities: int
    both: int
    neither: int
    only_a: tuple[Find, ...]
    only_b: tuple[Find, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def measure_finds(ground: Ground, a: Side, b: Side, capacity: int, seed: int) -> Finds:
    """Replay the calls of both, as :func:`training.capacity.found_at_capacity` does for the table."""
    held = ground.held
    positive = held.label == 1
    weeks = week_of(held.as_of)
    picks = [
        found_at_capacity(weeks, ground.lead_ids, side.score, positive, capacity, as_of=held.as_of, seed=seed)
        for side in (a, b)
    ]
    hits = [np.flatnonzero(pick.mask & positive) for pick in picks]
    leads = [set(held.lead[rows].tolist()) for rows in hits]
    only = [
        _described(ground, a, b, np.array([r for r in rows if held.lead[r] not in others], np.int64))
        for rows, others in ((hits[0], leads[1]), (hits[1], leads[0]))
    ]
    opportunities = picks[0].opportunities
    both = len(leads[0] & leads[1])
    return Finds(capacity, opportunities, both, opportunities - len(leads[0] | leads[1]), only[0], only[1])


def _described(ground: Ground, a: Side, b: Side, rows: np.ndarray) -> tuple[Find, ...]:
    """Describe rows in the order of their week."""
    if len(rows) == 0:
        return ()
    monday = (week_of(ground.held.as_of[rows]) * 7 - 3) * DAY
    why = [sentences(side.scorer, side.held[rows]) for side in (a, b)]
    return tuple(
        Find(
            lead_id=str(ground.lead_ids[row]),
            account_id=str(ground.accounts[row]),
            week=format_moment(int(monday[i]))[:10],
            as_of=format_moment(int(ground.held.as_of[row])),
            probability_a=float(a.probability[row]),
            probability_b=float(b.probability[row]),
            reasons_a=why[0][i],
            reasons_b=why[1][i],
        )
        for i, row in enumerate(rows)
    )
