"""The grade-churn bill: which open leads would have another grade if the first scorer took the second's place.

Why a lead moves is told by business things. Points of two scorers do not start from the same place (a card starts
at nothing, a model at its average), while a grade is a place among the other leads; therefore each thing's points
are taken beside those of the average open lead.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.scorer import GRADES
from training.compare.why import group_points
from training.metrics import log_odds
from training.words import listed

if TYPE_CHECKING:
    from training.compare.ground import Ground
    from training.compare.side import Side

#: So many leads are listed each way, each with so many reasons.
LISTED, REASONS = 20, 3
#: Averages are taken over at most so many leads, evenly spread: contributions of all would take minutes.
AVERAGED = 4000


@dataclass(frozen=True)
class Move:
    """One business thing's part in a move: its points by either scorer, beside the average open lead's."""

    group: str
    points_a: float
    points_b: float

    @property
    def sentence(self) -> str:
        """As in "web visits +14 instead of +2"."""
        return f"{self.group} {self.points_a:+.0f} instead of {self.points_b:+.0f}".replace("-", "−")


@dataclass(frozen=True)
class Mover:
    """An open lead whose grade changes from ``before`` (the second scorer's) to ``after`` (the first's)."""

    lead_id: str
    before: str
    after: str
    probability_before: float
    probability_after: float
    reasons: tuple[Move, ...]


@dataclass(frozen=True)
class Churn:
    """The bill. ``table`` (4, 4) counts open leads by the second scorer's grade (rows) and the first's (columns).

    ``up`` and ``down`` hold the leads that move furthest; ``causes`` are the things that differ most over all
    that change, each with its mean absolute difference in points.
    """

    n_open: int
    table: tuple[tuple[int, ...], ...]
    rises: int
    falls: int
    up: tuple[Mover, ...]
    down: tuple[Mover, ...]
    causes: tuple[tuple[str, float], ...]

    @property
    def changed(self) -> int:
        """How many open leads would change grade."""
        return self.rises + self.falls

    @property
    def share(self) -> float:
        """Which share of the open leads would change grade."""
        return self.changed / self.n_open

    def sentence(self, a: str, b: str) -> str:
        """Return the bill in words, the scorers under the given names."""
        if not self.changed:
            return f"None of the {self.n_open:,} open leads would change grade from {b} to {a}."
        said = (
            f"Of {self.n_open:,} open leads {self.changed:,} ({self.share:.0%}) would change grade from {b} to "
            f"{a}: {self.rises:,} up and {self.falls:,} down"
        )
        names = [name for name, _ in self.causes]
        return said + (f", mostly for {listed(names)}." if names else ".")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"grades": list(GRADES), "changed": self.changed, "share": self.share} | asdict(self)


def measure_churn(ground: Ground, a: Side, b: Side) -> Churn | None:
    """Grade every open lead with both; None where no lead is open."""
    if not len(ground.opened):
        return None
    place = {grade: number for number, grade in enumerate(GRADES)}
    after, before = (np.array([place[g] for g in side.grades]) for side in (a, b))
    steps = before - after
    table = np.zeros((len(GRADES), len(GRADES)), np.int64)
    np.add.at(table, (before, after), 1)
    gain = log_odds(a.scorer.probability(a.opened)) - log_odds(b.scorer.probability(b.opened))
    up = _furthest(steps, gain)
    down = _furthest(-steps, -gain)
    average = [_average(side) for side in (a, b)]
    return Churn(
        n_open=len(steps),
        table=tuple(tuple(int(n) for n in row) for row in table),
        rises=int((steps > 0).sum()),
        falls=int((steps < 0).sum()),
        up=_movers(ground, a, b, up, average, 1),
        down=_movers(ground, a, b, down, average, -1),
        causes=_causes(a, b, np.flatnonzero(steps), average),
    )


def _furthest(steps: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Return the leads that move furthest that way: by grades, then by probability."""
    moved = np.flatnonzero(steps > 0)
    return moved[np.lexsort((moved, -gain[moved], -steps[moved]))][:LISTED]


def _spread(numbers: np.ndarray) -> np.ndarray:
    return numbers[:: max(1, -(-len(numbers) // AVERAGED))]


def _average(side: Side) -> dict[str, float]:
    sample = _spread(np.arange(len(side.opened)))
    return {name: float(points.mean()) for name, points in group_points(side.scorer, side.opened[sample]).items()}


def _beside_average(side: Side, rows: np.ndarray, average: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: points - average[name] for name, points in group_points(side.scorer, side.opened[rows]).items()}


def _both(
    a: Side, b: Side, rows: np.ndarray, average: list[dict[str, float]]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the things that either reads, and both's points of them beside the average, each (things, rows)."""
    found = [_beside_average(side, rows, mean) for side, mean in zip((a, b), average, strict=True)]
    names = list(dict.fromkeys([*found[0], *found[1]]))
    nothing = np.zeros(len(rows))
    first, second = (
        np.array([part.get(name, nothing) for name in names]).reshape(len(names), -1) for part in found
    )
    return names, first, second


def _movers(
    ground: Ground, a: Side, b: Side, rows: np.ndarray, average: list[dict[str, float]], way: int
) -> tuple[Mover, ...]:
    if len(rows) == 0:
        return ()
    names, first, second = _both(a, b, rows, average)
    pull = (first - second) * way
    chances = [side.scorer.probability(side.opened[rows]) for side in (a, b)]
    found = []
    for i, row in enumerate(rows):
        order = [j for j in np.argsort(-pull[:, i], kind="stable")[:REASONS] if pull[j, i] >= 0.5]
        reasons = tuple(Move(names[j], float(first[j, i]), float(second[j, i])) for j in order)
        found.append(
            Mover(
                lead_id=str(ground.history.lead_ids[ground.opened[row]]),
                before=str(b.grades[row]),
                after=str(a.grades[row]),
                probability_before=float(chances[1][i]),
                probability_after=float(chances[0][i]),
                reasons=reasons,
            )
        )
    return tuple(found)


def _causes(
    a: Side, b: Side, changed: np.ndarray, average: list[dict[str, float]]
) -> tuple[tuple[str, float], ...]:
    if len(changed) == 0:
        return ()
    names, first, second = _both(a, b, _spread(changed), average)
    size = np.abs(first - second).mean(axis=1)
    return tuple((names[i], float(size[i])) for i in np.argsort(-size, kind="stable")[:REASONS] if size[i] > 0)
