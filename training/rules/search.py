"""Whole points for chosen rules: the nearest steps to their worth, then step by step to the least log loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.rules.points import limits, on_step

if TYPE_CHECKING:
    from training.rules.loss import PointsTable
    from training.rules.rows import RuleRows
    from training.rules.scale import Proportions


@dataclass(frozen=True)
class Terms:
    """What proposed points must keep to: multiples of each rule's step, ``steps`` by rule number.

    With ``negative`` engagement may be punished. An agreed sign turns only where the interval at ``quantile`` of
    the normal distribution says so.
    """

    steps: tuple[int, ...]
    quantile: float
    negative: bool = False


def starting_points(
    rows: RuleRows, proportions: Proportions, free: tuple[int, ...], terms: Terms
) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    """Return by rule number the steps nearest to the worth of the free rules (places), and what they may be."""
    _, worth = proportions.freed(free)
    points: dict[int, int] = {}
    ends: dict[int, tuple[int, int]] = {}
    for place in free:
        rule = int(proportions.fit.rules[place])
        ends[rule] = limits(rows, proportions, place, free, terms.quantile, negative=terms.negative)
        points[rule] = on_step(float(worth[place]), terms.steps[rule], ends[rule])
    return points, ends


def descend(
    table: PointsTable, points: dict[int, int], ends: dict[int, tuple[int, int]], steps: tuple[int, ...]
) -> dict[int, int]:
    """Return points from which no single step of a rule in ``ends``, up or down, lowers the log loss."""
    best, least = dict(points), table.loss(points)
    moved = True
    while moved:
        moved = False
        for rule in (one for one in points if one in ends):
            for other in (best[rule] - steps[rule], best[rule] + steps[rule]):
                if not ends[rule][0] <= other <= ends[rule][1]:
                    continue
                tried = {**best, rule: other}
                loss = table.loss(tried)
                if loss < least - 1e-12:
                    best, least, moved = tried, loss, True
    return best
