"""A card's rules as a table of numbers, and the kernel that gives their points row by row.

:mod:`models.card.points` states what a rule means, on one rule and many values; a request asks a dozen rules of
one lead, where looking at each rule's kind anew costs more than the arithmetic. Tests hold the two to each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from features.texts import READERS
from models.card.points import SLACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.card.rule import Rule

#: How a rule is met: by what is not known, between two ends, from a least number on, by one of some levels; or it
#: gives points for each.
_MISSING, _WITHIN, _AT_LEAST, _LEVELS, _EACH = range(5)
_UNBOUND = -1
_SLACK = SLACK


class RuleTable(NamedTuple):
    """One row a rule, all (rules,) but the levels.

    ``column`` is what it reads, -1 for nothing; ``low`` and ``high`` are its ends, or its least number in ``low``;
    ``points`` what it gives, ``most`` and ``least`` where repeated points end. The levels of rule i that are meant
    are ``levels[level_start[i] : level_start[i + 1]]``.
    """

    column: np.ndarray
    sort: np.ndarray
    low: np.ndarray
    high: np.ndarray
    points: np.ndarray
    least: np.ndarray
    most: np.ndarray
    level_start: np.ndarray
    levels: np.ndarray


def rule_table(rules: Sequence[Rule], columns: Sequence[int | None]) -> RuleTable:
    """Return the table of rules that read these columns of a matrix, None for a rule that reads nothing."""
    rows = [_row(rule) for rule in rules]
    levels = [_levels(rule) for rule in rules]
    sorts, low, high, least, most = (np.array(part) for part in zip(*rows, strict=True))
    return RuleTable(
        np.array([_UNBOUND if column is None else column for column in columns], np.int64),
        sorts.astype(np.int64),
        low.astype(np.float64),
        high.astype(np.float64),
        np.array([rule.points for rule in rules], np.float64),
        least.astype(np.float64),
        most.astype(np.float64),
        np.cumsum([0, *(len(own) for own in levels)]).astype(np.int64),
        np.array([level for own in levels for level in own], np.float64),
    )


def _row(rule: Rule) -> tuple[int, float, float, float, float]:
    """Return a rule's sort, low, high, least and most."""
    low, high, least, most = -math.inf, math.inf, -math.inf, math.inf
    if rule.repeats:
        if rule.cap is not None:
            least, most = (least, float(rule.cap)) if rule.points > 0 else (float(rule.cap), most)
        return _EACH, low, high, least, most
    if rule.missing:
        return _MISSING, low, high, least, most
    if rule.ends is not None:
        low, high = (end if given is None else given for end, given in zip((low, high), rule.ends, strict=True))
        return _WITHIN, low, high, least, most
    if rule.attribute is None:
        return _AT_LEAST, float(rule.distinct_days or rule.at_least or 1), high, least, most
    return _LEVELS, low, high, least, most


def _levels(rule: Rule) -> list[float]:
    """Return the values by which a rule on an attribute's text is met."""
    if rule.repeats or rule.missing or rule.attribute is None or rule.ends is not None:
        return []
    if rule.read is None:
        return [1.0]
    return [float(READERS[rule.read].levels.index(text)) for text in rule.texts]


@njit(nogil=True, cache=True)
def points_by_rule(matrix: np.ndarray, table: RuleTable, out: np.ndarray) -> None:
    """Write the points of every rule for every row of a matrix, float64 (n, f), into ``out``, int64 (n, rules)."""
    for row in range(len(matrix)):
        for rule in range(len(table.column)):
            out[row, rule] = 0
            column = table.column[rule]
            if column >= 0:
                out[row, rule] = _points(matrix[row, column], rule, table)


@njit(nogil=True, cache=True)
def card_totals(matrix: np.ndarray, table: RuleTable, fit_rules: int, caps: np.ndarray, out: np.ndarray) -> None:
    """Write a card's points for every row of a matrix, float64 (n, f), into ``out``, float64 (n,).

    The first ``fit_rules`` rules are those of fit; ``caps`` (3,) end the points of fit, of engagement, and all.
    """
    for row in range(len(matrix)):
        fit, engagement = 0.0, 0.0
        for rule in range(len(table.column)):
            column = table.column[rule]
            if column >= 0:
                points = _points(matrix[row, column], rule, table)
                if rule < fit_rules:
                    fit += points
                else:
                    engagement += points
        out[row] = min(min(fit, caps[0]) + min(engagement, caps[1]), caps[2])


@njit(nogil=True, cache=True)
def _points(value: float, rule: int, table: RuleTable) -> np.int64:
    """Return one rule's points for its value."""
    sort = table.sort[rule]
    points = table.points[rule]
    if sort == _MISSING:
        return np.int64(points) if np.isnan(value) else np.int64(0)
    if np.isnan(value):
        return np.int64(0)
    if sort == _WITHIN:
        met = np.isfinite(value) and table.low[rule] <= value <= table.high[rule]
    elif sort == _AT_LEAST:
        met = value >= table.low[rule]
    elif sort == _LEVELS:
        met = False
        for place in range(table.level_start[rule], table.level_start[rule + 1]):
            met |= value == table.levels[place]
    else:
        given = value * points
        whole = math.copysign(math.floor(abs(given) + 0.5 + _SLACK), given)
        return np.int64(min(max(whole, table.least[rule]), table.most[rule]))
    return np.int64(points) if met else np.int64(0)
