"""When: the two scorers in equal stretches of the held-out time, and what relying on one alone would have cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment
from training.compare.paired import Part, measure_part, paired_dict

if TYPE_CHECKING:
    from training.compare.ground import Ground
    from training.compare.side import Side

#: So many stretches at most, and no more than leave each this many leads with an opportunity.
MOST, FEWEST = 4, 10


@dataclass(frozen=True)
class Period:
    """A stretch of the held-out time, from one moment to before another, in microseconds."""

    begins: int
    ends: int
    part: Part

    @property
    def name(self) -> str:
        """Its days."""
        return f"{format_moment(self.begins)[:10]} to {format_moment(self.ends)[:10]}"

    @property
    def regret(self) -> tuple[float, float]:
        """How much log loss each of the two loses there to the better one of them, in nats a row."""
        loss = self.part.measures["log_loss"]
        best = min(loss.a, loss.b)
        return loss.a - best, loss.b - best

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {"from": format_moment(self.begins), "until": format_moment(self.ends)}
        return own | paired_dict(self.part) | {"regret": dict(zip("ab", self.regret, strict=True))}


@dataclass(frozen=True)
class Regret:
    """The worst and the mean regret of one scorer over the periods, in nats a row."""

    worst: float
    mean: float


def measure_periods(ground: Ground, a: Side, b: Side) -> tuple[Period, ...]:
    """Measure both in as many equal stretches of time as leave each enough opportunities; none below two."""
    as_of = ground.held.as_of
    for count in range(MOST, 1, -1):
        edges = np.linspace(as_of.min(), as_of.max() + 1, count + 1).astype(np.int64)
        where = np.searchsorted(edges, as_of, side="right") - 1
        leads = [ground.held.lead[(where == i) & (ground.held.label == 1)] for i in range(count)]
        if min(len(np.unique(part)) for part in leads) >= FEWEST and _both(ground, where, count):
            return tuple(
                Period(int(edges[i]), int(edges[i + 1]), measure_part(ground, a, b, where == i))
                for i in range(count)
            )
    return ()


def _both(ground: Ground, where: np.ndarray, count: int) -> bool:
    return all((ground.held.label[where == i] == 0).any() for i in range(count))


def regrets(periods: tuple[Period, ...]) -> tuple[Regret, Regret] | None:
    """Return both scorers' regret over the periods, None without any."""
    if not periods:
        return None
    each = np.array([period.regret for period in periods])
    first, second = (Regret(float(column.max()), float(column.mean())) for column in each.T)
    return first, second
