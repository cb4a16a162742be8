"""The refit: which rules should have other points, by how much, in what order, and what that gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2, norm

from training.comparison import Estimate
from training.rules.joint import fit_jointly
from training.rules.judge import CONFIDENCE
from training.rules.loss import PointsTable
from training.rules.path import Change, RefitPath, Step
from training.rules.points import steps_of
from training.rules.repeats import find_repeats
from training.rules.scale import Proportions
from training.rules.search import Terms, descend, starting_points
from training.rules.select import LEVEL, holm, level_after, select

if TYPE_CHECKING:
    from training.rules.gains import HeldOut
    from training.rules.rows import RuleRows

#: By more than this share of those that qualify now, a change is worth a word.
MOVED = 0.2
#: So long a path is shown where at least its first step is proven.
FURTHER = 3


def refit_path(
    rows: RuleRows,
    held: HeldOut | None = None,
    *,
    changes: int | None = None,
    unit: int | None = None,
    level: float | None = LEVEL,
    allow_negative: bool = False,
) -> RefitPath:
    """Propose the fewest changes of a bound card's points that the rows ask for.

    Which rules change is decided by :func:`training.rules.select.select` on all rows given; the whole points then
    lower the log loss, and a change that does not lower it by as much as its test demands, with intercept and
    scale fitted anew, is dropped (a likelihood ratio, divided by the design effect: Rao & Scott 1984). The levels
    are the selection's: one change at least passes the first, all others the later one. ``held`` decides nothing:
    it only says what the path gains.

    Parameters
    ----------
    rows
        Decided rows to learn from.
    held
        Rows to measure on.
    changes
        At most so many steps; all that are proven where nothing is said.
    unit
        Points are multiples of it; of the card's own steps (:func:`training.rules.points.steps_of`) where nothing
        is said.
    level
        Probability of any false proposal on a right card; after a first change the tests are at 5 %. None asks
        for no proof: exactly the best ``changes`` changes.
    allow_negative
        Whether a rule may punish more engagement.

    Raises
    ------
    ValueError
        ``level`` is None and ``changes`` is not given.

    """
    if level is None and changes is None:
        raise ValueError("without a level say how many changes are wanted")
    sizes = (unit,) * len(rows.rules) if unit else steps_of(rows.card.card)
    table, steps, further, scale = PointsTable(rows), list[Step](), list[Step](), float("nan")
    notes: list[str] = []
    if int(np.count_nonzero(rows.given[rows.testable])) > 2:
        fit = fit_jointly(rows)
        proportions = Proportions(fit, rows.given[fit.rules])
        chosen = _chosen(rows, proportions, level, changes)
        quantile = float(norm.isf((level or LEVEL) / 2 / len(fit.rules)))
        terms = Terms(sizes, quantile, allow_negative)
        scale = proportions.scale(chosen).value
        points = _points(rows, proportions, chosen, table, terms, level)
        order = _ordered(table, points)[:changes]
        steps = _steps(rows, proportions, chosen, {}, points, order, table, held)
        if steps and level is not None:
            proven = {j: points[j] for j in order}
            further = _further(rows, proportions, proven, (changes or FURTHER) - len(order), table, terms, held)
        notes = _notes(rows, proportions, chosen, points) + _qualified(held, points, order)
    else:
        notes.append("With fewer than three rules to go by, points cannot be told from their scale.")
    return RefitPath(
        card=rows.card.card,
        unit=min(sizes),
        log_odds_per_point=scale,
        log_loss=table.loss({}),
        qualified=None if held is None else held.qualified({}),
        n_leads=rows.leads(np.ones(len(rows), bool)),
        n_opportunities=rows.leads(rows.label > 0),
        steps=tuple(steps),
        further=tuple(further),
        notes=tuple(notes),
    )


def _chosen(rows: RuleRows, proportions: Proportions, level: float | None, changes: int | None) -> tuple[int, ...]:
    """Return the places of the rules that should change."""
    fit = proportions.fit
    places = {int(rule): place for place, rule in enumerate(fit.rules)}
    together = {places[one.rule]: places[one.of] for one in find_repeats(rows, fit).values()}
    found = select(proportions, level=level, most=changes if level is None else None, together=together)
    return found[-1].free if found else ()


def _points(
    rows: RuleRows,
    proportions: Proportions,
    chosen: tuple[int, ...],
    table: PointsTable,
    terms: Terms,
    level: float | None,
) -> dict[int, int]:
    """Return the new points by rule number, but for those that come out as agreed or fail the likelihood."""
    points, ends = starting_points(rows, proportions, chosen, terms)
    points = _without_agreed(rows, descend(table, points, ends, terms.steps))
    if level is None:
        return points
    many, effect = len(proportions.given), proportions.fit.design_effect
    while points:
        lost = {j: _lost(rows, table, points, j) / effect for j in points}
        weakest = min(lost, key=lost.__getitem__)
        # As in the selection: a change more is tested among the rules that were not yet freed without it.
        if lost[weakest] >= _needed(level_after(len(points) - 1, level), many - len(points) + 1):
            break
        points.pop(weakest)
        points = _without_agreed(rows, descend(table, points, ends, terms.steps))
    if points and max(lost.values()) < _needed(level, many):
        return {}
    return points


def _needed(level: float, among: int) -> float:
    """Return the chi-square, of one degree of freedom, that the strongest of so many must reach."""
    return float(chi2.isf(level / among, 1))


def _further(
    rows: RuleRows,
    proportions: Proportions,
    proven: dict[int, int],
    more: int,
    table: PointsTable,
    terms: Terms,
    held: HeldOut | None,
) -> list[Step]:
    """Return the steps that would come next, which these rows cannot tell from chance; proven points stay."""
    if more <= 0:
        return []
    known = {place for place, rule in enumerate(proportions.fit.rules) if int(rule) in proven}
    best = tuple(sorted({*_chosen(rows, proportions, None, len(proven) + more), *known}))
    points, ends = starting_points(rows, proportions, best, terms)
    others = {rule: limits for rule, limits in ends.items() if rule not in proven}
    points = descend(table, {**{rule: points[rule] for rule in others}, **proven}, others, terms.steps)
    points = _without_agreed(rows, points)
    order = _ordered(table, points, tuple(proven))[len(proven) : len(proven) + more]
    return _steps(rows, proportions, best, proven, points, order, table, held)


def _qualified(held: HeldOut | None, points: dict[int, int], order: list[int]) -> list[str]:
    """Say where clearly more or fewer leads would qualify, though points are on the same scale."""
    if held is None or not order:
        return []
    before, after = held.qualified({}), held.qualified({j: points[j] for j in order})
    if abs(after - before) <= MOVED * before:
        return []
    return [
        f"With these points {after:.0%} of leads would qualify, {before:.0%} do now: agree on the thresholds anew."
    ]


def _lost(rows: RuleRows, table: PointsTable, points: dict[int, int], rule: int) -> float:
    """Return twice the log likelihood that is lost without one change."""
    less = {j: given for j, given in points.items() if j != rule}
    return 2 * float(rows.weight.sum()) * (table.loss(less) - table.loss(points))


def _without_agreed(rows: RuleRows, points: dict[int, int]) -> dict[int, int]:
    return {j: given for j, given in points.items() if given != rows.rules[j].points}


def _ordered(table: PointsTable, points: dict[int, int], first: tuple[int, ...] = ()) -> list[int]:
    """Return the rules in the order in which their changes lower the log loss most, each after those before."""
    order = list(first)
    while len(order) < len(points):
        so_far = {j: points[j] for j in order}
        left = [j for j in points if j not in so_far]
        order.append(min(left, key=lambda j: table.loss({**so_far, j: points[j]})))
    return order


def _steps(
    rows: RuleRows,
    proportions: Proportions,
    chosen: tuple[int, ...],
    before: dict[int, int],
    points: dict[int, int],
    order: list[int],
    table: PointsTable,
    held: HeldOut | None,
) -> list[Step]:
    quantile = float(norm.isf((1 - CONFIDENCE) / 2 / len(proportions.given)))
    p_values = holm({i: _p_value(proportions, chosen, i) for i in chosen}, len(proportions.given))
    agreed, steps = table.line({}), []
    for rule in order:
        after = {**before, rule: points[rule]}
        place = int(np.flatnonzero(proportions.fit.rules == rule)[0])
        change = Change(
            rule=rows.rules[rule].name,
            before=rows.rules[rule].points,
            after=points[rule],
            each=rows.rules[rule].repeats,
            worth=Estimate(*proportions.worth(place, chosen, quantile)),
            p_value=p_values[place],
        )
        held_step = held_all = None
        if held is not None:
            line = table.line(after)
            held_step = held.gains(after, line, before, table.line(before))
            held_all = held.gains(after, line, {}, agreed)
        steps.append(
            Step(
                change=change,
                log_loss=table.loss(after),
                gain=table.loss(before) - table.loss(after),
                held=None if held_step is None else held_step.log_loss,
                held_in_all=None if held_all is None else held_all.log_loss,
                found=None if held_all is None else held_all.found,
                qualified=None if held is None else held.qualified(after),
            )
        )
        before = after
    return steps


def _p_value(proportions: Proportions, chosen: tuple[int, ...], place: int) -> float:
    others = tuple(i for i in chosen if i != place)
    drop = proportions.distance(others) - proportions.distance(chosen)
    return float(chi2.sf(drop, 1))


def _notes(rows: RuleRows, proportions: Proportions, chosen: tuple[int, ...], points: dict[int, int]) -> list[str]:
    numbers = [int(proportions.fit.rules[place]) for place in chosen]
    notes = [
        f"{rows.rules[j].name} seems worth something else than was agreed, but no other points that may be given "
        f"are clearly better."
        for j in numbers
        if j not in points
    ]
    if 2 * len(chosen) > len(proportions.given):
        notes.append(
            "More than half of the rules would change, so that the scale of the points is that of the few others: "
            "agree a new card rather than mend this one."
        )
    return notes
