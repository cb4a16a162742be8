"""The agreed card's scale: how far points spread, in what steps they go, and as many leads a grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.fit import DEFAULT_SHARES

if TYPE_CHECKING:
    from models.card import PointCard
    from training.material import Material

#: Where there is no card, the best lead has so many points.
BEST_LEAD = 100
#: Points go in the largest of these steps in which most of the agreed rules' points go.
_STEPS, _MOST = (10, 5, 2, 1), 0.75
#: Without a card.
DEFAULT_STEP = 5


@dataclass(frozen=True)
class Scale:
    """``spread`` is the standard deviation of the agreed total over the training rows, None without a card.

    ``step`` is what all points are multiples of; ``shares`` are those of leads with A, with A or B, and with A to
    C, and ``qualified`` that of leads handed to sales.
    """

    spread: float | None
    step: int
    shares: tuple[float, float, float]
    qualified: float

    def per_log_odds(self, log_odds: np.ndarray) -> float:
        """Return the points that a log-odds is worth, from the distilled log-odds of the training rows (n,)."""
        if self.spread is not None:
            return self.spread / max(float(np.std(log_odds)), 1e-9)
        return BEST_LEAD / max(float(np.ptp(log_odds)), 1e-9)


def scale_of(material: Material, step: int | None = None) -> Scale:
    """Take the scale from the agreed card over the training rows, its grades over the late ones."""
    card = material.card
    if card is None:
        return Scale(None, step or DEFAULT_STEP, DEFAULT_SHARES, DEFAULT_SHARES[1])
    total = card.total(material.card_matrix)
    late = total[material.parts.late]
    a, b, c = (float((late >= cut).mean()) for cut in card.card.grades.as_tuple())
    spread = float(np.std(total[material.parts.train])) or None
    return Scale(spread, step or step_of(card.card), (a, b, c), float((late >= card.card.qualified).mean()))


def step_of(card: PointCard) -> int:
    """Return the step in which most of a card's points go: 10, 5, 2 or 1."""
    points = np.array([rule.points for rule in card.rules])
    return next(step for step in _STEPS if (points % step == 0).mean() >= _MOST or step == 1)


def cuts_near(total: np.ndarray, shares: tuple[float, ...]) -> tuple[int, ...]:
    """Return falling whole cuts of ``total`` (n,) with shares of rows above them nearest to ``shares``.

    A total takes few values, so that shares are met only as nearly as these allow; the first cut is one that some
    row reaches, since a grade that nobody can have is a fault of a card.

    >>> cuts_near(np.array([0, 0, 10, 10, 20, 30]), (0.2, 0.4, 0.6))
    (30, 20, 10)
    """
    values = np.unique(total)[::-1]
    above = np.array([(total >= value).mean() for value in values])
    cuts: list[int] = []
    for share in shares:
        nearest = int(values[np.abs(above - share).argmin()])
        if cuts and nearest >= cuts[-1]:
            lower = values[values < cuts[-1]]
            nearest = int(lower[0]) if len(lower) else cuts[-1] - 1
        cuts.append(nearest)
    return tuple(cuts)
