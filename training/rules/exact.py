"""The best card within so many changes by trying all sets of rules and all whole points around their worth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

from scipy.stats import norm

from features.errors import ConfigError
from training.rules.joint import fit_jointly
from training.rules.loss import PointsTable
from training.rules.points import steps_of
from training.rules.scale import Proportions
from training.rules.search import Terms, starting_points
from training.rules.select import LEVEL

if TYPE_CHECKING:
    from training.rules.rows import RuleRows

#: On cards of more rules there would be too many sets.
MOST_RULES = 10


@dataclass(frozen=True)
class ExactRefit:
    """The changes, by rule name, with the least log loss on the rows that it was searched on."""

    changes: dict[str, int]
    log_loss: float
    tried: int


def exact_refit(
    rows: RuleRows, changes: int, *, step: int | None = None, reach: int = 2, allow_negative: bool = False
) -> ExactRefit:
    """Search all sets of at most ``changes`` rules, and for each all points within ``reach`` steps of the best.

    Where the best points of a set lie on the edge of what was tried, the search of that set goes on around
    them. No test is asked: this is what :func:`training.rules.refit_path` is held against.

    Raises
    ------
    ConfigError
        The card has more than ten rules.

    """
    if len(rows.rules) > MOST_RULES:
        raise ConfigError(
            f"card {rows.card.card.name}: an exact search tries all sets of rules, and it has {len(rows.rules)}; "
            f"expected at most {MOST_RULES}",
            hint="leadquality card refit finds the changes on any card",
        )
    fit = fit_jointly(rows)
    proportions, table = Proportions(fit, rows.given[fit.rules]), PointsTable(rows)
    quantile = float(norm.isf(LEVEL / 2 / len(fit.rules)))
    terms = Terms((step,) * len(rows.rules) if step else steps_of(rows.card.card), quantile, allow_negative)
    best, least, tried = {}, table.loss({}), 1
    for size in range(1, changes + 1):
        for free in combinations(range(len(fit.rules)), size):
            if not proportions.can_free(free):
                continue
            points, loss, count = _around(rows, proportions, free, table, terms, reach)
            tried += count
            if loss < least - 1e-12:
                best, least = points, loss
    named = {rows.rules[j].name: given for j, given in best.items() if given != rows.rules[j].points}
    return ExactRefit(named, least, tried)


def _around(
    rows: RuleRows,
    proportions: Proportions,
    free: tuple[int, ...],
    table: PointsTable,
    terms: Terms,
    reach: int,
) -> tuple[dict[int, int], float, int]:
    center, ends = starting_points(rows, proportions, free, terms)
    known: dict[tuple[int, ...], float] = {}
    steps = [terms.steps[rule] for rule in center]
    while True:
        for moves in product(range(-reach, reach + 1), repeat=len(free)):
            points = {rule: center[rule] + size * k for rule, size, k in zip(center, steps, moves, strict=True)}
            if all(ends[rule][0] <= given <= ends[rule][1] for rule, given in points.items()):
                key = tuple(points.values())
                if key not in known:
                    known[key] = table.loss(points)
        nearest = min(known, key=lambda points: known[tuple(points)])
        best = dict(zip(center, nearest, strict=True))
        inside = all(abs(best[rule] - center[rule]) < reach * terms.steps[rule] for rule in center)
        if inside or best == center:
            return best, known[tuple(best.values())], len(known)
        center = best
